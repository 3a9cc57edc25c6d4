"""A mail taken apart again, for the organizer to look at."""

from dataclasses import dataclass
from email import message_from_bytes, policy

SHUT_IN = "default-src 'none'; sandbox; frame-ancestors 'self'; style-src 'unsafe-inline'"
"""A policy of its own for the mail's page: mails style themselves, and do nothing else."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reader sees of a mail: its headers, its text, its page, its calendar entry."""

    headers: tuple[tuple[str, str], ...]
    text: str
    page: str
    calendar: str


def read(octets: bytes | None) -> Shown | None:
    """Return the parts of a whole message; None where its octets were erased."""
    if octets is None:
        return None
    message = message_from_bytes(octets, policy=policy.default)
    bodies = {"text/plain": "", "text/html": "", "text/calendar": ""}
    for part in message.walk():
        kind = part.get_content_type()
        if kind in bodies and not bodies[kind]:
            bodies[kind] = part.get_content()
    wanted = ("From", "To", "Subject", "Date", "Message-ID")
    headers = tuple((name, str(message[name])) for name in wanted if message[name])
    return Shown(headers, bodies["text/plain"], bodies["text/html"], bodies["text/calendar"])
