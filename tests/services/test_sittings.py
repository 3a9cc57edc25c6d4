"""A sitting chosen, looked at, sent, moved, cancelled: rows, revisions and mails."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
import vobject
from sqlalchemy import select
from sqlalchemy.orm import undefer

from tests.fixtures.make import NOW
from townhall.db import transaction
from townhall.domain import invites, tokens, zones
from townhall.domain.access import Role
from townhall.domain.states import (
    ContactKind,
    Delivery,
    DraftAction,
    MailKind,
    PartStat,
    SeatRole,
    SittingState,
)
from townhall.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from townhall.models.accounts import AuditEntry
from townhall.models.invitations import Invitation, OutboxMessage
from townhall.models.planning import Draft, SeatContact, Sitting
from townhall.queries import drafts, invitations, planning
from townhall.services import occasions, sittings
from townhall.services.senders import Sender

START = datetime(2026, 12, 9, 12, 15, tzinfo=UTC)
LATER = datetime(2026, 12, 9, 12, 30, tzinfo=UTC)
SENDER = Sender(
    organizer=invites.Mailbox("townhall@example.org", "UNICEF"),
    base_url="https://townhall.example",
    key="a key that signs the links of these tests",
)


class Feed:
    """Remembers which boards were said to have changed."""

    def __init__(self):
        self.codes = []

    def changed(self, code):
        self.codes.append(code)


class Story:
    """A town hall of three seats with an organizer, and what tests do to it again and again."""

    def __init__(self, db, make):
        self.db = db
        self.hall = make.town_hall(
            window_from_at=datetime(2026, 12, 9, tzinfo=UTC),
            window_until_at=datetime(2026, 12, 10, tzinfo=UTC),
        )
        self.actor = make.actor(self.hall)
        self.feed = Feed()
        new_york = make.seat(
            self.hall, "New York", zone="America/New_York", country="US", role=SeatRole.HOST
        )
        delhi = make.seat(self.hall, "New Delhi", zone="Asia/Kolkata", country="IN")
        karachi = make.seat(self.hall, "Islamabad", required=False)
        self.people = [
            make.seat_contact(new_york, make.contact("Ann"), ContactKind.SPEAKER).contact,
            make.seat_contact(delhi, make.contact("Dev")).contact,
            make.seat_contact(karachi, make.contact("Sana", language="ar")).contact,
        ]
        self.seats = [new_york, delhi, karachi]
        db.expire_all()

    def choose(self, start=START, now=NOW):
        return sittings.choose(self.db, self.actor, self.hall.code, start, now=now)

    def call_off(self, now=NOW):
        return sittings.call_off(self.db, self.actor, self.hall.code, now=now)

    def send(self, draft, *, now=NOW, note=""):
        """Send a draft that changes one sitting."""
        [sitting] = self.send_all(draft, now=now, note=note)
        return sitting

    def send_all(self, draft, *, now=NOW, note=""):
        return sittings.send(
            self.db,
            self.feed,
            self.actor,
            self.hall.code,
            SENDER,
            version=draft.version,
            note=note,
            now=now,
        )

    def addressees(self, draft):
        """Return who would get a mail about which sitting."""
        return drafts.outlook(self.db, self.hall, draft.steps, now=NOW).people

    def preview(self, draft):
        """Return the mail that the first person of a draft would get."""
        outlook = drafts.outlook(self.db, self.hall, draft.steps, now=NOW)
        return occasions.preview(self.hall, outlook, *outlook.people[0], SENDER, now=NOW)

    def mails(self):
        self.db.rollback()
        return self.db.scalars(
            select(OutboxMessage).order_by(OutboxMessage.id).options(undefer(OutboxMessage.whole))
        ).all()

    def hand_to_worker(self):
        """Let every mail be claimed and sent, as the worker would."""
        with transaction(self.db):
            for row in self.db.scalars(select(OutboxMessage)):
                row.fence, row.state = 1, Delivery.SENT


def steps(draft):
    """Return what a draft does: action, number of the sitting, start."""
    return [(s.action, s.sitting and s.sitting.number, s.starts_at) for s in draft.steps]


def text(row):
    """Return a mail's text."""
    message = message_from_bytes(row.octets, policy=policy.default)
    return message.get_body(("plain",)).get_content()


@pytest.fixture
def story(db, make):
    return Story(db, make)


def entry(row):
    """Return the calendar entry of a mail as another library reads it."""
    message = message_from_bytes(row.octets, policy=policy.default)
    [part] = [p for p in message.walk() if p.get_content_type() == "text/calendar"]
    return vobject.readOne(part.get_content())


def test_choose_makes_a_draft_that_nobody_is_told_of(story, db):
    draft = story.choose()
    assert steps(draft) == [(DraftAction.SCHEDULE, None, START)]
    assert db.scalars(select(Sitting)).all() == []
    assert story.mails() == []


def test_choose_again_replaces_the_draft_and_makes_old_previews_stale(story, db):
    first = story.choose().version
    second = story.choose(LATER)
    assert (second.version, steps(second)) == (first + 1, [(DraftAction.SCHEDULE, None, LATER)])
    assert len(db.scalars(select(Draft)).all()) == 1


@pytest.mark.parametrize(
    "start, says",
    [
        (NOW - timedelta(minutes=15), "has passed"),
        (START + timedelta(minutes=5), "12:20"),
    ],
)
def test_choose_refuses_a_start_that_cannot_be(story, start, says):
    with pytest.raises(InputError, match=says):
        story.choose(start)


def test_choose_names_the_seat_that_cannot_take_part(story, db):
    with transaction(db):
        story.seats[1].never = [["17:00", "19:00"]]
    with pytest.raises(InputError, match="New Delhi"):
        story.choose()


def test_choose_is_for_the_team(story, db, make):
    moderator = make.actor(story.hall, Role.MODERATOR)
    with pytest.raises(NotAllowedError):
        sittings.choose(db, moderator, story.hall.code, START, now=NOW)
    stranger = make.actor(make.town_hall())
    with pytest.raises(NotFoundError):
        sittings.choose(db, stranger, story.hall.code, START, now=NOW)


def test_send_makes_the_sitting_its_promises_and_a_mail_for_each_person(story, db):
    sitting = story.send(story.choose(), note="Bring water.")

    assert (sitting.state, sitting.starts_at, sitting.sequence, sitting.revision) == (
        SittingState.SCHEDULED,
        START,
        0,
        0,
    )
    assert sitting.zone_release == zones.release()
    assert [(p.seat.name, p.local_start, p.burden) for p in sitting.promises] == [
        ("New York", "2026-12-09T07:15-05:00", 7),
        ("New Delhi", "2026-12-09T17:45+05:30", 7),
        ("Islamabad", "2026-12-09T17:15+05:00", 5),
    ]
    assert [(m.contact.name, m.kind, m.method, m.state) for m in story.mails()] == [
        (name, MailKind.INVITE, "REQUEST", Delivery.QUEUED) for name in ("Ann", "Dev", "Sana")
    ]
    assert all("Bring water." in text(m) for m in story.mails())
    assert db.scalars(select(Draft)).all() == []
    assert story.feed.codes == [story.hall.code]
    assert "sitting.schedule" in db.scalars(select(AuditEntry.action)).all()


def test_each_mail_names_its_reader_alone_with_a_role(story):
    story.send(story.choose())
    attendees = [entry(m).vevent.attendee for m in story.mails()]
    assert [(a.params["CN"], a.params["ROLE"]) for a in attendees] == [
        (["Ann"], ["CHAIR"]),
        (["Dev"], ["REQ-PARTICIPANT"]),
        (["Sana"], ["OPT-PARTICIPANT"]),
    ]
    assert [a.value for a in attendees] == [f"mailto:{p.address}" for p in story.people]


def test_a_mail_carries_the_reply_link_of_its_reader(story, db):
    story.send(story.choose())
    rows = db.scalars(select(Invitation).order_by(Invitation.id)).all()
    for row, mail in zip(rows, story.mails(), strict=True):
        signature = tokens.sign(SENDER.key, "reply", row.code)
        link = f"https://townhall.example/i/{row.code}/{signature}"
        assert link in text(mail).replace("\n", "")


def test_a_mail_speaks_the_language_of_its_reader(story):
    story.send(story.choose())
    languages = [message_from_bytes(m.octets)["Content-Language"] for m in story.mails()]
    assert languages == ["en", "en", "ar"]


def test_the_fairest_hour_is_said_to_be_so_and_another_is_not(story):
    story.send(story.choose())
    assert "fairest of 96 starts" in text(story.mails()[0])

    story.send(story.choose(START - timedelta(hours=1)))
    assert "fairest" not in text(story.mails()[-2])


def test_moving_sends_a_request_with_the_next_sequence_and_asks_again(story, db):
    sitting = story.send(story.choose())
    story.hand_to_worker()
    with transaction(db):
        db.scalars(select(Invitation)).first().partstat = PartStat.ACCEPTED
    draft = story.choose(LATER)
    assert steps(draft) == [(DraftAction.MOVE, sitting.number, LATER)]
    moved = story.send(draft, now=NOW + timedelta(hours=1))

    assert moved.id == sitting.id
    assert (moved.starts_at, moved.sequence, moved.revision) == (LATER, 1, 1)
    events = [entry(m) for m in story.mails()[3:]]
    assert [(e.method.value, e.vevent.sequence.value, e.vevent.dtstart.value) for e in events] == [
        ("REQUEST", "1", LATER)
    ] * 3
    assert {e.vevent.uid.value for e in events} == {sitting.uid}
    assert {row.partstat for row in db.scalars(select(Invitation))} == {PartStat.NEEDS_ACTION}


def test_moving_to_the_same_hour_is_refused(story):
    story.send(story.choose())
    with pytest.raises(InputError, match="already"):
        story.choose()


def test_cancelling_sends_a_cancel_to_who_was_told(story):
    sitting = story.send(story.choose())
    story.hand_to_worker()
    story.send(story.call_off())

    assert (sitting.state, sitting.sequence) == (SittingState.CANCELLED, 1)
    events = [entry(m) for m in story.mails()[3:]]
    assert [(e.method.value, e.vevent.status.value, e.vevent.sequence.value) for e in events] == [
        ("CANCEL", "CANCELLED", "1")
    ] * 3


def test_cancelling_before_anything_was_handed_over_withdraws_the_mails(story):
    story.send(story.choose())
    story.send(story.call_off())
    assert [m.state for m in story.mails()] == [Delivery.SUPERSEDED] * 3


def test_call_off_needs_a_sitting(story):
    with pytest.raises(ConflictError):
        story.call_off()


def test_a_person_taken_off_is_told_without_the_event_being_cancelled(story, db):
    story.send(story.choose())
    story.hand_to_worker()
    with transaction(db):
        story.seats[2].contacts = []
    story.send(story.choose(LATER))

    last = story.mails()[-1]
    assert (last.kind, last.contact.name) == (MailKind.REMOVED, "Sana")
    event = entry(last)
    assert (event.method.value, hasattr(event.vevent, "status")) == ("CANCEL", False)
    [sitting] = planning.sittings(db, story.hall)
    assert [row.contact.name for row in invitations.live(db, sitting)] == ["Ann", "Dev"]


def test_a_person_invited_again_keeps_the_invitation(story, db, make):
    story.send(story.choose())
    story.hand_to_worker()
    sana = story.people[2]
    with transaction(db):
        story.seats[2].contacts = []
    story.send(story.choose(LATER))
    with transaction(db):
        story.seats[2].contacts = [SeatContact(contact=sana)]
    story.send(story.choose(START))

    rows = db.scalars(select(Invitation).where(Invitation.contact_id == sana.id)).all()
    assert [(row.removed_at, row.partstat) for row in rows] == [(None, PartStat.NEEDS_ACTION)]
    last = [m for m in story.mails() if m.contact_id == sana.id][-1]
    assert (last.kind, last.sequence) == (MailKind.INVITE, 2)


def test_a_new_sitting_after_a_cancelled_one_is_another_entry(story, db):
    first = story.send(story.choose())
    story.hand_to_worker()
    story.send(story.call_off())
    second = story.send(story.choose(LATER))
    assert (second.number, second.sequence) == (2, 0)
    assert second.uid != first.uid


def test_send_refuses_a_stale_preview_and_changes_nothing(story):
    draft = story.choose()
    stale = draft.version
    story.choose(LATER)
    draft.version, fresh = stale, draft.version
    story.db.rollback()
    with pytest.raises(ConflictError):
        sittings.send(
            story.db, story.feed, story.actor, story.hall.code, SENDER, version=stale, now=NOW
        )
    assert story.mails() == []
    assert fresh == stale + 1


def test_send_twice_sends_once(story):
    draft = story.choose()
    version = draft.version
    story.send(draft)
    with pytest.raises(ConflictError):
        sittings.send(
            story.db, story.feed, story.actor, story.hall.code, SENDER, version=version, now=NOW
        )
    assert len(story.mails()) == 3


def test_send_refuses_an_hour_that_has_passed_meanwhile(story):
    draft = story.choose()
    with pytest.raises(InputError, match="has passed"):
        story.send(draft, now=START + timedelta(hours=1))
    assert story.mails() == []


def test_send_refuses_a_note_that_no_mail_should_hold(story):
    with pytest.raises(InputError, match="2000") as caught:
        story.send(story.choose(), note="x" * 2001)
    assert caught.value.field == "note"


def test_discard_throws_the_draft_away(story, db):
    story.choose()
    sittings.discard(db, story.actor, story.hall.code, now=NOW)
    sittings.discard(db, story.actor, story.hall.code, now=NOW)
    assert db.scalars(select(Draft)).all() == []


def test_the_preview_is_the_mail_that_will_be_sent(story, db):
    draft = story.choose()
    shown = story.preview(draft)
    story.send(draft)

    def words(octets):
        message = message_from_bytes(octets, policy=policy.default)
        return (message["Subject"], message.get_body(("plain",)).get_content().partition("/i/")[0])

    assert words(shown) == words(story.mails()[0].octets)


def test_a_person_of_two_seats_gets_one_mail_as_a_speaker(story, db, make):
    make.seat_contact(story.seats[1], story.people[0])
    make.seat_contact(story.seats[2], story.people[1], ContactKind.SPEAKER)
    db.expire_all()
    people = story.addressees(story.choose())
    assert [(p.contact.name, p.seat.name, p.kind) for _, p in people] == [
        ("Ann", "New York", ContactKind.SPEAKER),
        ("Dev", "New Delhi", ContactKind.SPEAKER),
        ("Sana", "Islamabad", ContactKind.CONTACT),
    ]


def test_a_speaker_is_told_the_clock_of_a_city_and_not_of_their_own_name(story):
    with transaction(story.db):
        story.seats[1].role = SeatRole.SPEAKER
        story.seats[1].name = "Mia Farrow, goodwill ambassador (Bukavu)"
        story.seats[1].zone = "Africa/Lubumbashi"
    story.send(story.choose())
    said = text(next(row for row in story.mails() if row.contact is story.people[1]))
    assert "On your clock in Lubumbashi: " in said
    assert "clock in Mia" not in said


def change(story, **columns):
    """Say something else of the town hall, as its form would."""
    with transaction(story.db):
        for name, value in columns.items():
            setattr(story.hall, name, value)


def test_there_is_nothing_to_revise_where_everybody_knows_all(story):
    with pytest.raises(ConflictError):
        sittings.revise(story.db, story.actor, story.hall.code, now=NOW)
    story.send(story.choose())
    with pytest.raises(ConflictError):
        sittings.revise(story.db, story.actor, story.hall.code, now=NOW)


def test_what_was_told_stays_in_calendars_until_it_is_told_anew(story):
    sitting = story.send(story.choose())
    change(story, title="Another title", minutes=90)
    event = occasions.event(sitting, SENDER)
    assert (event.title, event.minutes, event.sequence) == ("A town hall on polio", 60, 0)


def test_new_words_are_told_without_another_sequence_and_answers_stay(story, db):
    sitting = story.send(story.choose())
    story.hand_to_worker()
    with transaction(db):
        db.scalars(select(Invitation)).first().partstat = PartStat.ACCEPTED
    change(story, title="Polio: what is next", description="Bring questions.")
    draft = sittings.revise(db, story.actor, story.hall.code, now=NOW)
    assert steps(draft) == [(DraftAction.UPDATE, sitting.number, None)]
    story.send(draft)

    assert (sitting.title, sitting.sequence, sitting.revision) == ("Polio: what is next", 0, 1)
    told = story.mails()[3:]
    assert [(m.kind, m.method, m.sequence) for m in told] == [(MailKind.UPDATED, "REQUEST", 0)] * 3
    assert entry(told[0]).vevent.summary.value == "Polio: what is next"
    assert entry(told[0]).vevent.attendee.params["PARTSTAT"] == ["ACCEPTED"]
    assert "before, it was “A town hall on polio”" in text(told[0])
    assert sitting.promises[0].local_start == "2026-12-09T07:15-05:00"


@pytest.mark.parametrize("column,value", [("join_url", "https://join.example"), ("phone", "+1 2")])
def test_another_place_to_join_raises_the_sequence_and_keeps_answers(story, db, column, value):
    sitting = story.send(story.choose())
    story.hand_to_worker()
    change(story, **{column: value})
    story.send(sittings.revise(db, story.actor, story.hall.code, now=NOW))
    assert (sitting.sequence, sitting.revision) == (1, 1)


def test_another_length_is_another_time(story, db):
    sitting = story.send(story.choose())
    story.hand_to_worker()
    with transaction(db):
        for row in db.scalars(select(Invitation)):
            row.partstat = PartStat.ACCEPTED
    change(story, minutes=90)
    story.send(sittings.revise(db, story.actor, story.hall.code, now=NOW))
    assert (sitting.minutes, sitting.sequence) == (90, 1)
    assert [promise.burden for promise in sitting.promises] == [9, 11, 9]
    assert {row.partstat for row in db.scalars(select(Invitation))} == {PartStat.NEEDS_ACTION}


def test_another_length_that_a_seat_cannot_stay_for_is_refused(story, db):
    story.send(story.choose())
    with transaction(db):
        story.seats[1].never = [["19:00", "20:00"]]
        story.hall.minutes = 90
    draft = sittings.revise(db, story.actor, story.hall.code, now=NOW)
    with pytest.raises(InputError, match="New Delhi"):
        story.send(draft)


def test_a_person_put_in_anothers_place_is_invited_and_the_other_told(story, db, make):
    sitting = story.send(story.choose())
    story.hand_to_worker()
    omar = make.contact("Omar")
    with transaction(db):
        story.seats[2].contacts = [SeatContact(contact=omar)]
    story.send(sittings.revise(db, story.actor, story.hall.code, now=NOW))
    assert [(m.contact.name, m.kind) for m in story.mails()[3:]] == [
        ("Omar", MailKind.INVITE),
        ("Sana", MailKind.REMOVED),
    ]
    assert (sitting.sequence, sitting.revision) == (1, 1)


def test_a_new_seat_is_promised_the_hour_and_the_others_keep_theirs(story, db, make):
    sitting = story.send(story.choose())
    kept = sitting.promises[0].id
    suva = make.seat(story.hall, "Suva", zone="Pacific/Fiji", country="FJ", required=False)
    make.seat_contact(suva)
    db.expire_all()
    story.send(sittings.revise(db, story.actor, story.hall.code, now=NOW))
    assert [promise.seat.name for promise in sitting.promises][-1] == "Suva"
    assert sitting.promises[0].id == kept


def test_the_preview_of_an_update_says_what_changed(story, db):
    story.send(story.choose())
    change(story, phone="+41 22 555 01 00")
    draft = sittings.revise(db, story.actor, story.hall.code, now=NOW)
    shown = story.preview(draft)
    assert (
        "The phone number is new"
        in message_from_bytes(shown, policy=policy.default).get_body(("plain",)).get_content()
    )


def test_each_person_answers_to_an_address_of_their_own_for_good_where_tags_are_taken(story, db):
    tagging = replace(SENDER, tags=True)
    for start in (START, LATER):
        draft = story.choose(start)
        sittings.send(
            db, story.feed, story.actor, story.hall.code, tagging, version=draft.version, now=NOW
        )
    codes = {row.contact_id: row.code for row in db.scalars(select(Invitation))}
    for row in story.mails():
        box = f"townhall+{tokens.reply_tag(SENDER.key, codes[row.contact_id])}@example.org"
        message = message_from_bytes(row.octets, policy=policy.default)
        assert message["Reply-To"].addresses[0].addr_spec == box
        assert message["From"].addresses[0].addr_spec == "townhall@example.org"
        assert entry(row).vevent.organizer.value == f"mailto:{box}"


def test_an_invitation_remembers_when_it_last_asked_for_an_answer(story, db):
    def asked():
        db.rollback()
        return {row.asked_sequence for row in db.scalars(select(Invitation))}

    story.send(story.choose())
    assert asked() == {0}
    with transaction(db):
        story.hall.phone = "+41 22 555 01 00"
    sitting = story.send(sittings.revise(db, story.actor, story.hall.code, now=NOW))
    assert (sitting.sequence, asked()) == (1, {0})
    story.send(story.choose(LATER))
    assert asked() == {2}
    with transaction(db):
        story.hall.minutes = 45
    story.send(sittings.revise(db, story.actor, story.hall.code, now=NOW))
    assert asked() == {3}
