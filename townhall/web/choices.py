"""What the forms about a town hall's questions let people choose from."""

from babel import Locale, UnknownLocaleError

from townhall.models.planning import TownHall


def language_name(code: str) -> str:
    """Return a language's own name for itself; the code, where CLDR knows none."""
    try:
        locale = Locale.parse(code, sep="-")
    except (UnknownLocaleError, ValueError):
        return code
    return locale.get_display_name(locale) or code


def languages(town_hall: TownHall) -> list[tuple[str, str]]:
    """Return the languages that questions come in, each by its own name."""
    return [(code, language_name(code)) for code in town_hall.languages or [town_hall.language]]


def places(town_hall: TownHall) -> list[tuple[int, str]]:
    """Return the places that take part, by the position of their seat."""
    return [(seat.position, seat.name) for seat in town_hall.seats]
