"""The team as guests: invited, told, asked, reminded, taken off, put back."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import icalendar
import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from tests.fixtures import answers
from tests.fixtures.make import NOW
from tests.services.test_sittings import LATER, SENDER, START, Story, text
from townhall import schema
from townhall.db import transaction
from townhall.domain.access import Actor, Grant, Role
from townhall.domain.people import ContactDetails
from townhall.domain.replies import Reply
from townhall.domain.staff import StaffDetails, StaffRole
from townhall.domain.states import ContactKind, Delivery, MailKind, PartStat
from townhall.errors import ConflictError, NotAllowedError, NotFoundError
from townhall.models.accounts import AuditEntry, Contact
from townhall.models.invitations import Invitation, OutboxMessage
from townhall.models.planning import SeatContact
from townhall.models.series import Occurrence
from townhall.models.staff import Staffer
from townhall.queries import drafts, invitations
from townhall.queries import feeds as feed_queries
from townhall.queries import staff as queries
from townhall.services import (
    incoming,
    registrations,
    reminders,
    replies,
    series,
    sittings,
    staff,
    upcoming,
)
from townhall.services.registrations import Wish

DAY = timedelta(days=1)
EARLY = datetime(2026, 12, 9, 6, tzinfo=UTC)
TARIQ = ContactDetails("Tariq", "tariq@example.org", "ar")
MIRA = ContactDetails("Mira", "mira@example.org")
ANN = ContactDetails("Anneke", "anneke@example.org")


class Crew(Story):
    """A town hall whose moderator, on a clock of his own, is on the list of the invited."""

    def __init__(self, db, make):
        super().__init__(db, make)
        self.enlist(TARIQ, StaffRole.MODERATOR, zone="Asia/Amman")

    def enlist(self, person, role=StaffRole.OTHER, **details):
        wanted = StaffDetails(person, role, **details)
        staff.enlist(self.db, self.actor, self.hall.code, wanted, now=NOW)
        return self.db.query(Staffer).order_by(Staffer.id.desc()).first()

    def dismiss(self, person):
        row = self.db.query(Staffer).join(Contact).filter_by(address=person.address).one()
        staff.dismiss(self.db, self.actor, self.hall.code, row.id, now=NOW)

    def revise(self, now=NOW):
        return sittings.revise(self.db, self.actor, self.hall.code, now=now)

    def own(self, person=TARIQ):
        """Return the mails to one of the team, the oldest first."""
        return [row for row in self.mails() if row.contact.address == person.address]

    def place(self, person=TARIQ):
        self.db.expire_all()
        found = self.db.query(Invitation).join(Contact).filter_by(address=person.address)
        return found.order_by(Invitation.id).first()


@pytest.fixture
def story(db, make):
    return Crew(db, make)


def entry(row):
    """Return METHOD and the entry of a mail, with its one attendee."""
    message = message_from_bytes(row.octets, policy=policy.default)
    [part] = [each for each in message.walk() if each.get_content_type() == "text/calendar"]
    calendar = icalendar.Calendar.from_ical(part.get_content())
    [told] = calendar.events
    return str(calendar["METHOD"]), told, told["ATTENDEE"]


def kinds(rows):
    return [row.kind for row in rows]


def names(people):
    return [person.contact.name for person in people]


def test_one_of_the_team_is_invited_on_their_own_clock_and_in_their_language(story):
    draft = story.choose()
    [own] = [person for _, person in story.addressees(draft) if person.staffed]
    assert (own.kind, own.seat, own.zone) == (ContactKind.STAFF, None, "Asia/Amman")
    story.send(draft)

    [mail] = story.own()
    method, _, attendee = entry(mail)
    assert (method, str(attendee)) == ("REQUEST", "mailto:tariq@example.org")
    assert {name: attendee.params[name] for name in ("PARTSTAT", "RSVP", "ROLE")} == {
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "TRUE",
        "ROLE": "REQ-PARTICIPANT",
    }
    said = text(mail)
    assert "15:15" in said  # 12:15 UTC in Amman
    message = message_from_bytes(mail.octets, policy=policy.default)
    assert message["Content-Language"] == "ar"
    assert message["List-Unsubscribe"] is None
    assert f"{SENDER.base_url}/i/{story.place().code}/" in said
    assert (story.place().seat, story.place().staffer.role) == (None, StaffRole.MODERATOR)


@pytest.mark.parametrize(
    "role, required, told",
    [
        (StaffRole.HOST, True, "CHAIR"),
        (StaffRole.HOST, False, "CHAIR"),
        (StaffRole.INTERPRETER, True, "REQ-PARTICIPANT"),
        (StaffRole.INTERPRETER, False, "OPT-PARTICIPANT"),
    ],
)
def test_the_entry_says_what_the_person_is_to_the_sitting(story, role, required, told):
    story.enlist(MIRA, role, required=required)
    story.send(story.choose())
    [mail] = story.own(MIRA)
    assert entry(mail)[2].params["ROLE"] == told


def test_who_has_no_known_clock_reads_headquarters(db, story):
    story.enlist(MIRA)
    story.send(story.choose())
    [mail] = story.own(MIRA)
    said = text(mail).replace("\r\n", "\n")
    assert "On your clock in New York: Wednesday 9 December 2026, 07:15 to" in said
    assert "We know that this hour is not easy for you" not in said
    assert "We know that this hour is not easy for you" in text(story.mails()[0])  # the place's
    assert said.count("New York") == 2  # the sentence and the table, where it stands once
    with transaction(db):
        story.seats[0].zone = "Europe/Madrid"
    assert [row.staffed.zone for row in invited(db, story) if row.contact.name == "Mira"] == [
        "Europe/Madrid"
    ]


def invited(db, story):
    [sitting] = story.hall.sittings
    return list(invitations.invited(db, sitting))


def test_a_town_hall_without_seats_has_the_world_s_clock(db, make):
    hall = make.town_hall()
    details = StaffDetails(MIRA)
    staff.enlist(db, make.actor(hall), hall.code, details, now=NOW)
    [(own, kind, person)] = queries.invited(db, hall)
    assert (own.zone, own.is_at_headquarters, kind, person.name) == (
        "UTC",
        True,
        ContactKind.STAFF,
        "Mira",
    )


def test_a_move_an_update_and_the_end_reach_them_and_ask_again_what_must_be(db, story):
    story.send(story.choose())
    story.hand_to_worker()
    answer(db, story, PartStat.ACCEPTED)
    with transaction(db):
        story.hall.description = "Bring your questions."
    story.send(story.revise())
    story.hand_to_worker()
    story.send(story.choose(LATER))
    story.hand_to_worker()
    story.send(story.call_off())

    told = story.own()
    assert kinds(told) == [
        MailKind.INVITE,
        MailKind.UPDATED,
        MailKind.MOVED,
        MailKind.CANCELLED,
    ]
    partstats = [entry(row)[2].params.get("PARTSTAT") for row in told[:3]]
    assert partstats == ["NEEDS-ACTION", "ACCEPTED", "NEEDS-ACTION"]
    method, called_off, _ = entry(told[3])
    assert (method, str(called_off["STATUS"])) == ("CANCEL", "CANCELLED")
    assert [row.sequence for row in told] == [0, 0, 1, 2]
    assert len({row.thread for row in told}) == 1


def answer(db, story, partstat, now=NOW):
    place = story.place()
    return replies.answer(
        db, place.code, Reply(partstat, place.sitting.sequence, "a word"), now=now
    )


def test_who_is_taken_off_hears_it_alone_and_who_comes_back_is_asked_anew(db, story):
    sitting = story.send(story.choose())
    story.hand_to_worker()
    story.dismiss(TARIQ)
    draft = story.revise()
    assert [(one.contact.name, one.mail) for _, one in story.addressees(draft)] == [
        ("Tariq", MailKind.REMOVED)
    ]
    story.send(draft)
    method, entry_, attendee = entry(story.own()[-1])
    assert (method, entry_.get("STATUS"), str(attendee)) == (
        "CANCEL",
        None,
        "mailto:tariq@example.org",
    )
    assert "15:15" in text(story.own()[-1])
    story.hand_to_worker()
    with pytest.raises(ConflictError, match="nothing new"):
        story.revise()

    story.enlist(TARIQ, StaffRole.HOST)
    story.send(story.revise())
    again = story.own()[-1]
    assert (again.kind, again.sequence, entry(again)[2].params["ROLE"]) == (
        MailKind.INVITE,
        2,
        "CHAIR",
    )
    assert db.query(Staffer).count() == 1
    assert story.place().sitting_id == sitting.id


def test_who_was_never_told_is_told_of_no_end(story):
    story.send(story.choose())
    story.dismiss(TARIQ)
    story.send(story.revise())
    assert [(row.kind, row.state) for row in story.own()] == [
        (MailKind.INVITE, Delivery.SUPERSEDED)
    ]


def test_a_sitting_held_after_all_asks_those_who_are_of_the_team_now(story):
    sitting = story.send(story.choose())
    story.hand_to_worker()
    story.send(story.call_off())
    story.hand_to_worker()
    story.dismiss(TARIQ)
    story.enlist(MIRA)
    draft = sittings.reopen(story.db, story.actor, story.hall.code, sitting.number, now=NOW)
    story.send(draft)
    assert kinds(story.own()) == [MailKind.INVITE, MailKind.CANCELLED]
    assert kinds(story.own(MIRA)) == [MailKind.INVITE]


def test_the_team_is_asked_to_every_sitting_and_told_so(db, story):
    with transaction(db):
        story.hall.sittings_wanted = 2
    draft = sittings.choose(db, story.actor, story.hall.code, EARLY, START, now=NOW)
    story.send_all(draft)
    told = story.own()
    assert len({row.thread for row in told}) == 2
    assert {entry(row)[1].decoded("dtstart") for row in told} == {EARLY, START}
    story.enlist(MIRA)
    story.hand_to_worker()
    story.send_all(story.revise())
    assert "It is held in 2 sittings; you are asked to all of them" in " ".join(
        text(story.own(MIRA)[0]).split()
    )
    assert kinds(story.own(MIRA)) == [MailKind.INVITE] * 2
    early = story.hall.sittings[0]
    story.hand_to_worker()
    story.send_all(sittings.call_off(db, story.actor, story.hall.code, early.number, now=NOW))
    [off] = story.own(MIRA)[2:]
    assert off.kind is MailKind.CANCELLED
    assert "Your sitting is now" in text(off)


def test_a_person_of_a_seat_stays_one_and_leads_it_as_the_host(db, story):
    ann, dev = story.people[0], story.people[1]
    story.enlist(ContactDetails(ann.name, ann.address), StaffRole.MODERATOR)
    story.enlist(ContactDetails(dev.name, dev.address), StaffRole.HOST)
    draft = story.choose()
    people = [one for _, one in story.addressees(draft)]
    assert names(people) == ["Ann", "Dev", "Sana", "Tariq"]
    assert [one.staffed and one.staffed.id for one in people[:2]] == [None, None]
    story.send(draft)
    roles = {row.contact.name: entry(row)[2].params["ROLE"] for row in story.mails()}
    assert roles["Ann"] == roles["Dev"] == "CHAIR"
    assert db.query(Invitation).filter_by(staffer_id=None).count() == 3


def test_who_registered_and_is_of_the_team_is_invited_as_such(db, story):
    story.send(story.choose())
    story.hand_to_worker()
    wish = Wish("Africa/Nairobi")
    code = story.hall.code
    registrations.ask(db, SENDER, code, TARIQ.address, wish, language="en", now=NOW)
    row = db.get(Contact, story.place().contact_id)
    [registration] = db.query(registrations.Registration).filter_by(contact_id=row.id)
    registrations.confirm(db, SENDER, registration.code, wish, now=NOW)
    assert kinds(story.own()) == [MailKind.INVITE, MailKind.REGISTER]
    assert story.place().registration_id is None
    assert [one.staffed is None for _, one in story.addressees(story.choose(LATER))] == [
        True,
        True,
        True,
        False,
    ]
    registrations.leave(db, SENDER, registration.code, now=NOW)
    registrations.forget(db, now=NOW + timedelta(days=60))
    db.expire_all()
    assert db.get(Contact, row.id).address == TARIQ.address


def test_they_answer_on_the_page_and_by_mail_and_nobody_answers_for_them(db, story, make):
    story.send(story.choose())
    story.hand_to_worker()
    answer(db, story, PartStat.TENTATIVE)
    assert (story.place().partstat, story.place().note) == (PartStat.TENTATIVE, "a word")

    said = answers.answer(
        "DECLINED",
        uid=story.place().sitting.uid,
        attendee=TARIQ.address.upper(),
        stamp="20261124T080000Z",
        start="DTSTART:20261209T121500Z",
    )
    octets = answers.mail(said, sender=f"Tariq <{TARIQ.address}>")
    incoming.receive(db, octets, key=SENDER.key, now=NOW + DAY)
    assert story.place().partstat is PartStat.DECLINED

    office = make.actor(story.hall, Role.OFFICE, story.seats[1])
    with pytest.raises(NotFoundError):
        replies.answer_for_seat(
            db, office, story.place().code, Reply(PartStat.ACCEPTED, 0), now=NOW
        )
    assert story.place().partstat is PartStat.DECLINED


def test_who_is_silent_is_asked_again_and_who_answered_is_not(db, story):
    story.enlist(MIRA)
    story.send(story.choose())
    with transaction(db):
        for row in db.query(OutboxMessage):
            row.fence, row.state, row.sent_at = 1, Delivery.SENT, NOW
    answer(db, story, PartStat.ACCEPTED)
    number = story.hall.sittings[0].number
    count = reminders.remind(db, story.actor, story.hall.code, number, SENDER, now=NOW + 2 * DAY)
    assert count == 4
    assert kinds(story.own()) == [MailKind.INVITE]
    assert kinds(story.own(MIRA)) == [MailKind.INVITE, MailKind.REMINDER]
    assert "07:15" in text(story.own(MIRA)[-1])


def test_they_are_reminded_and_the_organizers_hear_who_of_them_comes(db, make, sessions, story):
    make.member(make.account("Olga"), story.hall, Role.OWNER)
    story.send(story.choose())
    story.hand_to_worker()
    answer(db, story, PartStat.ACCEPTED)
    upcoming.work(sessions, SENDER, now=lambda: START - DAY)
    mail = story.own()[-1]
    assert mail.kind is MailKind.UPCOMING
    assert "15:15" in text(mail)
    [letter] = [row for row in story.mails() if row.kind is MailKind.ATTENDANCE]
    said = " ".join(text(letter).split())
    assert "Coming so far: 1 of 4 people invited." in said
    assert "The team come: 1, perhaps: 0, do not come: 0, no answer: 0" in said


def test_who_comes_lists_the_team_after_the_seats(db, story):
    sitting = story.send(story.choose())
    assert names(invitations.live(db, sitting)) == ["Ann", "Dev", "Sana", "Tariq"]
    assert names(invitations.attendance(db, [sitting])[None]) == ["Tariq"]


def test_their_own_feed_has_every_sitting(db, story):
    sitting = story.send(story.choose())
    contact = db.get(Contact, story.place().contact_id)
    found = feed_queries.contents(db, contact, now=NOW)
    assert [each.uid for each in found.sittings] == [sitting.uid]


def test_the_team_s_accounts_are_proposed_until_they_are_on_the_list(db, make, story):
    assert queries.proposed(db, story.hall) == []
    olga, gone, shut, nameless = (make.account(name) for name in ("Olga", "Gone", "Shut", "None"))
    for account, role in (
        (olga, Role.OWNER),
        (gone, Role.MODERATOR),
        (shut, Role.HOST),
        (nameless, Role.HOST),
    ):
        make.member(account, story.hall, role)
    with transaction(db):
        shut.closed_at = NOW
        nameless.contact.address = nameless.contact.address_key = None
    found = [(contact.name, role) for contact, role in queries.proposed(db, story.hall)]
    assert found == [("Olga", StaffRole.ORGANIZER), ("Gone", StaffRole.MODERATOR)]
    make.seat_contact(story.seats[0], gone.contact)
    assert [one.name for one, _ in queries.proposed(db, story.hall)] == ["Olga"]
    story.send(story.choose())
    assert "Olga" not in [row.contact.name for row in story.mails()]
    story.enlist(ContactDetails("Olga", olga.contact.address), StaffRole.ORGANIZER)
    assert queries.proposed(db, story.hall) == []
    story.dismiss(olga.contact)
    assert [one.name for one, _ in queries.proposed(db, story.hall)] == ["Olga"]


def test_what_is_said_of_one_of_them_can_change(db, story):
    story.enlist(ContactDetails("Tariq H.", TARIQ.address, "fr"), StaffRole.HOST, required=False)
    [row] = queries.named(db, story.hall)
    assert (row.contact.name, row.contact.language, row.role, row.zone, row.required) == (
        "Tariq H.",
        "fr",
        StaffRole.HOST,
        None,
        False,
    )
    log = db.query(AuditEntry).filter_by(action="staff.enlisted").order_by(AuditEntry.id).all()
    assert [(each.before, each.after) for each in log] == [
        (None, {"role": "moderator", "zone": "Asia/Amman", "required": True}),
        (
            {"role": "moderator", "zone": "Asia/Amman", "required": True},
            {"role": "host", "zone": None, "required": False},
        ),
    ]
    assert {each.town_hall_id for each in log} == {story.hall.id}


def test_a_change_of_the_list_makes_the_preview_stale(story):
    draft = story.choose()
    shown = draft.version
    story.enlist(MIRA)
    with pytest.raises(ConflictError, match="Look again"):
        sittings.send(
            story.db,
            story.feed,
            story.actor,
            story.hall.code,
            SENDER,
            version=shown,
            now=NOW,
        )


def test_only_the_team_says_who_of_them_is_invited(db, make, story):
    host = make.actor(story.hall, Role.HOST)
    with pytest.raises(NotAllowedError):
        staff.enlist(db, host, story.hall.code, StaffDetails(MIRA), now=NOW)
    [row] = queries.named(db, story.hall)
    with pytest.raises(NotAllowedError):
        staff.dismiss(db, host, story.hall.code, row.id, now=NOW)


def test_nobody_is_dismissed_who_is_not_on_the_list(db, make, story):
    other = make.town_hall()
    [row] = queries.named(db, story.hall)
    for hall, number in ((other, row.id), (story.hall, row.id + 1)):
        with pytest.raises(NotFoundError):
            staff.dismiss(db, make.actor(hall), hall.code, number, now=NOW)
    story.dismiss(TARIQ)
    with pytest.raises(NotFoundError):
        story.dismiss(TARIQ)


def test_an_invitation_is_for_one_reason(db, make, story):
    sitting = story.send(story.choose())
    place = story.place()
    for reasons in ({"seat_id": None, "staffer_id": None}, {"seat_id": story.seats[0].id}):
        change = update(Invitation).where(Invitation.id == place.id).values(**reasons)
        with pytest.raises(IntegrityError):
            db.execute(change)
        db.rollback()
    assert len(invitations.live(db, sitting)) == 4


def test_an_erased_address_is_asked_nothing(db, story):
    with transaction(db):
        contact = db.query(Contact).filter_by(address=TARIQ.address).one()
        contact.address = contact.address_key = None
    assert queries.named(db, story.hall) == []
    assert "Tariq" not in [one.contact.name for _, one in story.addressees(story.choose())]


def test_an_update_of_words_leaves_the_team_where_it_is(db, story):
    story.send(story.choose())
    story.hand_to_worker()
    with transaction(db):
        db.add(SeatContact(seat_id=story.seats[1].id, contact=Contact(name="New", **address())))
    db.expire_all()
    draft = story.revise()
    assert names(one for _, one in story.addressees(draft)) == ["New"]
    assert drafts.news(db, story.hall, now=NOW) != []


def address():
    return {"address": "new@example.org", "address_key": "new@example.org"}


def test_tables_go_back_and_forward_around_the_team(db, engine, story):
    story.send(story.choose())
    kept = {row.id: row.code for row in db.query(Invitation).filter_by(staffer_id=None)}
    [mail_id] = [row.id for row in story.own()]
    db.close()
    schema.downgrade(engine, "0012")
    schema.upgrade(engine)
    assert {row.id: row.code for row in db.query(Invitation)} == kept
    assert db.get(OutboxMessage, mail_id).invitation_id is None


def on_the_list(db, halls):
    db.expire_all()
    return [names(queries.named(db, hall)) for hall in halls]


def test_a_series_gives_its_town_halls_the_list_and_a_change_reaches_the_later_ones(
    db, make, story
):
    plan = series.Plan(count=3, every_days=7)
    series.make(db, story.actor, story.hall.code, plan, now=NOW)
    found = db.query(Occurrence).order_by(Occurrence.number)
    halls = [place.town_hall for place in found]
    assert on_the_list(db, halls) == [["Tariq"]] * 3
    copied = queries.named(db, halls[2])[0]
    assert (copied.role, copied.zone, copied.required) == (
        StaffRole.MODERATOR,
        "Asia/Amman",
        True,
    )

    grants = frozenset(Grant(hall.id, Role.OWNER) for hall in halls)
    team = Actor("account:1", 1, grants)
    staff.enlist(db, team, halls[1].code, StaffDetails(MIRA), later=True, now=NOW)
    assert on_the_list(db, halls) == [["Tariq"], ["Tariq", "Mira"], ["Tariq", "Mira"]]
    staff.enlist(db, team, halls[1].code, StaffDetails(ANN), now=NOW)
    row = queries.named(db, halls[1])[0]
    staff.dismiss(db, team, halls[1].code, row.id, later=True, now=NOW)
    assert on_the_list(db, halls) == [["Tariq"], ["Mira", "Anneke"], ["Mira"]]
    row = queries.named(db, halls[1])[1]
    staff.dismiss(db, team, halls[1].code, row.id, later=True, now=NOW)
    assert on_the_list(db, halls) == [["Tariq"], ["Mira"], ["Mira"]]
    with pytest.raises(NotFoundError):
        staff.enlist(db, story.actor, halls[0].code, StaffDetails(ANN), later=True, now=NOW)
    assert on_the_list(db, halls) == [["Tariq"], ["Mira"], ["Mira"]]

    series.remove(db, team, halls[2].code, now=NOW)
    assert db.query(Staffer).filter_by(town_hall_id=halls[2].id).count() == 0
