"""SMTP: one connection, used again and again (RFC 5321)."""

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, cast
from urllib.parse import unquote, urlsplit

from townhall import clock
from townhall.domain.outbox import DeferredError, DeliveryError, RefusedError
from townhall.errors import InputError
from townhall.i18n import N_

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}

_UNSAYABLE = re.compile(r"[^!-~]|[<>]")
"""What cannot stand between the angle brackets of an address."""

PERMANENT = range(500, 600)
"""Replies that say never (RFC 5321, section 4.2.1)."""

CLOSING = 421
"""The reply to anything, after which the server hangs up (RFC 5321, section 3.8)."""

GO_ON = 354
"""The reply to DATA after which the mail itself goes (RFC 5321, section 4.1.1.4)."""

_TAKEN = (frozenset({250}), frozenset({250, 251}), frozenset({GO_ON}))
"""The good replies to MAIL, RCPT and DATA."""

Reply = tuple[int, bytes]


class _Replies:
    """Reads lines from a socket, each by a deadline for the whole reply.

    A file made from the socket would start the time anew with every octet, so that a server
    which drips them could hold a worker for hours.
    """

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._read = b""
        self._deadline = 0.0

    def begin(self, seconds: float) -> None:
        """Start the time of a reply."""
        self._deadline = clock.monotonic() + seconds

    def readline(self, limit: int) -> bytes:
        """Return the next line with its end, at most `limit` octets; less at the end."""
        while b"\n" not in self._read and len(self._read) < limit:
            left = self._deadline - clock.monotonic()
            if left <= 0:
                message = "the server took too long to reply"
                raise TimeoutError(message)
            self._line.settimeout(left)
            more = self._line.recv(4096)
            if not more:
                break
            self._read += more
        end = self._read.find(b"\n") + 1 or len(self._read)
        line, self._read = self._read[: min(end, limit)], self._read[min(end, limit) :]
        return line

    def close(self) -> None:
        """Leave the socket to the connection, whose it is."""


class _Patient(smtplib.SMTP):
    """A connection on which every reply has one deadline, and so has the whole delivery.

    Args:
        until: The end of the delivery on the monotonic clock, in seconds; no octet goes after it.
    """

    file: Any

    def __init__(self, *args: Any, until: float, **options: Any) -> None:
        self.until = until
        super().__init__(*args, **options)

    def getreply(self) -> tuple[int, bytes]:
        """Return the code and the words of one reply."""
        if self.file is None:
            self.file = _Replies(cast(socket.socket, self.sock))
        self.file.begin(self._left())
        return super().getreply()

    def send(self, s: Any) -> None:
        """Hand octets to the line, within what is left of the time."""
        if self.sock is not None:
            self.sock.settimeout(self._left())
        super().send(s)

    def announce(self, sender: str, recipient: str) -> Reply:
        """Say MAIL, RCPT and DATA; return the reply that stands in the way, or else that to DATA.

        They go together where the server takes that, since each reply waited for is a way there
        and back (RFC 2920).

        Raises:
            ValueError: An address that cannot be said.
        """
        commands = (f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "DATA")
        if _UNSAYABLE.search(sender + recipient):
            message = f"{sender!r} or {recipient!r} is no address that SMTP can say"
            raise ValueError(message)
        if self.has_extn("pipelining"):
            self.send("".join(f"{command}\r\n" for command in commands))
            replies = [self.getreply() for _ in commands]
        else:
            replies = []
            for command, good in zip(commands, _TAKEN, strict=True):
                replies.append(self.docmd(command))
                if replies[-1][0] not in good:
                    break
        for reply, good in zip(replies, _TAKEN, strict=False):
            if reply[0] not in good:
                if replies[-1][0] == GO_ON:
                    # It waits for a mail to nobody; an empty one it refuses (section 3.1).
                    self.send(".\r\n")
                    self.getreply()
                return reply
        return replies[-1]

    def content(self, octets: bytes) -> Reply:
        """Hand over the mail itself and return the reply to it (RFC 5321, section 4.5.2)."""
        quoted = octets.replace(b"\n.", b"\n..")
        first = b"." if octets.startswith(b".") else b""
        end = b".\r\n" if octets.endswith(b"\r\n") else b"\r\n.\r\n"
        self.send(first + quoted + end)
        return self.getreply()

    def _left(self) -> float:
        """Return the seconds that the next step may take."""
        left = min(self.timeout, self.until - clock.monotonic())
        if left <= 0:
            message = "the server took too long over one mail"
            raise TimeoutError(message)
        return left


class _PatientSsl(_Patient, smtplib.SMTP_SSL):
    """The same, encrypted from the first octet."""


class Smtp:
    """Hands mails to one server.

    What goes wrong before a mail begins (no connection, a wrong password) is put off, since
    it is nobody's mail that is at fault. A connection that died while idle is made anew once;
    one that breaks within a mail is not, because the mail may have been taken.

    Args:
        url: `smtp://`, `smtp+starttls://` or `smtps://`, with `user:password@host:port`.
        hello: The name this machine gives itself.
        timeout: Seconds that one reply or one piece of sending may take.
        whole: Seconds that a delivery may take from its first word, a new connection and all;
            below the time that a worker holds the mail in hand (`domain/outbox`, `IN_HAND`).

    Raises:
        InputError: The address is none of these; field `smtp_url`.
    """

    def __init__(self, url: str, *, hello: str, timeout: float = 30.0, whole: float = 75.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise InputError(
                N_("The mail server's address begins with smtp://, smtp+starttls:// or smtps://."),
                field="smtp_url",
            )
        self._scheme = parts.scheme
        self._host = parts.hostname
        self._port = parts.port or PORTS[parts.scheme]
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._hello = hello
        self._timeout = timeout
        self._whole = whole
        self._connection: _Patient | None = None

    def send(self, code: str, sender: str, recipient: str, octets: bytes) -> None:
        """Hand one mail to the server.

        Raises:
            DeferredError: No connection, a 4xx reply, the line broke, or it took too long.
            RefusedError: A 5xx reply to this mail, or an address that SMTP cannot say.
        """
        del code
        try:
            connection, reply = self._begin(sender, recipient)
            if reply[0] == GO_ON:
                reply = connection.content(octets)
            if reply[0] != 250:
                self._leave(connection, reply)
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise DeferredError(_said(error)) from error
        except ValueError as error:
            # An address that cannot be said on one line of ASCII; it never will be.
            self.close()
            raise RefusedError(_said(error)) from error
        except DeliveryError:
            raise
        except BaseException:
            self.close()  # what was begun of the mail must not become part of the next
            raise

    def close(self) -> None:
        """Hang up; the next mail calls again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _begin(self, sender: str, recipient: str) -> tuple[_Patient, Reply]:
        """Announce a mail, on a new connection if the old one has ended, and return the reply."""
        until = clock.monotonic() + self._whole
        if self._connection is not None:
            self._connection.until = until
            with contextlib.suppress(smtplib.SMTPException, OSError):
                reply = self._connection.announce(sender, recipient)
                if reply[0] != CLOSING:
                    return self._connection, reply
            self.close()
        with _put_off():
            self._connection = self._connect(until)
        return self._connection, self._connection.announce(sender, recipient)

    def _leave(self, connection: _Patient, reply: Reply) -> NoReturn:
        """Give up a mail for what the server replied, and be ready for the next."""
        if reply[0] == CLOSING:
            self.close()
        else:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                connection.rset()
        kind = RefusedError if reply[0] in PERMANENT else DeferredError
        raise kind(_reply(*reply))

    def _connect(self, until: float) -> _Patient:
        """Return a new connection, encrypted and signed in as the address says."""
        if self._scheme == "smtps":
            connection: _Patient = _PatientSsl(
                self._host,
                self._port,
                self._hello,
                until=until,
                timeout=self._timeout,
                context=ssl.create_default_context(),
            )
        else:
            connection = _Patient(
                self._host, self._port, self._hello, until=until, timeout=self._timeout
            )
        try:
            if self._scheme == "smtp+starttls":
                connection.starttls(context=ssl.create_default_context())
            if self._user:
                connection.login(self._user, self._password)
            connection.ehlo_or_helo_if_needed()
        except BaseException:
            connection.close()
            raise
        return connection


@contextmanager
def _put_off() -> Iterator[None]:
    """Turn every failure into one that is tried again."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        raise DeferredError(_reply(error.smtp_code, error.smtp_error)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise DeferredError(_said(error)) from error


def _reply(reply: int, words: bytes | str) -> str:
    """Return a reply as the server said it."""
    said = words.decode(errors="replace") if isinstance(words, bytes) else words
    return f"{reply} {said}"


def _said(error: Exception) -> str:
    """Return what the line or the library says of itself."""
    return str(error) or type(error).__name__
