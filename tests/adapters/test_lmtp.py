"""LMTP: one recipient for each mail, and what cannot be kept now comes again."""

import asyncio
import smtplib
from threading import Thread

import pytest
from sqlalchemy import select
from sqlalchemy.orm import sessionmaker

from tests.fixtures.answers import answer, mail
from tests.ports import await_listener
from townhall.adapters.lmtp import Intake, serve
from townhall.db import open_engine
from townhall.models.replies import IncomingMail

on_sqlite = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


@pytest.fixture
def listening(tmp_path):
    """Return a function that serves an intake, and the way to it."""
    ends = []

    def listen(sessions):
        path, told = tmp_path / "lmtp", {}

        async def until_told():
            told["loop"], told["stopping"] = asyncio.get_running_loop(), asyncio.Event()
            await serve(Intake(sessions, "a key"), f"unix:{path}", told["stopping"])

        thread = Thread(target=lambda: asyncio.run(until_told()), daemon=True)
        thread.start()
        await_listener(str(path))
        ends.append((thread, told))
        return str(path)

    yield listen
    for thread, told in ends:
        told["loop"].call_soon_threadsafe(told["stopping"].set)
        thread.join(60)
        assert not thread.is_alive()


@on_sqlite
def test_each_recipient_is_asked_for_by_itself(db, sessions, listening):
    with smtplib.LMTP(listening(sessions)) as line:
        refused = line.sendmail(
            "a@example.org", ["one@example.org", "two@example.org"], mail(answer())
        )
        line.sendmail("a@example.org", ["two@example.org"], mail(answer()))
    assert refused == {"two@example.org": (452, b"4.5.3 One recipient for each mail")}
    assert len(db.scalars(select(IncomingMail)).all()) == 1


def test_a_mail_comes_again_where_the_database_is_away(listening, tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path}/away/townhall.db")
    with (
        smtplib.LMTP(listening(sessionmaker(engine))) as line,
        pytest.raises(smtplib.SMTPDataError) as refusal,
    ):
        line.sendmail("a@example.org", ["one@example.org"], mail(answer()))
    assert refusal.value.smtp_code == 451
    engine.dispose()


@on_sqlite
def test_a_mail_that_is_too_large_is_refused(db, sessions, listening):
    with smtplib.LMTP(listening(sessions)) as line, pytest.raises(smtplib.SMTPException):
        line.sendmail("a@example.org", ["one@example.org"], b"x\r\n" * 400_000)
    assert db.scalars(select(IncomingMail)).all() == []
