"""A seat is checked by the planning document's rules, under its own field's name."""

import holidays
import pytest

from townhall.domain import seating
from townhall.errors import InputError

SEAT = {"name": "Kinshasa", "zone": "Africa/Kinshasa", "country": "CD"}


@pytest.mark.parametrize(
    "said, kept",
    [
        ((None, None), (None, None)),
        (("COD", None), ("CD", None)),
        (("MY", "TRG"), ("MY", "TRG")),
        (("AU", "Australian Capital Territory"), ("AU", "ACT")),
    ],
)
def test_a_place_is_kept_by_short_codes(said, kept):
    assert seating.place(*said) == kept


def test_every_region_of_the_library_fits():
    """Also those that have no code, such as “São Paulo Capital”, and by every name they have."""
    known = holidays.list_supported_countries()
    long = [
        (country, region, kept)
        for country in known
        for region in regions_of(country)
        for kept in [seating.place(country, region)[1]]
        if kept is None or len(kept) > seating.LONGEST_REGION
    ]
    assert long == []
    assert seating.place("BR", "São Paulo Capital") == ("BR", "São Paulo Capital")


def regions_of(country):
    """Return every code and name of a country's regions."""
    entity = getattr(holidays, country)
    return [*entity.subdivisions, *getattr(entity, "subdivisions_aliases", {})]


def test_a_longer_region_than_can_be_kept_is_refused(monkeypatch):
    monkeypatch.setattr(seating, "LONGEST_REGION", 16)
    with pytest.raises(InputError) as caught:
        seating.place("BR", "São Paulo Capital")
    assert str(caught.value) == ("region: “São Paulo Capital…” has 17 characters; the most is 16.")


@pytest.mark.parametrize(
    "change, field",
    [
        ({}, None),
        ({"never": [["18:00", "08:00"]], "rest_days": ["sun"]}, None),
        ({"zone": "Africa/Kinshase"}, "zone"),
        ({"country": "ZZ"}, "country"),
        ({"never": [["18:00", "25:00"]]}, "never"),
        ({"bands": [["09:00", "17:00", 0]]}, "bands"),
        ({"weight": 0}, "weight"),
        ({"extra_holidays": ["2026-02-30"]}, "extra_holidays"),
    ],
)
def test_check_names_the_field_of_the_seat_that_is_wrong(change, field):
    wrong = None
    try:
        seating.check({**SEAT, **change})
    except InputError as error:
        wrong = error.field
    assert wrong == field
