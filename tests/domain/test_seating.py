"""A seat is checked by the planning document's rules, under its own field's name."""

import pytest

from townhall.domain import seating
from townhall.errors import InputError

SEAT = {"name": "Kinshasa", "zone": "Africa/Kinshasa", "country": "CD"}


def test_check_lets_a_seat_of_the_planning_document_pass():
    seating.check({**SEAT, "never": [["18:00", "08:00"]], "rest_days": ["sun"]})


@pytest.mark.parametrize(
    "change, field",
    [
        ({"zone": "Africa/Kinshase"}, "zone"),
        ({"country": "ZZ"}, "country"),
        ({"never": [["18:00", "25:00"]]}, "never"),
        ({"bands": [["09:00", "17:00", 0]]}, "bands"),
        ({"weight": 0}, "weight"),
        ({"extra_holidays": ["2026-02-30"]}, "extra_holidays"),
    ],
)
def test_check_names_the_field_of_the_seat(change, field):
    with pytest.raises(InputError) as caught:
        seating.check({**SEAT, **change})
    assert caught.value.field == field
