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
