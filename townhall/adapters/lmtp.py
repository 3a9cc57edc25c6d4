"""LMTP: a mail server hands on what came for `mail_from` (RFC 2033).

One recipient for each mail: LMTP wants an answer for each, and the library gives one. A server
that has several asks again with the next.
"""

import asyncio

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy.orm import Session as Database
from sqlalchemy.orm import sessionmaker

from townhall import clock
from townhall.domain.incoming import LARGEST
from townhall.services import incoming

TAKEN = "250 2.0.0 Taken"
ONE_AT_A_TIME = "452 4.5.3 One recipient for each mail"
LATER = "451 4.3.0 Cannot be kept now, try again"

log = structlog.get_logger(__name__)


class Intake:
    """Takes in what is handed on.

    Args:
        sessions: The maker of sessions, one for each mail.
        key: Signs the tags of reply addresses.
    """

    def __init__(self, sessions: sessionmaker[Database], key: str) -> None:
        self._sessions = sessions
        self._key = key

    async def handle_RCPT(  # noqa: N802  the library's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Take the first recipient, whoever it is: the mail server knows who may write to whom."""
        if envelope.rcpt_tos:
            return ONE_AT_A_TIME
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802  the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take in a mail; whatever goes wrong, the server keeps it and comes again."""
        try:
            await asyncio.to_thread(self._take, envelope)
        except Exception as error:
            log.exception("lmtp.failed", exc_info=error)
            return LATER
        return TAKEN

    def _take(self, envelope: Envelope) -> None:
        """Take in a mail, its recipient written before it, where the tag stands."""
        head = f"Delivered-To: {envelope.rcpt_tos[0]}\r\n".encode("ascii", "replace")
        octets = envelope.content if isinstance(envelope.content, bytes) else b""
        with self._sessions() as db:
            incoming.receive(db, head + octets, key=self._key, now=clock.now())


async def serve(intake: Intake, bind: str, stopping: asyncio.Event) -> None:
    """Serve until `stopping` is set.

    Args:
        intake: What takes the mails.
        bind: `HOST:PORT`, or `unix:` and the path of a socket.
        stopping: Waited for.
    """
    loop = asyncio.get_running_loop()

    def connection() -> LMTP:
        return LMTP(intake, data_size_limit=LARGEST, hostname="townhall", loop=loop)

    if bind.startswith("unix:"):
        server = await loop.create_unix_server(connection, bind.removeprefix("unix:"))
    else:
        host, _, port = bind.rpartition(":")
        server = await loop.create_server(connection, host.strip("[]"), int(port))
    async with server:
        log.info("lmtp.listening", bind=bind)
        await stopping.wait()
