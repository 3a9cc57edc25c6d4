"""A mail is in the folder whole, once, or not at all."""

import mailbox
from pathlib import Path

import pytest

from townhall.adapters.maildir import Maildir
from townhall.domain.outbox import DeferredError, RefusedError

MAIL = b"From: a@example.org\r\nTo: b@example.org\r\n\r\nHello.\r\n"


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_mail_is_one_new_file_as_it_was_sent(tmp_path: Path):
    Maildir(tmp_path / "mail").send("c0de", "a@example.org", "b@example.org", MAIL)
    assert files(tmp_path) == {"mail/new/c0de.townhall": MAIL}


def test_mail_is_read_by_the_standard_library(tmp_path: Path):
    Maildir(tmp_path / "mail").send("c0de", "a@example.org", "b@example.org", MAIL)
    (read,) = mailbox.Maildir(tmp_path / "mail", create=False)
    assert (read["To"], read.get_payload().strip()) == ("b@example.org", "Hello.")


def test_repeated_mail_takes_the_place_of_its_first_copy(tmp_path: Path):
    maildir = Maildir(tmp_path)
    for _ in range(2):
        maildir.send("c0de", "a@example.org", "b@example.org", MAIL)
    assert files(tmp_path) == {"new/c0de.townhall": MAIL}


def test_folder_that_cannot_be_written_puts_the_mail_off(tmp_path: Path):
    (tmp_path / "mail").write_text("a file where a folder should be")
    with pytest.raises(DeferredError):
        Maildir(tmp_path / "mail").send("c0de", "a@example.org", "b@example.org", MAIL)


def test_failed_write_leaves_nothing_behind(tmp_path: Path):
    (tmp_path / "new" / "c0de.townhall").mkdir(parents=True)
    with pytest.raises(DeferredError):
        Maildir(tmp_path).send("c0de", "a@example.org", "b@example.org", MAIL)
    assert files(tmp_path) == {}


@pytest.mark.parametrize("code", ["", "../up", "a/b", "a\x00", "x" * 65])
def test_code_that_would_leave_the_folder_is_refused(tmp_path: Path, code: str):
    with pytest.raises(RefusedError):
        Maildir(tmp_path).send(code, "a@example.org", "b@example.org", MAIL)
    assert files(tmp_path) == {}
