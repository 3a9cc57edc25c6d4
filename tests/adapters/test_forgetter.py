"""The worker that forgets addresses, on a database of its own."""

from datetime import timedelta

import structlog.testing

from tests.fixtures.web import reread
from tests.words import Word
from townhall import clock
from townhall.adapters import forgetter
from townhall.models.accounts import Contact
from townhall.settings import Settings


def test_what_is_due_is_forgotten(db, make, database_url, tmp_path):
    now = clock.now()
    due = make.registration(make.town_hall(), confirmed_at=None, forget_at=now)
    other = make.registration(make.town_hall(), forget_at=now + timedelta(days=1))
    gone, kept = due.contact_id, other.contact_id
    settings = Settings(secret_key="x" * 32, database_url=database_url, maildir=tmp_path)
    with structlog.testing.capture_logs() as logs:
        forgetter.worker(settings).run(database_url, Word(2))
    assert logs == [{"event": "registrations.forgotten", "count": 1, "log_level": "info"}]
    reread(db)
    assert db.get(Contact, gone).address is None
    assert db.get(Contact, kept).address is not None
