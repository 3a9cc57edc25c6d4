"""A sitting's object in its organizer's own calendar."""

from dataclasses import replace
from datetime import UTC, datetime

import icalendar
import pytest
import vobject

from tests.readers import vobject_reads
from townhall.domain.invites import Attendee, Event, Mailbox, Role, Status, ics, resource
from townhall.domain.invites.resource import MOST_PEOPLE, ROOM, Found
from townhall.domain.invites.values import Method
from townhall.domain.states import PartStat
from townhall.i18n import speech

EVENT = Event(
    uid="polio-1@townhall",
    sequence=2,
    revised_at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    starts_at=datetime(2026, 12, 9, 12, 15, tzinfo=UTC),
    minutes=60,
    title="شلل الأطفال: a talk, with questions; live",
    organizer=Mailbox("townhall@example.org", "UNICEF, polio"),
    description="Line one\nline two",
    url="https://meet.example/polio",
)
OFF = replace(EVENT, status=Status.CANCELLED, sequence=3)
ANN = Attendee("ann@example.org", "Ann", role=Role.CHAIR, partstat=PartStat.ACCEPTED)


def entry(octets):
    return vobject.readOne(octets.decode()).vevent


def test_it_is_the_mails_entry_without_a_method():
    own = resource.octets(EVENT, 7)
    mailed = vobject_reads(ics(EVENT, Method.REQUEST, ANN))["entries"][0]
    [kept] = vobject_reads(own.replace(b"CALSCALE", b"METHOD:X\r\nCALSCALE"))["entries"]
    assert kept == mailed | {"attendees": []}
    assert "METHOD" not in own.decode()
    assert own.decode().endswith("END:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in own.split(b"\r\n"))


def test_no_server_and_no_program_mails_anybody_for_it():
    parsed = icalendar.Calendar.from_ical(resource.octets(EVENT, 7, [ANN])).walk("VEVENT")[0]
    assert parsed["ORGANIZER"].params["SCHEDULE-AGENT"] == "CLIENT"
    assert parsed["ORGANIZER"].params["CN"] == "UNICEF, polio"
    assert parsed["ATTENDEE"].params["SCHEDULE-AGENT"] == "CLIENT"
    assert (parsed["ATTENDEE"], parsed["ATTENDEE"].params["PARTSTAT"]) == (
        "mailto:ann@example.org",
        "ACCEPTED",
    )


def test_an_organizer_without_a_name_has_none():
    lines = resource.octets(replace(EVENT, organizer=Mailbox("a@example.org")), 1).decode()
    assert "\r\nORGANIZER;SCHEDULE-AGENT=CLIENT:mailto:a@example.org\r\n" in lines


@pytest.mark.parametrize("count, listed", [(MOST_PEOPLE, MOST_PEOPLE), (MOST_PEOPLE + 1, 0)])
def test_of_too_many_people_none_is_listed(count, listed):
    people = [replace(ANN, address=f"p{number}@example.org") for number in range(count)]
    assert resource.octets(EVENT, 1, people).decode().count("ATTENDEE") == listed


def test_how_to_join_is_said_in_the_organizers_language():
    french = resource.octets(replace(EVENT, description=""), 1, speech=speech("ar"))
    assert "To join" not in entry(french).description.value
    assert "https://meet.example/polio" in entry(french).description.value


def test_what_is_written_is_found_again():
    assert resource.found(resource.octets(EVENT, 7), EVENT.uid) == Found(
        revision=7,
        sequence=2,
        additions=("TRANSP:OPAQUE",),
        alarms=(
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{EVENT.title.replace(',', chr(92) + ',').replace(';', chr(92) + ';')}",
            "TRIGGER:-PT15M",
            "END:VALARM",
        ),
    )


@pytest.mark.parametrize("event", [EVENT, OFF])
def test_the_same_once_more_is_the_same_to_the_octet(event):
    first = resource.octets(event, 7, [ANN])
    assert resource.octets(event, 7, [ANN], resource.found(first, event.uid)) == first


def edited(octets, **lines):
    """Return an object as a person's program would have changed it."""
    text = octets.decode().replace("TRANSP:OPAQUE\r\n", "TRANSP:TRANSPARENT\r\n")
    text = text.replace("TRIGGER:-PT15M", "TRIGGER:-PT2H\r\nACKNOWLEDGED:20261123T100000Z")
    added = "CATEGORIES:Polio,Work\r\nCOLOR:red\r\nX-MOZ-GENERATION:3\r\nSUMMARY:Mine\r\n"
    return text.replace("END:VEVENT", f"{added}END:VEVENT").encode()


def test_the_organizers_additions_stay_and_the_rest_is_ours():
    kept = resource.found(edited(resource.octets(EVENT, 7)), EVENT.uid)
    moved = replace(EVENT, starts_at=EVENT.starts_at.replace(hour=15), sequence=3)
    again = entry(resource.octets(moved, 8, found=kept))
    assert again.categories.value == ["Polio", "Work"]
    assert (again.contents["color"][0].value, again.transp.value) == ("red", "TRANSPARENT")
    assert [alarm.trigger.value.total_seconds() for alarm in again.valarm_list] == [-7200]
    assert (again.summary.value, again.dtstart.value) == (EVENT.title, moved.starts_at)
    assert "x-moz-generation" not in again.contents
    assert [line.value for line in again.contents["x-townhall-revision"]] == ["8"]


def test_alarms_that_were_taken_away_stay_away():
    text = resource.octets(EVENT, 7).decode()
    begin, end = text.index("BEGIN:VALARM"), text.index("END:VEVENT")
    silent = resource.found((text[:begin] + text[end:]).encode(), EVENT.uid)
    assert "VALARM" not in resource.octets(EVENT, 8, found=silent).decode()


def test_what_is_off_rings_for_nobody_and_once_held_after_all_rings_as_at_first():
    off = resource.octets(OFF, 8, found=resource.found(resource.octets(EVENT, 7), EVENT.uid))
    assert (entry(off).status.value, "VALARM" in off.decode()) == ("CANCELLED", False)
    back = resource.octets(EVENT, 9, found=resource.found(off, EVENT.uid))
    assert entry(back).valarm.trigger.value.total_seconds() == -900
    assert entry(back).status.value == "CONFIRMED"


@pytest.mark.parametrize(
    "found, newer",
    [
        (Found(revision=8, sequence=0), True),
        (Found(revision=7, sequence=99), False),
        (Found(revision=6, sequence=2), False),
        (Found(revision=None, sequence=2), False),
        (Found(revision=None, sequence=3), True),
    ],
)
def test_which_of_two_is_newer_is_told_by_revision_or_else_by_sequence(found, newer):
    assert found.is_newer(EVENT, 7) is newer


GOOD = resource.octets(EVENT, 7).decode()


@pytest.mark.parametrize(
    "stored",
    [
        b"\xff\xfe",
        b"",
        b"<html>",
        GOOD.replace("polio-1@townhall", "another").encode(),
        GOOD.replace("TRANSP:OPAQUE", "RECURRENCE-ID:20261209T121500Z").encode(),
        GOOD.replace("END:VALARM\r\n", "").encode(),
        GOOD.replace("BEGIN:VALARM\r\n", "").encode(),
        GOOD.replace("TRIGGER:-PT15M", "BEGIN:VALARM").encode(),
        GOOD.replace("BEGIN:VALARM", "BEGIN:X-THING").encode(),
        GOOD.replace("TRANSP:OPAQUE", "no line of a calendar").encode(),
        GOOD.replace("TRANSP:OPAQUE", ":nameless").encode(),
        GOOD.replace("END:VEVENT\r\n", "").encode(),
        b"END:VEVENT\r\n",
    ],
)
def test_what_cannot_be_read_as_our_entry_adds_nothing(stored):
    assert resource.found(stored, EVENT.uid) is None


def test_an_entry_beside_others_with_other_line_ends_is_found():
    other = "BEGIN:VEVENT\nUID:x\nEND:VEVENT\n"
    text = GOOD.replace("\r\n", "\n").replace("BEGIN:VEVENT", f"{other}BEGIN:VEVENT", 1)
    text = text.replace("TRANSP:OPAQUE", "\nCATEGORIES;LANGUAGE=en:Po\n lio")
    found = resource.found(text.encode(), EVENT.uid)
    assert found.additions == ("CATEGORIES;LANGUAGE=en:Polio",)


@pytest.mark.parametrize("number", ["", "x", "9" * 10, "-1", "٣"])
def test_a_number_that_is_none_is_read_as_none(number):
    text = GOOD.replace("SEQUENCE:2", f"SEQUENCE:{number}").replace(
        "REVISION:7", f"REVISION:{number}"
    )
    found = resource.found(text.encode(), EVENT.uid)
    assert (found.revision, found.sequence) == (None, 0)


def test_additions_without_end_are_let_go():
    much = "".join(f"COMMENT:{number} {'x' * 60}\r\n" for number in range(ROOM // 50))
    found = resource.found(GOOD.replace("TRANSP:OPAQUE\r\n", much).encode(), EVENT.uid)
    assert (found.revision, found.additions, found.alarms) == (7, (), ())
