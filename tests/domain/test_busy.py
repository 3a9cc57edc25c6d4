"""What a calendar says of busy times, in every form that calendars take."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.domain import busy
from townhall.errors import InputError

FIRST = datetime(2026, 12, 1, tzinfo=UTC)
UNTIL = datetime(2027, 1, 1, tzinfo=UTC)
CUSTOM = """BEGIN:VTIMEZONE
TZID:Our house
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0330
TZOFFSETTO:+0330
END:STANDARD
END:VTIMEZONE
"""


def calendar(*entries, head="", kind="VEVENT"):
    """Return a calendar as octets; each entry is the lines of its properties."""
    body = "".join(
        f"BEGIN:{kind}\nUID:{number}\nDTSTAMP:20261101T000000Z\n{entry.strip()}\nEND:{kind}\n"
        for number, entry in enumerate(entries)
    )
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//a test//EN\n{head}{body}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def read(octets, zone="Asia/Karachi"):
    """Return the busy times of December as text."""
    return [
        f"{begin:%d %H:%M}-{end:%d %H:%M}"
        for begin, end in busy.intervals(octets, zone, FIRST, UNTIL)
    ]


@pytest.mark.parametrize(
    "lines, expected",
    [
        ("DTSTART:20261209T100000Z\nDTEND:20261209T113000Z", ["09 10:00-09 11:30"]),
        ("DTSTART:20261209T100000Z\nDURATION:PT45M", ["09 10:00-09 10:45"]),
        ("DTSTART:20261209T100000\nDTEND:20261209T110000", ["09 05:00-09 06:00"]),
        (
            "DTSTART;TZID=America/New_York:20261209T100000\nDURATION:PT1H",
            ["09 15:00-09 16:00"],
        ),
        (
            "DTSTART;TZID=Eastern Standard Time:20261209T100000\nDURATION:PT1H",
            ["09 15:00-09 16:00"],
        ),
        (
            "DTSTART;TZID=/free.example/Europe/Berlin:20261209T100000\nDURATION:PT1H",
            ["09 09:00-09 10:00"],
        ),
        ("DTSTART;TZID=Atlantis/Centre:20261209T100000\nDURATION:PT1H", ["09 05:00-09 06:00"]),
        ("DTSTART;VALUE=DATE:20261224", ["23 19:00-24 19:00"]),
        ("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227", ["23 19:00-26 19:00"]),
        ("DTSTART:20261209T100000Z", []),
        ("DTSTART:20261209T100000Z\nDURATION:PT1H\nTRANSP:TRANSPARENT", []),
        ("DTSTART:20261209T100000Z\nDURATION:PT1H\nSTATUS:CANCELLED", []),
        ("DTSTART:20261209T100000Z\nDURATION:PT1H\nSTATUS:TENTATIVE", ["09 10:00-09 11:00"]),
        ("DTSTART:20261209T100000Z\nDURATION:PT1H\nX-MICROSOFT-CDO-BUSYSTATUS:FREE", []),
        ("DTSTART:20261209T100030Z\nDTEND:20261209T100040Z", ["09 10:00-09 10:01"]),
        ("DTSTART:20251209T100000Z\nDURATION:PT1H", []),
        ("DTSTART:20261231T230000Z\nDURATION:PT2H", ["31 23:00-01 00:00"]),
        ("SUMMARY:An entry without a time", []),
    ],
)
def test_an_entry_keeps_busy_as_it_says(lines, expected):
    assert read(calendar(lines)) == expected


def test_zones_come_from_the_one_database_whatever_the_calendar_brings_along():
    wrong = CUSTOM.replace("Our house", "Africa/Casablanca").replace("+0330", "+0500")
    entry = "DTSTART;TZID=Africa/Casablanca:20261215T180000\nDURATION:PT1H"
    assert read(calendar(entry, head=wrong)) == ["15 18:00-15 19:00"], "the clock of 2026f"


def test_a_zone_of_the_calendars_own_is_read():
    entry = "DTSTART;TZID=Our house:20261215T180000\nDURATION:PT1H"
    assert read(calendar(entry, head=CUSTOM)) == ["15 14:30-15 15:30"]


def test_a_floating_time_is_on_the_clock_that_the_calendar_names_for_itself():
    entry = "DTSTART:20261215T180000\nDURATION:PT1H"
    head = "X-WR-TIMEZONE:Africa/Casablanca\n"
    assert read(calendar(entry, head=head)) == ["15 18:00-15 19:00"]
    assert read(calendar(entry, head="X-WR-TIMEZONE:Atlantis\n")) == ["15 13:00-15 14:00"]
    whole_day = "DTSTART;VALUE=DATE:20261224"
    assert read(calendar(whole_day, head=head)) == ["23 19:00-24 19:00"]


def test_a_series_is_expanded_with_what_was_moved_and_left_out():
    series = (
        "DTSTART;TZID=America/New_York:20261027T090000\n"
        "DURATION:PT1H\n"
        "RRULE:FREQ=WEEKLY;BYDAY=TU\n"
        "EXDATE;TZID=America/New_York:20261208T090000\n"
        "RDATE;TZID=America/New_York:20261210T090000"
    )
    moved = (
        "RECURRENCE-ID;TZID=America/New_York:20261215T090000\n"
        "DTSTART;TZID=America/New_York:20261216T120000\n"
        "DURATION:PT30M"
    )
    cancelled = (
        "RECURRENCE-ID;TZID=America/New_York:20261222T090000\n"
        "DTSTART;TZID=America/New_York:20261222T090000\n"
        "DURATION:PT1H\n"
        "STATUS:CANCELLED"
    )
    octets = (
        calendar(series, moved, cancelled).replace(b"UID:1", b"UID:0").replace(b"UID:2", b"UID:0")
    )
    assert read(octets) == [
        "01 14:00-01 15:00",
        "10 14:00-10 15:00",
        "16 17:00-16 17:30",
        "29 14:00-29 15:00",
    ]


def test_a_yearly_day_off_is_found_years_later():
    entry = "DTSTART;VALUE=DATE:19901225\nRRULE:FREQ=YEARLY"
    assert read(calendar(entry), "Europe/London") == ["25 00:00-26 00:00"]


@pytest.mark.parametrize(
    "line, expected",
    [
        (
            "FREEBUSY:20261209T100000Z/20261209T110000Z,20261210T100000Z/PT2H",
            ["09 10:00-09 11:00", "10 10:00-10 12:00"],
        ),
        ("FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20261209T100000Z/PT1H", ["09 10:00-09 11:00"]),
        ("FREEBUSY;FBTYPE=FREE:20261209T100000Z/PT1H", []),
        (
            "FREEBUSY:20261209T100000Z/PT1H\nFREEBUSY:20261211T100000Z/PT1H",
            ["09 10:00-09 11:00", "11 10:00-11 11:00"],
        ),
    ],
)
def test_published_busy_times_are_read(line, expected):
    assert read(calendar(line, kind="VFREEBUSY")) == expected


def test_several_calendars_in_one_file_are_read():
    one = calendar("DTSTART:20261209T100000Z\nDURATION:PT1H")
    two = calendar("DTSTART:20261210T100000Z\nDURATION:PT1H")
    assert read(one + two) == ["09 10:00-09 11:00", "10 10:00-10 11:00"]


def test_lines_folded_by_any_program_are_read():
    octets = calendar("DTSTART:20261209T100000Z\nDURATION:PT1H")
    folded = b"\xef\xbb\xbf" + octets.replace(b"20261209T100000Z", b"2026120\r\n 9T100000Z")
    assert read(folded) == ["09 10:00-09 11:00"]
    assert read(octets.replace(b"\r\n", b"\n")) == ["09 10:00-09 11:00"]


EVENT = "DTSTART:19700101T000000Z\nDURATION:PT1M\n"


@pytest.mark.parametrize(
    "octets, says",
    [
        (b"<html>Sign in</html>", "begins with BEGIN:VCALENDAR"),
        (b"", "begins with BEGIN:VCALENDAR"),
        (b"BEGIN:VCALENDAR\r\n" + b"x" * busy.LARGEST, "larger than 1024 KB"),
        (b"BEGIN:VCALENDAR\r\nnonsense\r\n", "cannot be read"),
        (calendar(f"{EVENT}RRULE:FREQ=SECONDLY"), "repeats too often: FREQ=SECONDLY"),
        (calendar(f"{EVENT}RRULE:INTERVAL=2;FREQ=minutely"), "repeats too often"),
        (calendar(f"{EVENT}RRULE:FREQ=SECO\n NDLY"), "repeats too often"),
        (calendar(f"{EVENT}RRULE;X=1:FREQ=SECONDLY"), "repeats too often"),
        (calendar(f"{EVENT}RRULE:FREQ=DAILY;COUNT=20001"), "repeats too often"),
        (calendar(f"{EVENT}RRULE:FREQ=DAILY;COUNT=often"), "repeats too often"),
        (
            calendar(f"{EVENT}RRULE:FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6;BYMINUTE=0,1,2,3,4,5,6"),
            "repeats too often",
        ),
        (
            calendar(EVENT, head=CUSTOM.replace("END:STAN", "RRULE:FREQ=SECONDLY\nEND:STAN")),
            "repeats too often",
        ),
        (calendar(*[EVENT] * 5001), "5001 entries; the most is 5000"),
    ],
)
def test_what_is_no_calendar_or_has_no_bounds_is_refused(octets, says):
    with pytest.raises(InputError) as caught:
        read(octets)
    assert caught.value.field == "calendar"
    assert says in str(caught.value)


def test_more_busy_times_than_can_be_kept_are_refused():
    found = [
        (FIRST + timedelta(minutes=2 * n), FIRST + timedelta(minutes=2 * n + 1))
        for n in range(5001)
    ]
    with pytest.raises(InputError, match="5001 busy times; the most is 5000"):
        busy.merged(found, FIRST, UNTIL)


minutes = st.integers(-2000, 50_000).map(lambda number: FIRST + timedelta(minutes=number))


@given(st.lists(st.tuples(minutes, minutes), max_size=30), minutes)
def test_merged_intervals_cover_the_same_minutes_once(found, at):
    whole = busy.merged(found, FIRST, UNTIL)
    covered = FIRST <= at < UNTIL and any(begin <= at < end for begin, end in found)
    assert sum(begin <= at < end for begin, end in whole) == covered
    assert all(one[1] < two[0] for one, two in pairwise(whole))


@given(st.binary(max_size=400).map(lambda tail: calendar(EVENT)[:-15] + tail))
def test_any_tail_is_read_or_refused_in_one_sentence(octets):
    found, refusal = [], "read"
    try:
        found = busy.intervals(octets, "UTC", FIRST, UNTIL)
    except InputError as error:
        refusal = str(error)
    assert len(refusal.splitlines()) == 1
    assert all(begin < end for begin, end in found)
