"""What the domain asks of the outside, as protocols; adapters implement them."""

from typing import Protocol


class Feed(Protocol):
    """Tells open pages that a board has changed."""

    def changed(self, code: str) -> None:
        """Say that the board of the town hall `code` has a new version."""


class SilentFeed:
    """A feed that nobody listens to, for the command line and tests."""

    def changed(self, code: str) -> None:
        """Let it pass."""


class Mailer(Protocol):
    """Hands mails to whatever carries them on."""

    def send(self, code: str, sender: str, recipient: str, octets: bytes) -> None:
        """Hand over one mail; it is out of our hands when this returns.

        Args:
            code: Names the mail; the same mail has the same code when it is sent again.
            sender: The envelope's sender, who hears of bounces.
            recipient: The envelope's only recipient.
            octets: The whole mail, CRLF.

        Raises:
            DeferredError: Not taken now; it may have been, if the line broke at the end.
            RefusedError: Not taken, and never will be.
        """
