"""Which mailer carries a mail and who it comes from, as the settings say."""

from urllib.parse import urlsplit

from townhall.adapters.maildir import Maildir
from townhall.adapters.smtp import Smtp
from townhall.domain.invites import Mailbox
from townhall.domain.outbox import stays_here
from townhall.domain.ports import Mailer
from townhall.services.senders import Sender
from townhall.settings import NOWHERE, Settings


class SortedMailer:
    """Keeps mails for addresses that no server could take, and hands on the others."""

    def __init__(self, away: Mailer, here: Mailer) -> None:
        self.away = away
        self.here = here

    def send(self, code: str, sender: str, recipient: str, octets: bytes) -> None:
        """Hand one mail to the mailer that its recipient asks for."""
        mailer = self.here if stays_here(recipient) else self.away
        mailer.send(code, sender, recipient, octets)


class NullMailer:
    """Takes every mail and forgets it, for rehearsals and measurements."""

    def send(self, code: str, sender: str, recipient: str, octets: bytes) -> None:
        """Let it pass."""


def from_settings(settings: Settings) -> Mailer:
    """Return what carries mails: the server that `smtp_url` names with the Maildir beside it.

    Without one it is the Maildir, and with `null:` nothing at all.

    Raises:
        InputError: `smtp_url` is no address of a mail server.
    """
    here = Maildir(settings.maildir)
    if settings.smtp_url is None:
        return here
    if settings.smtp_url.get_secret_value() == NOWHERE:
        return NullMailer()
    hello = urlsplit(settings.base_url).hostname or "localhost"
    return SortedMailer(Smtp(settings.smtp_url.get_secret_value(), hello=hello), here)


def sender(settings: Settings) -> Sender:
    """Return who this installation's mails come from, and what their links are made with."""
    return Sender(
        organizer=Mailbox(settings.mail_from, settings.mail_from_name),
        base_url=settings.base_url,
        key=settings.secret_key.get_secret_value(),
        demo=settings.demo,
        tags=settings.mail_tags,
    )
