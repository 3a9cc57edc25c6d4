"""The worker that keeps own calendars in step, on a database of its own and a port."""

from datetime import timedelta

import pytest

from tests.services.own_calendars import Organizer
from tests.words import Word
from townhall import clock
from townhall.adapters import keeper
from townhall.db import transaction
from townhall.domain.own_calendar import Keeping
from townhall.settings import Settings

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


def test_what_is_marked_is_put_and_what_nobody_marked_is_found(
    db, make, sessions, database_url, tmp_path
):
    settings = Settings(secret_key="x" * 32, database_url=database_url, maildir=tmp_path)
    story = Organizer(db, make, sessions)
    story.now = clock.now().replace(microsecond=0)
    story.give()
    story.hold(story.now + timedelta(days=9))
    with transaction(db):
        db.delete(story.row())
    word = Word(2, {1: lambda: story.hold(story.now + timedelta(days=10))})
    keeper.worker(settings, story.server).run(database_url, word)
    row = story.row()
    assert (row.state, row.kept) == (Keeping.KEPT, 2)
    assert story.server.methods() == ["PROPFIND", "GET", "PUT", "GET", "PUT"]
    assert word.waited == [keeper.LOOK_EVERY_S] * 2
