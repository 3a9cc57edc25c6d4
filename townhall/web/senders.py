"""Who this installation's mails and calendar entries come from."""

from townhall.adapters import mailers
from townhall.services.senders import Sender
from townhall.web.context import settings


def sender() -> Sender:
    """Return who this installation's mails come from."""
    return mailers.sender(settings())
