"""What is sent, as readers of other houses read it (RFC 5545, RFC 5546)."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import vobject
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.readers import IcalJs, Libical, Reader
from townhall.domain.invites import Attendee, Event, Mailbox, Method, Role, Status, feed, ics
from townhall.domain.invites.values import UserType
from townhall.domain.states import PartStat
from townhall.errors import InputError

EVENT = Event(
    uid="sitting-1@townhall.example.org",
    sequence=2,
    revised_at=datetime(2026, 11, 22, 9, 30, 5, tzinfo=UTC),
    starts_at=datetime(2026, 12, 9, 11, 30, tzinfo=UTC),
    minutes=60,
    title="Ending polio",
    organizer=Mailbox("invites@example.org", "UNICEF town halls"),
    description="A live conversation.",
    url="https://meet.example.org/polio",
    phone="+41 22 555 01 00, code 4711",
)
SARA = Attendee("sara@example.org", "Sara Ali", Role.CHAIR)

TYPED = st.text(
    st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from("\n\t,;:\\\"^=' \u200d👩🇨🇩")
)
"""Anything that people can type into a field, and more of what calendars treat as their own."""


def unfolded(octets: bytes) -> list[str]:
    return octets.replace(b"\r\n ", b"").decode().split("\r\n")


def test_request_is_written_line_by_line():
    assert unfolded(ics(EVENT, Method.REQUEST, SARA)) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//townhall//townhall//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        "UID:sitting-1@townhall.example.org",
        "SEQUENCE:2",
        "DTSTAMP:20261122T093005Z",
        "DTSTART:20261209T113000Z",
        "DTEND:20261209T123000Z",
        "SUMMARY:Ending polio",
        "STATUS:CONFIRMED",
        (
            "DESCRIPTION:A live conversation.\\n\\nTo join: https://meet.example.org/polio\\n"
            "By phone: +41 22 555 01 00\\, code 4711"
        ),
        "LOCATION:https://meet.example.org/polio",
        "URL:https://meet.example.org/polio",
        "CONFERENCE;VALUE=URI;FEATURE=AUDIO,VIDEO:https://meet.example.org/polio",
        'CONFERENCE;VALUE=URI;FEATURE=PHONE;LABEL="+41 22 555 01 00, code 4711":tel:+41225550100',
        "TRANSP:OPAQUE",
        'ORGANIZER;CN="UNICEF town halls":mailto:invites@example.org',
        (
            "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=CHAIR;PARTSTAT=NEEDS-ACTION;RSVP=TRUE"
            ';CN="Sara Ali":mailto:sara@example.org'
        ),
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:Ending polio",
        "TRIGGER:-PT15M",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_request_is_read_alike_by_every_reader(reader: Reader):
    assert reader(ics(EVENT, Method.REQUEST, SARA)) == {
        "method": "REQUEST",
        "entries": [
            {
                "uid": "sitting-1@townhall.example.org",
                "sequence": 2,
                "status": "CONFIRMED",
                "starts_at": "20261209T113000Z",
                "ends_at": "20261209T123000Z",
                "revised_at": "20261122T093005Z",
                "title": "Ending polio",
                "description": "A live conversation.\n\nTo join: https://meet.example.org/polio\n"
                "By phone: +41 22 555 01 00, code 4711",
                "location": "https://meet.example.org/polio",
                "organizer": {
                    "address": "invites@example.org",
                    "name": "UNICEF town halls",
                    "parameters": dict.fromkeys(("cutype", "role", "partstat", "rsvp"), ""),
                },
                "attendees": [
                    {
                        "address": "sara@example.org",
                        "name": "Sara Ali",
                        "parameters": {
                            "cutype": "INDIVIDUAL",
                            "role": "CHAIR",
                            "partstat": "NEEDS-ACTION",
                            "rsvp": "TRUE",
                        },
                    }
                ],
                "conferences": ["https://meet.example.org/polio", "tel:+41225550100"],
                "alarms": ["Ending polio"],
            }
        ],
    }


def test_cancel_of_a_sitting_says_that_it_is_cancelled(reader: Reader):
    off = replace(EVENT, status=Status.CANCELLED, sequence=3)
    read = reader(ics(off, Method.CANCEL, SARA))
    assert (read["method"], read["entries"][0]["status"]) == ("CANCEL", "CANCELLED")
    assert read["entries"][0]["sequence"] == 3
    assert read["entries"][0]["alarms"] == []


def test_cancel_for_one_person_leaves_the_status_out(reader: Reader):
    read = reader(ics(EVENT, Method.CANCEL, SARA))
    assert (read["method"], read["entries"][0]["status"]) == ("CANCEL", "")
    assert [person["address"] for person in read["entries"][0]["attendees"]] == [SARA.address]


def test_publish_names_no_person(reader: Reader):
    read = reader(ics(EVENT, Method.PUBLISH))
    assert (read["method"], read["entries"][0]["attendees"]) == ("PUBLISH", [])


def test_feed_holds_every_entry_and_says_when_to_come_back(reader: Reader):
    second = replace(EVENT, uid="sitting-2@townhall.example.org", status=Status.CANCELLED)
    octets = feed([EVENT, second], "Polio, all sittings")
    read = reader(octets)
    assert [(entry["uid"], entry["status"]) for entry in read["entries"]] == [
        ("sitting-1@townhall.example.org", "CONFIRMED"),
        ("sitting-2@townhall.example.org", "CANCELLED"),
    ]
    lines = unfolded(octets)
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in lines
    assert "X-PUBLISHED-TTL:PT1H" in lines
    assert "NAME:Polio\\, all sittings" in lines
    assert not any(line.startswith("ATTENDEE") for line in lines)


def test_every_entry_of_a_feed_is_read_as_the_one_that_is_downloaded(reader: Reader):
    """Several sittings: two halves of the world, one moved, one called off."""
    sittings = [
        EVENT,
        replace(EVENT, uid="sitting-2@x", starts_at=datetime(2026, 12, 9, 23, 45, tzinfo=UTC)),
        replace(EVENT, uid="sitting-3@x", sequence=7, title="شلل الأطفال; الآن", minutes=45),
        replace(EVENT, uid="sitting-4@x", sequence=3, status=Status.CANCELLED),
    ]
    read = reader(feed(sittings, "Polio, all sittings"))
    assert read["method"] == "PUBLISH"
    assert read["entries"] == [
        entry for each in sittings for entry in reader(ics(each, Method.PUBLISH))["entries"]
    ]
    assert [(entry["starts_at"], entry["ends_at"]) for entry in read["entries"]] == [
        ("20261209T113000Z", "20261209T123000Z"),
        ("20261209T234500Z", "20261210T004500Z"),
        ("20261209T113000Z", "20261209T121500Z"),
        ("20261209T113000Z", "20261209T123000Z"),
    ]
    assert [entry["sequence"] for entry in read["entries"]] == [2, 2, 7, 3]
    assert [entry["attendees"] for entry in read["entries"]] == [[]] * 4


def test_a_feed_in_which_nothing_stands_yet_is_read_as_a_calendar(reader: Reader):
    assert reader(feed([], "Polio")) == {"method": "PUBLISH", "entries": []}


def test_organizer_carries_the_reply_tag():
    lines = unfolded(ics(EVENT, Method.REQUEST, replace(SARA, reply_tag="r4t9")))
    assert 'ORGANIZER;CN="UNICEF town halls":mailto:invites+r4t9@example.org' in lines


def test_who_registered_alone_is_not_asked_to_answer():
    own = Attendee("own@example.org", partstat=PartStat.ACCEPTED, rsvp=False, cutype=UserType.GROUP)
    assert (
        "ATTENDEE;CUTYPE=GROUP;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE"
        ":mailto:own@example.org" in unfolded(ics(EVENT, Method.REQUEST, own))
    )


def test_address_is_a_uri_that_matches_as_typed():
    lines = unfolded(ics(EVENT, Method.REQUEST, Attendee("o'neil+50%?#@example.org")))
    assert lines[20].endswith(":mailto:o'neil+50%25%3F%23@example.org")


def test_link_that_the_description_gives_is_not_repeated():
    told = replace(EVENT, description=f"Come to {EVENT.url} in time.", phone="")
    assert f"DESCRIPTION:Come to {EVENT.url} in time." in unfolded(ics(told, Method.PUBLISH))


def test_sitting_without_a_link_says_nothing_of_one():
    bare = replace(EVENT, url="", phone="", description="")
    names = {
        line.partition(":")[0].partition(";")[0] for line in unfolded(ics(bare, Method.PUBLISH))
    }
    assert names.isdisjoint({"LOCATION", "URL", "CONFERENCE"})
    assert unfolded(ics(bare, Method.PUBLISH)).count("DESCRIPTION:Ending polio") == 1  # the alarm's


def test_link_with_letters_beyond_ascii_is_a_valid_address():
    arabic = replace(EVENT, url="https://meet.example.org/شلل?a=%41")
    assert "URL:https://meet.example.org/%D8%B4%D9%84%D9%84?a=%41" in unfolded(
        ics(arabic, Method.PUBLISH)
    )


@pytest.mark.parametrize(
    "phone, telephone",
    [
        ("+41 22 555 01 00, code 4711", "tel:+41225550100"),
        ("(212) 555-0100", ""),
        ("212 555-0100 ext. 5", "tel:2125550100"),
        ("ask the front desk", ""),
        ("", ""),
    ],
)
def test_telephone_is_the_number_alone(phone: str, telephone: str):
    assert replace(EVENT, phone=phone).telephone == telephone


@pytest.mark.parametrize(
    "event, method, attendee, said",
    [
        (
            replace(EVENT, status=Status.CANCELLED),
            Method.REQUEST,
            SARA,
            "method: A cancelled sitting is taken off with CANCEL, not with REQUEST.",
        ),
        (
            EVENT,
            Method.PUBLISH,
            SARA,
            "attendee: PUBLISH names one person; only PUBLISH, which names nobody, does without.",
        ),
        (
            EVENT,
            Method.REQUEST,
            Attendee("Invites@Example.org"),
            "address: “Invites@Example.org” sends the invitations, so it cannot be invited.",
        ),
    ],
)
def test_what_receivers_misread_is_refused(event, method, attendee, said):
    with pytest.raises(InputError) as error:
        ics(event, method, attendee)
    assert str(error.value) == said


def test_request_without_a_person_is_refused():
    with pytest.raises(InputError, match=r"^attendee: "):
        ics(EVENT, Method.REQUEST)


@pytest.mark.parametrize("field", ["title", "description", "phone"])
@pytest.mark.parametrize("character", ["\x00", "\x07", "\x0b", "\x1b", "\x7f", "\x85", "\ud800"])
def test_control_characters_are_refused(field: str, character: str):
    with pytest.raises(InputError) as error:
        replace(EVENT, **{field: f"a{character}b"})
    assert str(error.value) == (
        f"{field}: “a\N{REPLACEMENT CHARACTER}b” has a control character,"
        f" U+{ord(character):04X}, that no calendar can carry."
    )


@pytest.mark.parametrize(
    "values, field",
    [
        ({"uid": "has space"}, "uid"),
        ({"uid": "a\r\nATTENDEE:mailto:x@y"}, "uid"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://x.example/\r\nX:y"}, "url"),
        ({"url": "https://[x"}, "url"),
        ({"url": 'https://x.example/"'}, "url"),
        ({"minutes": 0}, "minutes"),
        ({"sequence": -1}, "sequence"),
        ({"sequence": 2**31}, "sequence"),
        ({"starts_at": datetime(2026, 12, 9, 11, 30)}, "starts_at"),  # noqa: DTZ001
        ({"revised_at": datetime(2026, 12, 9, 11, 30, 0, 5, tzinfo=UTC)}, "revised_at"),
        ({"title": "x" * 1001}, "title"),
    ],
)
def test_event_that_would_break_a_calendar_cannot_be_made(values, field):
    with pytest.raises(InputError) as error:
        replace(EVENT, **values)
    assert error.value.field == field


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b@c",
        "a b@example.org",
        "a@example.org\r\nBcc: all@example.org",
        "a,b@example.org",
        '"a"@example.org',
        "a@-example.org",
        "ä@example.org",
        f"{'a' * 250}@example.org",
    ],
)
def test_address_that_no_mail_reaches_is_refused(address: str):
    for make in (Mailbox, Attendee):
        with pytest.raises(InputError, match="is not a mail address"):
            make(address)


def test_tag_that_would_change_the_address_is_refused():
    with pytest.raises(InputError) as error:
        Attendee("a@example.org", reply_tag="x@evil.example")
    assert error.value.field == "reply_tag"


@given(
    st.fixed_dictionaries(
        dict.fromkeys(("title", "description", "location", "organizer", "attendee"), TYPED)
    )
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_in_any_field_arrives_as_typed(reader: Reader, typed: dict[str, str]):
    if isinstance(reader, Libical):
        # It trims values, and takes a backslash in quotes for an escape; RFC 5545 has neither.
        assume("\\" not in typed["organizer"] + typed["attendee"])
        for field in ("title", "description", "location"):
            typed[field] = typed[field].strip(" \t")
    if isinstance(reader, IcalJs):
        # It takes escapes of values for escapes in parameters, too; RFC 6868 has carets for that.
        assume(not re.search(r"\\[\\;,Nn]", f"{typed['organizer']}\n{typed['attendee']}"))
    event = replace(
        EVENT,
        title=typed["title"],
        description=typed["description"],
        url="",
        phone=typed["location"],
        organizer=Mailbox("invites@example.org", typed["organizer"]),
    )
    octets = ics(event, Method.REQUEST, replace(SARA, name=typed["attendee"]))
    for line in octets.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()
    (entry,) = reader(octets)["entries"]
    (attendee,) = entry["attendees"]
    assert typed == {
        "title": entry["title"],
        "description": entry["description"][: len(typed["description"])],
        "location": entry["location"],
        "organizer": entry["organizer"]["name"],
        "attendee": attendee["name"],
    }
    assert entry["alarms"] == [typed["title"]]


def test_blank_end_of_a_line_is_not_folded_away():
    # Where vobject minds quoted-printable, it takes a folded line that looks blank for an end.
    for length in range(60, 75):
        title = "a" * length + " " * 3
        octets = ics(replace(EVENT, title=title), Method.PUBLISH)
        read = vobject.readOne(octets.decode(), allowQP=True)
        assert read.vevent.summary.value == title


@given(TYPED)
@settings(max_examples=100, deadline=None)
def test_line_ends_of_forms_arrive_as_line_feeds(typed: str):
    crlf = replace(EVENT, title=typed.replace("\n", "\r\n"))
    assert ics(crlf, Method.PUBLISH) == ics(replace(EVENT, title=typed), Method.PUBLISH)
