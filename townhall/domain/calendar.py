"""Rest days and public holidays of a place: docs/fairness.md, rule 3."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from townhall.errors import InputError
from townhall.i18n import ENGLISH, N_

if TYPE_CHECKING:
    from holidays import HolidayBase

REST = 6
"""Points a quantum on a rest day costs beside its band."""

HOLIDAY = 8
"""Points a quantum on a public holiday costs beside its band, rest day or not."""

WEEKEND = frozenset({5, 6})
"""Saturday and Sunday, as `date.weekday` counts them."""

Names = tuple[str, ...]
"""What the holidays of one date are called; several can fall on it."""

_DAY = timedelta(days=1)

# Names come in one language, so that the server's locale never decides what a page says.
_LANGUAGE = "en_US"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where the days off of a seat come from.

    Args:
        country: ISO 3166-1 code; none means no public holidays, and rest on `WEEKEND`.
        region: A subdivision of the country, for its own holidays and rest days.
        rest_days: Weekdays (0 is Monday) in place of the country's.
        holidays: Dates in place of the country's holidays.
        extra: Holidays beside those.
        struck: Dates that are no holidays here.
    """

    country: str | None = None
    region: str | None = None
    rest_days: frozenset[int] | None = None
    holidays: frozenset[date] | None = None
    extra: frozenset[date] = frozenset()
    struck: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """The dates from `first` on, as one seat has them.

    Args:
        first: The date of the first entry of `surcharge`.
        surcharge: Points that each quantum of a date costs beside its band.
        rest: Dates that are rest days.
        holidays: Names of public holidays by date; none for a date the seat named itself.
        estimated: Those of the names whose day the moon may still move by one; these reach one
            day further in both directions.
    """

    first: date
    surcharge: NDArray[np.int16]
    rest: frozenset[date]
    holidays: Mapping[date, Names]
    estimated: Mapping[date, Names]


@dataclass(frozen=True, slots=True)
class _Year:
    """One year of a country: rest days, names of holidays, and which of them are estimated."""

    rest: frozenset[date]
    holidays: Mapping[date, Names]
    estimated: Mapping[date, Names]


def place(
    country: str | None, region: str | None, prefix: str = ""
) -> tuple[str | None, str | None]:
    """Return the two letters of a country, and its region.

    Args:
        country: As `require_country` takes it; None for none.
        region: As `require_region` takes it; None for none.
        prefix: What stands before the names of the fields, such as `seats[2].`.

    Raises:
        InputError: The country or the region is not known, or the region has no country.
    """
    if country is not None:
        country = require_country(country, f"{prefix}country")
    if region is not None:
        if country is None:
            message = N_("The region “%(value)s” needs a country.")
            raise InputError(message, field=f"{prefix}region", value=region[:60])
        region = require_region(country, region, f"{prefix}region")
    return country, region


def require_country(country: str, field: str) -> str:
    """Return the two letters of a country whose holidays are known.

    Its three letters are taken too, so that `USA` and `US` are one country.

    Raises:
        InputError: They are not; the sentence offers codes of countries spelt alike.
    """
    if country in _countries():
        return _two_letters(country)
    message = N_("“%(value)s” is not a known country code (ISO 3166, such as CD).")
    near = _near_countries(country)
    if near:
        message = N_("“%(value)s” is not a known country code; near it are: %(near)s.")
    raise InputError(message, field=field, value=country[:60], near=", ".join(near))


def require_region(country: str, region: str, field: str) -> str:
    """Return `region` if the country has it, by this code or name.

    Raises:
        InputError: It does not; the sentence offers the nearest, or the country's regions.
    """
    known = _regions(country)
    if region in known:
        return region
    message = N_("“%(value)s” is not a known region of %(country)s.")
    near = difflib.get_close_matches(region[:60].upper(), known, n=5, cutoff=0.5) or known[:20]
    if near:
        message = N_("“%(value)s” is not a known region of %(country)s; near it are: %(near)s.")
    raise InputError(message, field=field, value=region[:60], country=country, near=", ".join(near))


def region_code(country: str, region: str) -> str:
    """Return the code of a region that the country has; what has none keeps its name."""
    return str(_entity(country, None, ()).subdivisions_aliases.get(region, region))


@lru_cache(maxsize=8192)
def days(calendar: Calendar, first: date, last: date) -> Days:
    """Return what each date from `first` to `last` (included) costs and why.

    Source: docs/fairness.md, rule 3.
    """
    count = (last - first).days + 1
    around = [first + _DAY * number for number in range(-1, count + 1)]
    holidays, estimated = _holidays(calendar, around)
    rest = _rest_days(calendar, around[1:-1])
    surcharge = np.zeros(count, dtype=np.int16)
    for day in rest:
        surcharge[(day - first).days] = REST
    for day in holidays:
        if first <= day <= last:
            surcharge[(day - first).days] = HOLIDAY
    surcharge.flags.writeable = False
    return Days(first, surcharge, rest, holidays, estimated)


def _holidays(
    calendar: Calendar, around: list[date]
) -> tuple[Mapping[date, Names], Mapping[date, Names]]:
    """Return the holidays among the dates `around`, and those of them that are estimated."""
    named: dict[date, Names] = {}
    estimated: dict[date, Names] = {}
    if calendar.holidays is not None:
        named |= dict.fromkeys(calendar.holidays.intersection(around), ())
    elif calendar.country is not None:
        for number in range(around[0].year, around[-1].year + 1):
            year = _year(calendar.country, calendar.region, number)
            named |= {day: year.holidays[day] for day in around if day in year.holidays}
            estimated |= year.estimated
    for day in calendar.extra.intersection(around):
        named.setdefault(day, ())
    named = {day: said for day, said in named.items() if day not in calendar.struck}
    return named, {day: said for day, said in estimated.items() if day in named}


def _rest_days(calendar: Calendar, dates: list[date]) -> frozenset[date]:
    """Return those of the dates on which the seat rests."""
    if calendar.rest_days is None and calendar.country is not None:
        years = range(dates[0].year, dates[-1].year + 1)
        rest = (_year(calendar.country, calendar.region, number).rest for number in years)
        return frozenset(dates).intersection(*[frozenset().union(*rest)])
    weekdays = WEEKEND if calendar.rest_days is None else calendar.rest_days
    return frozenset(day for day in dates if day.weekday() in weekdays)


@lru_cache(maxsize=1024)
def _year(country: str, region: str | None, year: int) -> _Year:
    """Return one year of a country, from the holidays library."""
    loaded = _entity(country, region, (year,))
    mark = _estimated_mark(loaded)
    named = {day: tuple(loaded.get_list(day)) for day in loaded}
    marked = {day: tuple(name for name in said if mark in name) for day, said in named.items()}
    january = date(year, 1, 1)
    dates = [january + _DAY * number for number in range((date(year + 1, 1, 1) - january).days)]
    return _Year(
        rest=frozenset(
            day for day in dates if loaded.is_weekend(day) and day not in loaded.weekend_workdays
        ),
        holidays=named,
        estimated={day: said for day, said in marked.items() if said},
    )


@cache
def _two_letters(country: str) -> str:
    """Return the ISO 3166-1 alpha-2 code of a country that the library knows."""
    return str(_entity(country, None, ()).country)


def _entity(country: str, region: str | None, years: tuple[int, ...]) -> "HolidayBase":
    """Return the library's calendar of a known country and region."""
    # Imported here since it costs more than all the rest of a plan without countries.
    from holidays import country_holidays

    return country_holidays(
        country, subdiv=region, years=years, language=_LANGUAGE, categories="public"
    )


def _estimated_mark(entity: "HolidayBase") -> str:
    """Return the word with which the names of estimated holidays are marked."""
    label = entity.tr(getattr(entity, "estimated_label", "%s (estimated)"))
    return str(label).replace("%s", "").strip(" ()（）")


@cache
def _countries() -> frozenset[str]:
    """Return every country code that the library knows."""
    from holidays.registry import EntityLoader

    return frozenset(EntityLoader.get_country_codes())


def _regions(country: str) -> list[str]:
    """Return the regions of a known country, codes first, then other spellings."""
    entity = _entity(country, None, ())
    return [*entity.subdivisions, *entity.subdivisions_aliases]


def _near_countries(value: str) -> list[str]:
    """Return up to three codes of countries that `value` may mean, by code or English name."""
    if value.strip().upper() in _countries():
        return [value.strip().upper()]
    names = {
        said.casefold(): code
        for code, said in ENGLISH.locale.territories.items()
        if code in _countries()
    }
    close = difflib.get_close_matches(value[:60].casefold(), names, n=3, cutoff=0.75)
    return [names[said] for said in close]
