"""`townhall mail`: what a mail server's pipe and LMTP hand on."""

import os
import signal
import smtplib
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from tests.fixtures.answers import PERSON, answer, mail
from tests.fixtures.web import reread
from tests.ports import await_listener
from townhall import cli
from townhall.domain import tokens
from townhall.domain.states import PartStat
from townhall.models.replies import IncomingMail

KEY = "x" * 32
UID = "hall-abcdefgh@townhall"
COMMAND = [sys.executable, "-c", "from townhall.cli import main; main()", "mail"]


@pytest.fixture
def invitation(make):
    hall = make.town_hall()
    sana = make.contact("Sana", address=PERSON)
    return make.invitation(make.sitting(hall, uid=UID), make.seat(hall), sana)


@pytest.fixture
def environment(database_url, monkeypatch):
    monkeypatch.setenv("TOWNHALL_SECRET_KEY", KEY)
    monkeypatch.setenv("TOWNHALL_DATABASE_URL", database_url)


def receive(octets, *options):
    ended = CliRunner().invoke(cli.main, ["mail", "receive", *options], input=octets)
    return ended.exit_code, ended.output


@pytest.mark.usefixtures("environment")
def test_a_mail_from_a_pipe_is_taken_in(db, invitation):
    assert receive(mail(answer("DECLINED"))) == (0, "")
    reread(db)
    assert invitation.partstat is PartStat.DECLINED


@pytest.mark.usefixtures("environment")
def test_the_pipe_may_tell_the_mailbox(db, invitation):
    to = f"townhall+{tokens.reply_tag(KEY, invitation.code)}@example.org"
    octets = mail(answer(), sender="phone@elsewhere.example")
    assert receive(octets, "--recipient", f"{to}\nFrom: x@example.org") == (0, "")
    reread(db)
    assert invitation.partstat is PartStat.ACCEPTED


@pytest.mark.usefixtures("environment", "invitation")
@pytest.mark.parametrize("octets", [b"", b"\0\xff" * 9, b"x" * 3_000_000])
def test_what_is_no_mail_is_ignored_and_not_sent_back(db, octets):
    assert receive(octets) == (0, "")
    assert len(db.scalars(select(IncomingMail)).all()) == 1


def test_a_mail_is_to_come_again_where_anything_is_in_the_way(monkeypatch, tmp_path):
    assert receive(mail(answer()))[0] == cli.TRY_AGAIN
    monkeypatch.setenv("TOWNHALL_SECRET_KEY", KEY)
    monkeypatch.setenv("TOWNHALL_DATABASE_URL", f"sqlite:///{tmp_path}/away/townhall.db")
    code, said = receive(mail(answer()))
    assert (code, said[:7]) == (cli.TRY_AGAIN, "Error: ")


@pytest.fixture
def lmtp(database_url, tmp_path):
    path = tmp_path / "lmtp"
    values = {"TOWNHALL_SECRET_KEY": KEY, "TOWNHALL_DATABASE_URL": database_url}
    server = subprocess.Popen(
        [*COMMAND, "lmtp", "--bind", f"unix:{path}"], env={**os.environ, **values}
    )
    await_listener(str(path))
    yield server, path
    server.kill()
    server.wait()


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_mail_server_hands_mails_on_by_lmtp_until_it_is_told_to_stop(db, invitation, lmtp):
    server, path = lmtp
    to = f"townhall+{tokens.reply_tag(KEY, invitation.code)}@example.org"
    octets = mail(answer(), sender="phone@elsewhere.example")
    with smtplib.LMTP(str(path)) as line:
        line.sendmail("phone@elsewhere.example", [to], octets)
    reread(db)
    assert invitation.partstat is PartStat.ACCEPTED
    server.send_signal(signal.SIGTERM)
    assert server.wait(60) == 0


def test_an_address_that_cannot_be_listened_on_is_said(database_url, db, tmp_path: Path):
    for bind in ("nowhere", "127.0.0.1:99999", f"unix:{tmp_path}/away/lmtp"):
        done = subprocess.run(
            [*COMMAND, "lmtp", "--bind", bind],
            env={
                **os.environ,
                "TOWNHALL_SECRET_KEY": KEY,
                "TOWNHALL_DATABASE_URL": database_url,
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stderr.split(" cannot")[0]) == (1, f"Error: bind: “{bind}”")
