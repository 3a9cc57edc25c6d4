"""How long until it starts, in words."""

from datetime import datetime, timedelta

from townhall.i18n import Speech

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def countdown(starts_at: datetime, ends_at: datetime, speech: Speech, *, now: datetime) -> str:
    """Return one sentence: how long until the start, or until the end, or that it is over.

    The time is rounded down to whole days from two days on, to hours from two hours on, else
    to minutes, so that nobody is told to have more time than there is.
    """
    if now >= ends_at:
        return speech.gettext("It is over.")
    if now >= starts_at:
        return speech.ngettext(
            "It is on now, for another minute.",
            "It is on now, for another %(num)s minutes.",
            max(1, (ends_at - now) // MINUTE),
        )
    left = starts_at - now
    if left >= 2 * DAY:
        return speech.ngettext("It starts in a day.", "It starts in %(num)s days.", left // DAY)
    if left >= 2 * HOUR:
        return speech.ngettext("It starts in an hour.", "It starts in %(num)s hours.", left // HOUR)
    if left >= MINUTE:
        return speech.ngettext(
            "It starts in a minute.", "It starts in %(num)s minutes.", left // MINUTE
        )
    return speech.gettext("It starts now.")
