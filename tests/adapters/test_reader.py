"""The worker that reads calendars again, on a database of its own and a port."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.services.test_calendars import NOON, Source, busy, keep
from tests.words import Word
from townhall import clock
from townhall.adapters import reader
from townhall.settings import Settings

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def hall(db, make):
    later = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=9)
    hall = make.town_hall(window_from_at=later, window_until_at=later + timedelta(hours=9))
    make.seat(hall, "London", position=1)
    return hall


def test_an_old_calendar_is_read_again_and_a_fresh_one_is_not(
    db, make, hall, database_url, tmp_path
):
    row = keep(db, Source(busy(NOON)), make.actor(hall), hall, now=LONG_AGO)
    settings = Settings(secret_key="x" * 32, database_url=database_url, maildir=tmp_path)
    source = Source(busy())
    reader.worker(settings, source).run(database_url, Word(2))
    assert len(source.asked) == 1
    db.expire_all()
    assert row.busy == []
    assert row.read_at > LONG_AGO
