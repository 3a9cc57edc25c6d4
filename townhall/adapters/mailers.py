"""Which mailer carries a mail, as the settings say."""

from urllib.parse import urlsplit

from townhall.adapters.maildir import Maildir
from townhall.adapters.smtp import Smtp
from townhall.domain.outbox import stays_here
from townhall.domain.ports import Mailer
from townhall.settings import Settings


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
    """Takes every mail and forgets it, for measurements and rehearsals."""

    def send(self, code: str, sender: str, recipient: str, octets: bytes) -> None:
        """Let it pass."""


def from_settings(settings: Settings) -> Mailer:
    """Return the server that `smtp_url` names, with the Maildir beside it; else the Maildir.

    Raises:
        InputError: `smtp_url` is no address of a mail server.
    """
    here = Maildir(settings.maildir)
    if settings.smtp_url is None:
        return here
    hello = urlsplit(settings.base_url).hostname or "localhost"
    return SortedMailer(Smtp(settings.smtp_url.get_secret_value(), hello=hello), here)
