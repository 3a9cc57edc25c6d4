"""Who this installation's mails and calendar entries come from."""

from townhall.domain import invites
from townhall.services.notices import Sender
from townhall.web.context import settings


def sender() -> Sender:
    """Return who this installation's mails come from."""
    own = settings()
    return Sender(
        organizer=invites.Mailbox(own.mail_from, own.mail_from_name),
        base_url=own.base_url,
        key=own.secret_key.get_secret_value(),
        demo=own.demo,
    )
