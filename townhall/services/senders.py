"""Who the mails of a town hall come from, and what their links are made with."""

from dataclasses import dataclass

from townhall.domain import tokens
from townhall.domain.invites import Mailbox
from townhall.queries.invitations import Invited, Registered


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the mails come from and what their links are made with.

    Args:
        organizer: The mailbox that answers go to.
        base_url: What every link begins with.
        key: Signs the reply links.
        demo: Whether mails say that this is a demonstration.
        tags: Whether the mailbox also takes mail to `name+tag@host`.
    """

    organizer: Mailbox
    base_url: str
    key: str
    demo: bool = False
    tags: bool = False

    def registration_url(self, code: str) -> str:
        """Return the page of a person who registered."""
        return f"{self.base_url}/r/{code}/{tokens.sign(self.key, 'registration', code)}"

    def leave_url(self, registered: Registered | None) -> str:
        """Return where one click takes a person off the list who registered; empty for others."""
        return f"{self.registration_url(registered.code)}/leave" if registered else ""

    def reply_url(self, invitation: Invited) -> str:
        """Return the page on which an invited person answers, or sees how they registered."""
        if invitation.registered:
            return self.registration_url(invitation.registered.code)
        signature = tokens.sign(self.key, "reply", invitation.code)
        return f"{self.base_url}/i/{invitation.code}/{signature}"

    def reply_tag(self, invitation: Invited) -> str:
        """Return what makes the mailbox the person's own, by which an answer is known as theirs."""
        return tokens.reply_tag(self.key, invitation.code) if self.tags else ""

    def join_url(self, code: str, own: str) -> str:
        """Return where to join: the organizers' own link, or else the town hall's page."""
        return own or f"{self.base_url}/t/{code}"
