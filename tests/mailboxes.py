"""People's calendars as a server of another house keeps them: Xandikos, fed with our mails."""

import asyncio
from argparse import Namespace
from email import message_from_bytes, policy
from pathlib import Path

import vobject
from xandikos import import_imip


class Mailbox:
    """One person's calendar, into which `xandikos import-imip` puts what arrives by mail."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._arguments = Namespace(
            directory=str(folder),
            principal="/user/",
            autocreate=True,
            server_url=None,
            principal_url=None,
        )

    def take(self, octets: bytes) -> None:
        """Import a mail that arrived."""
        mail = message_from_bytes(octets, policy=policy.SMTP)
        # Xandikos passes over what a program has sent, so that servers which answer for people
        # do not answer each other for ever (RFC 3834). A person's calendar would take it.
        del mail["Auto-Submitted"]
        status = asyncio.run(import_imip.main(self._arguments, None, mail.as_bytes()))
        assert status == 0, "the mail could not be imported"

    def entries(self) -> list[vobject.base.Component]:
        """Return every entry that now stands in the person's own calendar."""
        return [
            entry
            for file in sorted(self.folder.glob("user/calendars/calendar/*.ics"))
            for entry in vobject.readOne(file.read_text(encoding="utf-8")).vevent_list
        ]


def calendar_part(octets: bytes) -> bytes:
    """Return the calendar of a mail, as the attachment holds it."""
    mail = message_from_bytes(octets, policy=policy.SMTP)
    [part] = [part for part in mail.walk() if part.get_content_type() == "application/ics"]
    return part.get_payload(decode=True)
