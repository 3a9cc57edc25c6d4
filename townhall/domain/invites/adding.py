"""Addresses at which calendars on the web take a sitting over, for who reads mail elsewhere.

They say the times in UTC, so that no calendar has to know our zones. What they make is a copy:
unlike a mail or a feed, it does not follow when the sitting changes.
"""

from enum import StrEnum
from urllib.parse import urlencode

from townhall.domain.invites.calendar import joining
from townhall.domain.invites.lines import instant
from townhall.domain.invites.values import Event
from townhall.i18n import ENGLISH, Speech


class WebCalendar(StrEnum):
    """Calendars that take an entry by its address, by the names that they go by."""

    GOOGLE = "Google"
    OUTLOOK = "Outlook.com"
    MICROSOFT_365 = "Microsoft 365"
    YAHOO = "Yahoo"


_OUTLOOK: dict[WebCalendar, str] = {
    WebCalendar.OUTLOOK: "https://outlook.live.com/calendar/0/deeplink/compose",
    WebCalendar.MICROSOFT_365: "https://outlook.office.com/calendar/0/deeplink/compose",
}


def add_to(calendar: WebCalendar, event: Event, speech: Speech = ENGLISH) -> str:
    """Return the address at which somebody adds a sitting to a calendar on the web.

    It tells the title, the times, where to join and how; not the description, which may be
    longer than addresses can be.

    Args:
        calendar: Which one.
        event: One that takes place.
        speech: The language of “how to join”.
    """
    how = joining(event, speech)
    where = event.url or event.phone
    starts, ends = instant(event.starts_at), instant(event.ends_at)
    if calendar is WebCalendar.GOOGLE:
        return "https://calendar.google.com/calendar/render?" + urlencode(
            {
                "action": "TEMPLATE",
                "text": event.title,
                "dates": f"{starts}/{ends}",
                "details": how,
                "location": where,
            }
        )
    if calendar is WebCalendar.YAHOO:
        return "https://calendar.yahoo.com/?" + urlencode(
            {
                "v": "60",
                "title": event.title,
                "st": starts,
                "et": ends,
                "desc": how,
                "in_loc": where,
            }
        )
    return f"{_OUTLOOK[calendar]}?" + urlencode(
        {
            "path": "/calendar/action/compose",
            "rru": "addevent",
            "subject": event.title,
            "startdt": f"{event.starts_at:%Y-%m-%dT%H:%M:%SZ}",
            "enddt": f"{event.ends_at:%Y-%m-%dT%H:%M:%SZ}",
            "body": how,
            "location": where,
        }
    )
