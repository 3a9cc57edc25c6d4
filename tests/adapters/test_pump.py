"""The outbox's worker, whole: a database, a Maildir, and a word to stop."""

import shutil

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.fixtures.make import Make
from tests.words import Word
from townhall import clock
from townhall.adapters import pump
from townhall.db import open_engine
from townhall.domain.states import Delivery
from townhall.models.invitations import OutboxMessage
from townhall.settings import Settings


@pytest.fixture
def settings(database_url, tmp_path):
    return Settings(secret_key="x" * 32, database_url=database_url, maildir=tmp_path / "mail")


def handed_on(settings: Settings) -> set[str]:
    return {path.stem for path in (settings.maildir / "new").glob("*.townhall")}


def run(settings: Settings, word: Word) -> None:
    pump.worker(settings).run(settings.database_url, word)


def test_pump_hands_on_what_comes_and_stops_when_told(db, make, settings):
    make.mail(code="first", created_at=clock.now())
    run(settings, Word(2, meanwhile={1: lambda: make.mail(code="second", created_at=clock.now())}))
    assert handed_on(settings) == {"first", "second"}
    db.rollback()
    assert {row.state for row in db.query(OutboxMessage)} == {Delivery.SENT}


def test_pump_outlives_a_database_that_is_away(tmp_path, migrated_sqlite):
    url = f"sqlite:///{tmp_path / 'later' / 'townhall.db'}"
    settings = Settings(secret_key="x" * 32, database_url=url, maildir=tmp_path / "mail")

    def come_back():
        (tmp_path / "later").mkdir()
        shutil.copyfile(migrated_sqlite, tmp_path / "later" / "townhall.db")
        engine = open_engine(url)
        with Session(engine) as db:
            assert db.execute(text("SELECT count(*) FROM outbox")).scalar() == 0
            Make(db).mail(code="late", created_at=clock.now())
        engine.dispose()

    run(settings, Word(3, meanwhile={2: come_back}))
    assert handed_on(settings) == {"late"}


def test_pump_outlives_a_fault_of_its_own(db, make, settings):
    make.mail(code="odd", created_at=clock.now())

    def call_it(kind):
        db.execute(text("UPDATE outbox SET kind = :kind"), {"kind": kind})
        db.connection().commit()

    call_it("no kind of mail")
    early = []

    def mend():
        early.extend(handed_on(settings))
        call_it("sign-in")

    run(settings, Word(2, meanwhile={1: mend}))
    assert early == []
    assert handed_on(settings) == {"odd"}
