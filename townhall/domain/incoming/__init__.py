"""Mail that comes in, read: answers to invitations, mails that came back, and all the rest."""

from townhall.domain.incoming.message import LARGEST, digest, read
from townhall.domain.incoming.rules import Asked, Doubt, Fate, doubt, fate, placed
from townhall.domain.incoming.values import Incoming, Kind, Returned, Said

__all__ = [
    "LARGEST",
    "Asked",
    "Doubt",
    "Fate",
    "Incoming",
    "Kind",
    "Returned",
    "Said",
    "digest",
    "doubt",
    "fate",
    "placed",
    "read",
]
