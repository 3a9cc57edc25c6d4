"""The planning document: what it means, and one clear sentence for what is wrong with it."""

import copy
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townhall.domain import bands, document
from townhall.domain.bands import Band, Hours
from townhall.domain.burden import Grid
from townhall.domain.calendar import Calendar
from townhall.domain.slots import Answer, Request, Seat
from townhall.errors import InputError

WINDOW = {"minutes": 60, "from": "2026-12-09T00:00Z", "until": "2026-12-10T00:00Z"}
SEAT = {"name": "Kinshasa", "zone": "Africa/Kinshasa"}
WHOLE_DAY = [["00:00", "24:00", 0]]


def written(seat=None, **fields):
    """Return a valid, dull document with these fields changed."""
    return {**WINDOW, "seats": [{**SEAT, **(seat or {})}], **fields}


def refusal(given):
    """Return the sentence with which a document is refused."""
    with pytest.raises(InputError) as caught:
        document.parse(given)
    return str(caught.value)


def test_defaults_are_those_of_the_rules():
    assert document.parse(written()) == Request(
        grid=Grid(
            datetime(2026, 12, 9, tzinfo=UTC), datetime(2026, 12, 10, tzinfo=UTC), minutes=60
        ),
        seats=(
            Seat(
                name="Kinshasa",
                zone="Africa/Kinshasa",
                calendar=Calendar(),
                people=1,
                weight=1,
                ledger=0,
                required=True,
                everywhere=False,
                bands=None,
                never=(),
                busy=(),
                answers=(),
            ),
        ),
        bands=bands.STANDARD,
        top=10,
    )


def test_every_field_is_read():
    seat = {
        "country": "MY",
        "region": "TRG",
        "people": 0,
        "weight": 100,
        "ledger": 12,
        "required": False,
        "everywhere": True,
        "bands": [["08:30", "00:00", 0], ["00:00", "08:30", 100]],
        "rest_days": ["fri", "mon"],
        "holidays": ["2026-12-09"],
        "extra_holidays": ["2026-12-10"],
        "struck_holidays": ["2026-12-11"],
        "never": [["22:00", "06:00"], ["12:00", "24:00"]],
        "busy": [["2026-12-09T12:00:30Z", "2026-12-09T18:00+05:30"]],
        "answers": {"2026-12-09T13:00+01:00": "if-need-be"},
    }
    read = document.parse(written(seat, bands=WHOLE_DAY, top=1000, sittings=1))
    assert (read.top, read.bands) == (1000, bands.Bands(bytes(1440)))
    assert read.seats == (
        Seat(
            name="Kinshasa",
            zone="Africa/Kinshasa",
            calendar=Calendar(
                country="MY",
                region="TRG",
                rest_days=frozenset({0, 4}),
                holidays=frozenset({date(2026, 12, 9)}),
                extra=frozenset({date(2026, 12, 10)}),
                struck=frozenset({date(2026, 12, 11)}),
            ),
            people=0,
            weight=100,
            ledger=12,
            required=False,
            everywhere=True,
            bands=bands.whole_day(
                [Band(Hours(510, 1440), 0), Band(Hours(0, 510), 100)], field="bands"
            ),
            never=(Hours(22 * 60, 6 * 60), Hours(12 * 60, 24 * 60)),
            busy=(
                (
                    datetime(2026, 12, 9, 12, 0, 30, tzinfo=UTC),
                    datetime(2026, 12, 9, 12, 30, tzinfo=UTC),
                ),
            ),
            answers=((datetime(2026, 12, 9, 12, tzinfo=UTC), Answer.IF_NEED_BE),),
        ),
    )


def test_nothing_said_is_the_same_as_null_where_the_default_is_nothing():
    seat = dict.fromkeys(["country", "region", "bands", "rest_days", "holidays"])
    assert document.parse(written(seat, bands=None)) == document.parse(written())


def test_times_and_dates_of_toml_are_read():
    first, until = datetime(2026, 12, 9, tzinfo=UTC), datetime(2026, 12, 10, tzinfo=UTC)
    seat = {
        "holidays": [date(2026, 12, 9)],
        "never": [[time(18), time(21)]],
        "busy": [[first, until]],
    }
    read = document.parse(written(seat, **{"from": first, "until": until}))
    assert read.grid == document.parse(written()).grid
    assert read.seats[0].calendar.holidays == frozenset({date(2026, 12, 9)})
    assert read.seats[0].never == (Hours(18 * 60, 21 * 60),)
    assert read.seats[0].busy == ((first, until),)


def test_window_may_have_any_offset():
    read = document.parse(
        written(**{"from": "2026-12-09T05:45+05:45", "until": "2026-12-09t19:00-0500"})
    )
    assert read.grid == document.parse(written()).grid


@pytest.mark.parametrize(
    "fields, sentence",
    [
        (
            {"from": "2026-12-09T00:10Z"},
            "from: 2026-12-09T00:10:00+00:00 is not on a quarter hour.",
        ),
        (
            {"until": "2026-12-10T00:00:01Z"},
            "until: 2026-12-10T00:00:01+00:00 is not on a quarter hour.",
        ),
        (
            {"from": "2026-12-09T00:00"},
            'from: "2026-12-09T00:00" has no offset; end it with Z or an offset such as +05:30.',
        ),
        (
            {"from": datetime(2026, 12, 9)},  # noqa: DTZ001  as TOML reads a time without offset
            'from: "2026-12-09 00:00:00" has no offset; end it with Z or an offset such as +05:30.',
        ),
        ({"from": "tomorrow"}, 'from: "tomorrow" is not a time such as 2026-12-09T12:15Z.'),
        (
            {"from": "2026-02-30T00:00Z"},
            'from: "2026-02-30T00:00Z" is not a time such as 2026-12-09T12:15Z.',
        ),
        ({"from": 20261209}, "from: 20261209 is not a time such as 2026-12-09T12:15Z."),
        (
            {"from": date(2026, 12, 9)},
            'from: "2026-12-09" is not a time such as 2026-12-09T12:15Z.',
        ),
        (
            {"until": "2026-12-09T00:00Z"},
            "until: The window has no start: it ends at 2026-12-09T00:00Z, not after it begins.",
        ),
        (
            {"until": "2036-12-09T00:00Z"},
            "until: The window has 350688 starts; at most 100000 can be compared.",
        ),
        (
            {"from": "1900-01-01T00:00Z", "until": "1900-01-02T00:00Z"},
            "from: 1900-01-01T00:00:00+00:00 lies outside the years 1901 to 2198.",
        ),
        (
            {"until": "9999-12-31T23:45-14:00"},
            "until: 9999-12-31T23:45:00-14:00 lies outside the years 1901 to 2198.",
        ),
        (
            {"from": "2038-06-01T00:00Z", "until": "2038-06-02T00:00Z"},
            (
                "from: 2038-06-01T00:00:00+00:00 lies after January 2038, and later clock changes "
                "are not known."
            ),
        ),
        (
            {"from": "2038-01-31T00:00Z", "until": "2038-02-01T00:15Z"},
            (
                "until: 2038-02-01T00:15:00+00:00 lies after January 2038, and later clock changes "
                "are not known."
            ),
        ),
        ({"minutes": 50}, "minutes: A sitting lasts 15 to 720 minutes in steps of 15, not 50."),
        ({"minutes": 0}, "minutes: A sitting lasts 15 to 720 minutes in steps of 15, not 0."),
        ({"minutes": 735}, "minutes: A sitting lasts 15 to 720 minutes in steps of 15, not 735."),
        (
            {"minutes": int("9" * 300)},
            f"minutes: A sitting lasts 15 to 720 minutes in steps of 15, not {'9' * 59}….",
        ),
        ({"minutes": 60.0}, "minutes: 60.0 is not a whole number of minutes."),
        ({"minutes": True}, "minutes: true is not a whole number of minutes."),
        ({"minutes": "60"}, 'minutes: "60" is not a whole number of minutes.'),
        ({"top": 0}, "top: 0 is not a whole number from 1 to 1000."),
        (
            {"top": int("f" * 5000, 16)},
            f"top: 0x{'f' * 57}… is not a whole number from 1 to 1000.",
        ),
        ({"top": [int("f" * 5000, 16)]}, "top: […] is not a whole number from 1 to 1000."),
        ({"top": 1001}, "top: 1001 is not a whole number from 1 to 1000."),
        ({"sittings": 0}, "sittings: 0 is not a whole number from 1 to 12."),
        ({"sittings": 13}, "sittings: 13 is not a whole number from 1 to 12."),
        (
            {"occurrences": []},
            "occurrences: [] is for a series; one sitting is asked for here.",
        ),
        (
            {"apart_days": 7},
            "apart_days: 7 is for a series; one sitting is asked for here.",
        ),
        ({"seats": []}, "seats: There are no seats; a plan needs at least one."),
        ({"seats": {}}, "seats: {} is not a list."),
        ({"seats": ["x"]}, 'seats[0]: "x" is not an object.'),
        ({"colour": 1}, 'colour: There is no field "colour" here.'),
        ({"minuts": 1}, 'minuts: There is no field "minuts" here; near it is minutes.'),
        (
            {"seats": [SEAT, SEAT]},
            "seats[1].name: Two seats are named “Kinshasa”; names must differ.",
        ),
        ({"seats": [{"zone": "UTC"}]}, "seats[0].name: This field is missing."),
        ({"seats": [{"name": "x"}]}, "seats[0].zone: This field is missing."),
        ({"bands": []}, "bands: The bands leave a gap from 00:00 to 24:00."),
    ],
)
def test_field_of_the_document_is_refused_with_one_sentence(fields, sentence):
    assert refusal(written(**fields)) == sentence


@pytest.mark.parametrize(
    "seat, sentence",
    [
        ({"name": " "}, 'name: " " is not a text.'),
        ({"name": "\u200b \u2060"}, 'name: "\u200b \u2060" is not a text.'),
        ({"name": 7}, "name: 7 is not a text."),
        ({"name": None}, "name: null is not a text."),
        ({"name": "a\nb"}, 'name: "a\\nb" holds a control character.'),
        ({"name": "\ud800"}, 'name: "\\ud800" holds a control character.'),
        ({"name": "x" * 201}, f'name: "{"x" * 58}… is longer than 200 characters.'),
        (
            {"zone": "Asia/Karachy"},
            (
                "zone: “Asia/Karachy” is not a known time zone; near it are: Asia/Karachi, "
                "Asia/Jakarta."
            ),
        ),
        (
            {"country": "XX"},
            "country: “XX” is not a known country code (ISO 3166, such as CD).",
        ),
        ({"country": "us"}, "country: “us” is not a known country code; near it are: US."),
        ({"country": "Egypt"}, "country: “Egypt” is not a known country code; near it are: EG."),
        ({"region": "CA"}, "region: The region “CA” needs a country."),
        (
            {"country": "US", "region": "CAL"},
            "region: “CAL” is not a known region of US; near it are: CA, AL.",
        ),
        ({"country": "PK", "region": "ZZ"}, "region: “ZZ” is not a known region of PK."),
        ({"people": -1}, "people: -1 is not a whole number from 0 to 1000000000."),
        ({"people": True}, "people: true is not a whole number from 0 to 1000000000."),
        ({"weight": 0}, "weight: 0 is not a whole number from 1 to 100."),
        ({"weight": 101}, "weight: 101 is not a whole number from 1 to 100."),
        ({"weight": 1.5}, "weight: 1.5 is not a whole number from 1 to 100."),
        ({"ledger": -1}, "ledger: -1 is not a whole number from 0 to 1000000000000000."),
        ({"required": 1}, "required: 1 is not true or false."),
        ({"everywhere": "yes"}, 'everywhere: "yes" is not true or false.'),
        (
            {"rest_days": ["Saturday"]},
            'rest_days[0]: "Saturday" is not one of: mon, tue, wed, thu, fri, sat, sun.',
        ),
        ({"rest_days": "sat"}, 'rest_days: "sat" is not a list.'),
        ({"holidays": ["9 Dec"]}, 'holidays[0]: "9 Dec" is not a date such as 2026-12-09.'),
        (
            {"extra_holidays": ["2026-02-30"]},
            'extra_holidays[0]: "2026-02-30" is not a date such as 2026-12-09.',
        ),
        ({"never": [["18:00"]]}, 'never[0]: ["18:00"] is not a list of 2.'),
        ({"never": [["6pm", "21:00"]]}, 'never[0][0]: "6pm" is not a time of day such as 08:30.'),
        (
            {"never": [["18:00", "24:15"]]},
            'never[0][1]: "24:15" is not a time of day such as 08:30.',
        ),
        (
            {"never": [[time(18, 0, 1), "21:00"]]},
            'never[0][0]: "18:00:01" is not a time of day such as 08:30.',
        ),
        (
            {"never": [["24:00", "08:00"]]},
            'never[0][0]: "24:00" can only end hours; write 00:00.',
        ),
        (
            {"busy": [["2026-12-09T05:00Z", "2026-12-09T10:30+05:30"]]},
            (
                'busy[0]: The busy time ["2026-12-09T05:00Z", "2026-12-09T10:30+05:30"] does not '
                "end after it begins."
            ),
        ),
        (
            {"busy": [["2026-12-09T05:00Z", "2026-12-09T06:00"]]},
            (
                'busy[0][1]: "2026-12-09T06:00" has no offset; end it with Z or an offset such as '
                "+05:30."
            ),
        ),
        (
            {"answers": {"2026-12-09T12:00Z": "maybe"}},
            'answers["2026-12-09T12:00Z"]: "maybe" is not one of: yes, no, if-need-be.',
        ),
        (
            {"answers": {"2026-12-09T12:00Z": "no", "2026-12-09T13:00+01:00": "yes"}},
            'answers["2026-12-09T13:00+01:00"]: There are two answers to "2026-12-09T13:00+01:00".',
        ),
        ({"answers": []}, "answers: [] is not an object."),
        ({"bands": [["09:00", "17:00"]]}, 'bands[0]: ["09:00", "17:00"] is not a list of 3.'),
        (
            {"bands": [["00:00", "24:00", 101]]},
            "bands[0][2]: 101 is not a whole number from 0 to 100.",
        ),
        (
            {"bands": [["08:00", "24:00", 1]]},
            "bands: The bands leave a gap from 00:00 to 08:00.",
        ),
        (
            {"bands": [["00:00", "24:00", 1], ["09:00", "10:00", 2]]},
            "bands: Two bands overlap at 09:00.",
        ),
        ({"zones": "UTC"}, 'zones: There is no field "zones" here; near it is zone.'),
    ],
)
def test_field_of_a_seat_is_refused_with_one_sentence(seat, sentence):
    assert refusal(written(seat)) == f"seats[0].{sentence}"


@pytest.mark.parametrize(
    "one, other",
    [
        ("New York", "New  York "),
        ("New York", "New\u00a0York"),
        ("Bogot\u00e1", "Bogota\u0301"),
        ("Kinshasa", "Kin\u200bshasa"),
        ("کراچی", "کراچی\u200f"),
    ],
)
def test_names_that_nobody_can_tell_apart_are_refused(one, other):
    seats = [{**SEAT, "name": name} for name in (one, other)]
    assert refusal(written(seats=seats)) == (
        f"seats[1].name: Two seats are named “{other}”; names must differ."
    )


def test_names_that_differ_are_kept_as_they_were_written():
    names = ["New York", "NewYork", "new york", "Bogotá", "Bogota", " Bogota\u0308"]
    read = document.parse(written(seats=[{**SEAT, "name": name} for name in names]))
    assert [seat.name for seat in read.seats] == names


@pytest.mark.parametrize("country", ["US", "USA"])
def test_country_is_one_by_two_letters_and_by_three(country):
    read = document.parse(written({"country": country, "region": "CA"})).seats[0].calendar
    assert (read.country, read.region) == ("US", "CA")


@pytest.mark.parametrize("name", ["minutes", "from", "until", "seats"])
def test_missing_field_is_named(name):
    given = written()
    del given[name]
    assert refusal(given) == f"{name}: This field is missing."


@pytest.mark.parametrize("given, shown", [([], "[]"), (None, "null"), ("x", '"x"')])
def test_document_is_an_object(given, shown):
    assert refusal(given) == f"{shown} is not an object."


def test_value_nested_too_deeply_to_show_is_refused_all_the_same():
    nested = []
    for _ in range(5000):
        nested = [nested]
    assert refusal(written(minutes=nested)) == "minutes: […] is not a whole number of minutes."


def test_seats_and_starts_together_are_limited():
    seats = [{"name": f"seat {number}", "zone": "UTC"} for number in range(10_001)]
    assert refusal(written(seats=seats)) == (
        "seats: 10001 seats and 96 starts are more than one plan can hold."
    )


def test_exactly_one_hundred_thousand_starts_are_compared():
    window = {"from": "2026-01-01T00:00Z", "until": "2028-11-07T16:00Z"}
    assert document.parse(written(**window)).grid.count == 100_000


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["2026-12-09T00:00Z", "08:00", "24:00", "9999-12-31T23:59-14:00", "no"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([*document._FIELDS, *document._SEAT]), JUNK)
def test_no_value_of_any_field_is_more_than_an_input_error(name, junk):
    given = copy.deepcopy(written())
    holder = given["seats"][0] if name in document._SEAT else given
    holder[name] = junk
    try:
        read = document.parse(given)
    except InputError as error:
        sentence = str(error)
        assert name in sentence
        assert "\n" not in sentence
        assert "%(" not in sentence
        sentence.encode()
    else:
        assert read.seats
