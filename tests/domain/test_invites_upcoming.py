"""The letters before a sitting, to people and to organizers, in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest

from tests.goldens import golden
from townhall.domain import invites
from townhall.domain.invites import Attendance, Copy, Mailbox, Place, Silence, Upcoming
from townhall.domain.invites.letter import REPLY_MARK
from townhall.domain.invites.page import page
from townhall.domain.invites.plain import plain
from townhall.domain.states import PartStat
from townhall.i18n import ENGLISH

START = datetime(2026, 12, 9, 12, 15, tzinfo=UTC)
HOUR_BEFORE = START - timedelta(hours=1)
DAY_BEFORE = START - timedelta(days=1)
EVENT = invites.Event(
    uid="polio@townhall",
    sequence=0,
    revised_at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    starts_at=START,
    minutes=60,
    title="Polio: a live conversation",
    organizer=Mailbox("townhall@example.org", "UNICEF"),
    url="https://meet.example.org/polio",
    phone="+41 22 555 01 00, code 4711",
)
DELHI = Place("New Delhi", "Asia/Kolkata")
NEW_YORK = Place("New York", "America/New_York")
TOLD = Upcoming(EVENT, DELHI, NEW_YORK, PartStat.NEEDS_ACTION, is_soon=False)
SILENCE = Silence(("Asha", "رضا"), 14, 30)
PLACES = [
    ("New York", Attendance(come=3, silent=1)),
    ("New Delhi", Attendance(come=1, perhaps=2, decline=1, silent=14)),
    ("إسلام آباد", Attendance()),
]


def sentences(told, now=DAY_BEFORE, **values):
    return plain(invites.upcoming(told, ENGLISH, now=now, **values)).split("\n\n")


@pytest.mark.parametrize(
    "name, told, now",
    [
        ("day-before", replace(TOLD, silence=SILENCE), DAY_BEFORE),
        ("hour-before", replace(TOLD, partstat=PartStat.ACCEPTED, is_soon=True), HOUR_BEFORE),
    ],
)
def test_letters_read_as_they_did(mail_speech, name, told, now):
    made = invites.upcoming(told, mail_speech, now=now)
    text = f"{made.subject}\n\n{plain(made)}".replace(REPLY_MARK, "https://townhall.example/i/x/y")
    assert text == golden(f"{name}-{mail_speech.language}.txt", text)
    assert f'dir="{mail_speech.direction}"' in page(made)


def test_organizers_letter_reads_as_it_did(mail_speech):
    made = invites.attendance(
        EVENT,
        NEW_YORK,
        PLACES,
        "https://townhall.example/organizer/t/polio",
        mail_speech,
        is_soon=False,
        now=DAY_BEFORE,
    )
    text = f"{made.subject}\n\n{plain(made)}"
    assert text == golden(f"attendance-{mail_speech.language}.txt", text)


@pytest.mark.parametrize(
    "start, zone, before, expected",
    [
        # The same instant is another day elsewhere, and the word follows the reader's clock.
        ("2026-12-09T20:00", "America/New_York", 1, "Today"),
        ("2026-12-09T20:00", "Asia/Kolkata", 1, "Today"),
        ("2026-12-09T18:45", "Asia/Kolkata", 1, "Tomorrow"),
        ("2026-12-09T18:45", "Asia/Kolkata", 24, "Tomorrow"),
        ("2026-12-09T18:45", "Asia/Kolkata", 10, "Tomorrow"),
        ("2026-12-09T18:45", "America/New_York", 10, "Today"),
        # 24 hours before half past midnight, with a day of 23 hours between, is the day before
        # yesterday.
        ("2026-03-29T22:30", "Europe/Berlin", 24, ""),
    ],
)
def test_today_and_tomorrow_are_those_of_the_readers_clock(start, zone, before, expected):
    starts_at = datetime.fromisoformat(start).replace(tzinfo=UTC)
    told = replace(TOLD, event=replace(EVENT, starts_at=starts_at), place=Place("Here", zone))
    said = sentences(told, starts_at - timedelta(hours=before))[1]
    assert said.startswith(f"{expected}, on your clock" if expected else "On your clock")


def test_a_sitting_beyond_tomorrow_comes_up():
    starts_at = datetime(2026, 3, 29, 22, 30, tzinfo=UTC)
    told = replace(
        TOLD, event=replace(EVENT, starts_at=starts_at), place=Place("Berlin", "Europe/Berlin")
    )
    made = invites.upcoming(told, ENGLISH, now=starts_at - timedelta(days=1))
    assert made.subject.startswith("Coming up: ")
    assert plain(made).startswith("“Polio: a live conversation” comes up.\n")


@pytest.mark.parametrize(
    "partstat, said, label",
    [
        (PartStat.ACCEPTED, "You have said that you will come.", "See or change your answer"),
        (
            PartStat.TENTATIVE,
            "You have said that you will perhaps come.",
            "See or change your answer",
        ),
        (PartStat.NEEDS_ACTION, "You have not answered yet.", "Say whether you will come"),
    ],
)
def test_the_answer_so_far_stands_above_its_button(partstat, said, label):
    told = sentences(replace(TOLD, partstat=partstat))
    at = told.index(said)
    assert told[at + 1].startswith(label)


def test_a_place_whose_people_have_all_answered_hears_so():
    told = sentences(replace(TOLD, silence=Silence((), 0, 3)))
    assert "Everybody of New Delhi has answered." in told


def test_all_the_silent_are_named_where_they_are_few():
    told = " ".join(sentences(replace(TOLD, silence=Silence(("Asha", "Ravi"), 2, 3)))).split()
    assert "no answer yet from: Asha and Ravi." in " ".join(told)


def test_demonstrations_say_so_and_who_registered_alone_can_leave():
    told = sentences(replace(TOLD, demo=True), leaves=True)
    assert "This mail comes from a demonstration of townhall." in told
    assert told[-1].startswith("To leave the list, open this link:")
    made = invites.attendance(
        EVENT,
        NEW_YORK,
        PLACES,
        "https://x.example/",
        ENGLISH,
        is_soon=True,
        now=HOUR_BEFORE,
        demo=True,
    )
    assert made.subject.startswith("Soon: ")
    assert "This mail comes from a demonstration of townhall." in plain(made)


def test_letters_of_many_places_with_long_names_can_be_sent():
    places = [("&" * 200, Attendance(come=1000))] * 300
    made = invites.attendance(
        EVENT, NEW_YORK, places, "https://x.example/", ENGLISH, is_soon=False, now=DAY_BEFORE
    )
    assert "260 more places are on the page." in plain(made)
    page(made)
    silence = Silence(("&" * 200,) * 10, 5000, 9000)
    page(invites.upcoming(replace(TOLD, silence=silence), ENGLISH, now=DAY_BEFORE))


def test_a_leaflet_is_the_same_mail_after_it_was_stored():
    letter = invites.upcoming(TOLD, ENGLISH, now=DAY_BEFORE, leaves=True)
    made = invites.leaflet(letter, EVENT.organizer, written_at=DAY_BEFORE)
    person = invites.Attendee("asha@example.org", "Asha", reply_tag="tag")
    own = Copy(person, "https://townhall.example/i/x/y", "https://townhall.example/leave/z")
    whole = made.copy(own, "code")
    assert whole == invites.Circular.read(made.stored()).copy(own, "code")
    assert b"text/calendar" not in whole
    assert b"multipart/mixed" not in whole
    read = message_from_bytes(whole, policy=policy.default)
    assert own.reply_url in read.get_body(("plain",)).get_content()
    assert read["Reply-To"] == "UNICEF <townhall+tag@example.org>"
    assert read["List-Unsubscribe"] == f"<{own.leave_url}>"
