"""Why a question has its place, as a value and in words that a host can read aloud."""

from collections.abc import Callable
from dataclasses import dataclass

from townhall.domain.states import Mode
from townhall.domain.turns.board import Entry
from townhall.domain.turns.sites import PUBLIC, SiteKey
from townhall.domain.turns.tally import Tally
from townhall.i18n import N_, Speech

_NAMED = 3
"""More sites than this are counted, not named."""

_FIRST = {
    Mode.FAIR: N_("No other question could be paid for sooner by those who back it."),
    Mode.MOST_SUPPORTED: N_("No other question is backed by more people."),
    Mode.OLDEST: N_("No other question has waited longer."),
    Mode.ROUND_ROBIN: N_("No other site with a question has waited longer."),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a question has its place in the order.

    Attributes:
        site: Where it was asked.
        people: How many people support it.
        sites: Theirs, the one with most supporters first.
        heard: How many turns ago the site was last heard, 1 for the latest; None if never.
        before: How many questions go first.
        mode: What the order is by.
        can_be_paid: Whether those who back it weigh anything.
    """

    site: SiteKey
    people: int
    sites: tuple[SiteKey, ...]
    heard: int | None
    before: int
    mode: Mode = Mode.FAIR
    can_be_paid: bool = True


def reason(tally: Tally, entry: Entry, before: int, mode: Mode = Mode.FAIR) -> Reason:
    """Return why a question stands behind `before` others."""
    electorate = tally.electorate
    people = electorate.people_by_site(entry.rows)
    heard = tally.heard[::-1]
    return Reason(
        site=entry.site,
        people=sum(people.values()),
        sites=tuple(sorted(people, key=lambda site: (-people[site], str(site)))),
        heard=heard.index(entry.site) + 1 if entry.site in heard else None,
        before=before,
        mode=mode,
        can_be_paid=electorate.level(entry.rows) is not None,
    )


def say(why: Reason, speech: Speech, name: Callable[[SiteKey], str] = str) -> str:
    """Return the reason in whole sentences.

    Args:
        why: What to say.
        speech: The language to say it in.
        name: An office's name; the public has a word of its own.
    """

    def called(site: SiteKey) -> str:
        return speech.gettext(N_("the public")) if site == PUBLIC else name(site)

    return " ".join(
        (_heard(why, speech, called), _backed(why, speech, called), _place(why, speech))
    )


def _heard(why: Reason, speech: Speech, called: Callable[[SiteKey], str]) -> str:
    site = called(why.site)
    if why.heard is None:
        return speech.gettext("Nobody from %(site)s has been heard yet.", site=site)
    if why.site == PUBLIC:
        return speech.ngettext(
            "The last question to be heard was from the public.",
            "The public was last heard %(num)s questions ago.",
            why.heard,
        )
    return speech.ngettext(
        "The last question to be heard was from %(site)s.",
        "%(site)s was last heard %(num)s questions ago.",
        why.heard,
        site=site,
    )


def _backed(why: Reason, speech: Speech, called: Callable[[SiteKey], str]) -> str:
    if not why.people:
        return speech.gettext("Nobody who can vote backs this yet.")
    if len(why.sites) > _NAMED:
        return speech.ngettext(
            "%(num)s person from %(sites)s sites backs this.",
            "%(num)s people from %(sites)s sites back this.",
            why.people,
            sites=speech.number(len(why.sites)),
        )
    return speech.ngettext(
        "%(num)s person from %(sites)s backs this.",
        "%(num)s people from %(sites)s back this.",
        why.people,
        sites=speech.list(called(site) for site in why.sites),
    )


def _place(why: Reason, speech: Speech) -> str:
    if why.mode is Mode.FAIR and not why.can_be_paid:
        return speech.gettext("Its supporters carry no weight, so it comes last.")
    if not why.before:
        return speech.gettext(_FIRST[why.mode])
    return speech.ngettext(
        "%(num)s question goes before it.", "%(num)s questions go before it.", why.before
    )
