"""How a sitting comes into a calendar without a mail: where feeds stand, and who takes a copy."""

from dataclasses import dataclass

from flask import url_for

from townhall.domain import feeds
from townhall.domain.feeds import Owner
from townhall.domain.invites import WebCalendar, add_to
from townhall.models.accounts import Contact
from townhall.models.planning import Sitting, TownHall
from townhall.models.series import Series
from townhall.queries.feeds import Owned
from townhall.services import occasions
from townhall.web.context import settings, words
from townhall.web.senders import sender


@dataclass(frozen=True, slots=True)
class Address:
    """Where a feed stands.

    Args:
        https: To be pasted into any calendar.
    """

    https: str

    @property
    def webcal(self) -> str:
        """The same with the scheme that phones and calendar programs open by themselves."""
        return f"webcal:{self.https.partition(':')[2]}"


def of_town_hall(town_hall: TownHall) -> Address:
    """Return the address of a town hall's feed, which is as public as its page."""
    return _address(url_for("participant.feed", code=town_hall.code))


def of(owned: Owned) -> Address:
    """Return the secret address of the feed of a series, an office or a person."""
    owner = _owner(owned)
    key = settings().secret_key.get_secret_value()
    secret = feeds.proof(key, owner, owned.id, owned.feed_renewals)
    return _address(
        url_for("participant.secret_feed", owner=owner.value, owner_id=owned.id, secret=secret)
    )


def web_calendars(sitting: Sitting) -> list[tuple[str, str]]:
    """Return the calendars on the web that take a copy of a sitting, and where they do."""
    event = occasions.event(sitting, sender())
    return [(calendar.value, add_to(calendar, event, words())) for calendar in WebCalendar]


def _owner(owned: Owned) -> Owner:
    """Return which kind of feed is somebody's."""
    if isinstance(owned, Series):
        return Owner.SERIES
    return Owner.PERSON if isinstance(owned, Contact) else Owner.OFFICE


def _address(path: str) -> Address:
    """Return a path of this site as calendars ask for it."""
    return Address(settings().base_url + path)
