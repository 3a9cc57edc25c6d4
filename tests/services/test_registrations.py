"""People who register: asked once more by mail, invited, taken off, put back, forgotten."""

import re
from datetime import timedelta
from email import message_from_bytes, policy

import icalendar
import pytest
from sqlalchemy import event

from tests.fixtures.make import NOW
from tests.services.test_sittings import LATER, SENDER, START, Story
from townhall import schema
from townhall.db import transaction
from townhall.domain.access import ANYONE, Role
from townhall.domain.replies import Reply
from townhall.domain.states import ContactKind, Delivery, MailKind, PartStat
from townhall.errors import (
    ConflictError,
    ExpiredLinkError,
    InputError,
    NotAllowedError,
    NotFoundError,
)
from townhall.i18n import speech
from townhall.models.accounts import AuditEntry, Contact
from townhall.models.invitations import Circular, Invitation, OutboxMessage
from townhall.models.planning import SeatContact
from townhall.models.registrations import Registration
from townhall.models.reminders import Reminder
from townhall.queries import drafts, planning
from townhall.queries import registrations as queries
from townhall.services import registrations, replies, sittings, upcoming
from townhall.services.registrations import Wish

NAIROBI = Wish("Africa/Nairobi")
TOKYO = Wish("Asia/Tokyo")
SOON = NOW + timedelta(hours=1)


@pytest.fixture
def story(db, make):
    return Story(db, make)


def ask(story, address="amina@example.org", wish=NAIROBI, language="en", now=NOW):
    registrations.ask(story.db, SENDER, story.hall.code, address, wish, language=language, now=now)
    story.db.expire_all()
    return (
        story.db.query(Registration)
        .join(Contact)
        .filter(Contact.address_key == address.casefold())
        .one()
    )


def confirm(story, row, wish=NAIROBI, now=SOON):
    registrations.confirm(story.db, SENDER, row.code, wish, now=now)
    story.db.expire_all()


def register(story, address="amina@example.org", wish=NAIROBI, **details):
    row = ask(story, address, wish, **details)
    confirm(story, row, wish)
    return row


def leave(story, row, now=SOON):
    registrations.leave(story.db, SENDER, row.code, now=now)
    story.db.expire_all()


def hand_on(db):
    """Have a worker take every mail, so that it may have arrived."""
    with transaction(db):
        for row in db.query(OutboxMessage).filter_by(state=Delivery.QUEUED):
            row.state, row.fence, row.sent_at = Delivery.SENT, 1, NOW


def mails(db, row, *, letters=False):
    """Return the mails to a person about sittings, the oldest first."""
    db.expire_all()
    found = db.query(OutboxMessage).filter_by(contact_id=row.contact_id).order_by("id").all()
    return [mail for mail in found if (mail.kind is MailKind.REGISTER) is letters]


def read(mail):
    return message_from_bytes(mail.octets, policy=policy.default)


def entry(mail):
    """Return the calendar entry of a mail, with its method."""
    [part] = [each for each in read(mail).walk() if each.get_content_type() == "text/calendar"]
    calendar = icalendar.Calendar.from_ical(part.get_content())
    [told] = calendar.events
    return str(calendar["METHOD"]), told


def counts(db, hall):
    found = queries.counts(db, hall)
    return found.total, list(found.languages), list(found.zones)


def test_who_asks_gets_a_link_and_is_told_nothing_else_yet(db, story):
    story.send(story.choose())
    row = ask(story, "Amina@Example.org", language="ar")

    [letter] = mails(db, row, letters=True)
    text = read(letter).get_body(("plain",)).get_content()
    assert SENDER.registration_url(row.code) in text
    assert read(letter)["Content-Language"] == "ar"
    assert read(letter)["To"] == "Amina <Amina@Example.org>"
    assert letter.give_up_at == row.forget_at == NOW + timedelta(hours=48)
    assert mails(db, row) == []
    assert counts(db, story.hall) == (0, [], [])
    asked = db.query(AuditEntry).filter_by(action="registration.asked").one()
    assert (asked.actor, asked.town_hall_id) == (ANYONE.key, story.hall.id)


def test_who_confirms_before_the_hour_is_set_is_invited_when_it_is(db, story):
    row = register(story, wish=NAIROBI, language="ar")
    assert mails(db, row) == []
    assert counts(db, story.hall) == (1, [("ar", 1)], [("Africa/Nairobi", 1)])

    draft = story.choose()
    [own] = [each for _, each in story.addressees(draft) if each.registered]
    assert (own.kind, own.seat, own.zone) == (ContactKind.REGISTERED, None, "Africa/Nairobi")
    story.send(draft)

    [mail] = mails(db, row)
    method, told = entry(mail)
    attendee = told["ATTENDEE"]
    assert method == "REQUEST"
    assert str(attendee) == "mailto:amina@example.org"
    assert {name: attendee.params[name] for name in ("PARTSTAT", "RSVP", "ROLE")} == {
        "PARTSTAT": "ACCEPTED",
        "RSVP": "FALSE",
        "ROLE": "OPT-PARTICIPANT",
    }
    message = read(mail)
    link = f"{SENDER.registration_url(row.code)}/leave"
    assert message["List-Unsubscribe"] == f"<{link}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    said = message.get_body(("plain",)).get_content()
    assert speech("ar").gettext("To leave the list, open this link:") in said
    assert link in said
    assert "Nairobi" in said
    place = db.query(Invitation).filter_by(registration_id=row.id).one()
    assert (place.partstat, place.seat_id, place.seat) == (PartStat.ACCEPTED, None, None)


def test_people_of_seats_are_written_to_as_before(db, story):
    register(story)
    story.send(story.choose())
    ann = db.query(OutboxMessage).filter_by(contact_id=story.people[0].id).one()
    assert entry(ann)[1]["ATTENDEE"].params["RSVP"] == "TRUE"
    assert read(ann)["List-Unsubscribe"] is None


def test_who_confirms_after_the_hour_is_set_is_invited_at_once(db, story):
    sitting = story.send(story.choose())
    before = (sitting.sequence, sitting.revision, sitting.revised_at)
    first = register(story)
    second = register(story, "bela@example.org")

    [mail], [other] = mails(db, first), mails(db, second)
    db.refresh(sitting)
    assert (sitting.sequence, sitting.revision, sitting.revised_at) == before
    method, told = entry(mail)
    assert (method, told["SEQUENCE"], told["DTSTAMP"].dt) == ("REQUEST", 0, NOW)
    assert read(mail)["Date"].datetime == SOON, "the mail's own time is when it was written"
    assert mail.circular_id == other.circular_id, "told alike, kept once"
    assert "Nairobi" in read(mail).get_body(("plain",)).get_content()
    assert drafts.news(db, story.hall, now=SOON) == [], "everybody knows all of it"


def test_confirming_twice_is_once(db, story):
    story.send(story.choose())
    row = register(story)
    confirm(story, row)
    assert len(mails(db, row)) == 1
    assert db.query(AuditEntry).filter_by(action="registration.confirmed").count() == 1


def test_moves_and_cancellations_reach_them(db, story):
    story.send(story.choose())
    row = register(story)
    hand_on(db)
    with transaction(db):
        db.query(Invitation).filter_by(registration_id=row.id).one().partstat = PartStat.DECLINED

    story.send(story.choose(LATER), now=SOON)
    hand_on(db)
    story.send(story.call_off(SOON), now=SOON)

    _, moved, cancelled = mails(db, row)
    method, told = entry(moved)
    assert (method, told["SEQUENCE"], told["DTSTART"].dt) == ("REQUEST", 1, LATER)
    assert told["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED", "nothing is asked of them anew"
    assert read(moved)["List-Unsubscribe"]
    method, told = entry(cancelled)
    assert (method, str(told["STATUS"])) == ("CANCEL", "CANCELLED")


def test_leaving_takes_the_entry_off_and_changes_nobody_else(db, story):
    sitting = story.send(story.choose())
    row = register(story)
    hand_on(db)
    leave(story, row, now=SOON + timedelta(hours=1, microseconds=5))

    _, mail = mails(db, row)
    method, told = entry(mail)
    assert (method, told["SEQUENCE"], told.get("STATUS")) == ("CANCEL", 1, None)
    assert told["DTSTAMP"].dt == SOON + timedelta(hours=1)
    assert read(mail)["List-Unsubscribe"] is None
    assert mail.kind is MailKind.REMOVED
    db.refresh(sitting)
    assert (sitting.sequence, sitting.revision) == (1, 1)
    assert db.query(Invitation).filter(Invitation.removed_at.is_not(None)).count() == 1
    assert db.query(OutboxMessage).filter_by(revision=1).count() == 1
    assert counts(db, story.hall)[0] == 0
    left = db.query(AuditEntry).filter_by(action="registration.left").one()
    assert left.actor == f"contact:{row.contact_id}"

    leave(story, row, now=SOON + timedelta(hours=2))
    assert len(mails(db, row)) == 2, "twice is once"


def test_coming_back_raises_sequence(db, story):
    story.send(story.choose())
    row = register(story)
    hand_on(db)
    leave(story, row)
    hand_on(db)
    confirm(story, row, TOKYO)

    db.refresh(row)
    assert (row.is_on, row.left_at, row.forget_at, row.zone) == (True, None, None, "Asia/Tokyo")
    mail = mails(db, row)[-1]
    method, told = entry(mail)
    assert (method, told["SEQUENCE"], mail.revision) == ("REQUEST", 2, 2)
    assert "Tokyo" in read(mail).get_body(("plain",)).get_content()
    assert db.query(Invitation).filter_by(registration_id=row.id).one().removed_at is None


def test_who_leaves_before_any_mail_went_out_gets_none(db, story):
    story.send(story.choose())
    row = register(story)
    leave(story, row)
    [mail] = mails(db, row)
    assert (mail.kind, mail.state) == (MailKind.INVITE, Delivery.SUPERSEDED)


def test_who_leaves_before_the_hour_is_set_is_not_invited(db, story):
    row = register(story)
    leave(story, row)
    story.send(story.choose())
    assert mails(db, row) == []


def test_the_answer_of_others_counts_after_somebody_left(db, story):
    """SEQUENCE has risen since they were asked, but not their time."""
    story.send(story.choose())
    row = register(story)
    hand_on(db)
    leave(story, row)
    dev = db.query(Invitation).filter_by(contact_id=story.people[1].id).one()
    answered = replies.answer(db, dev.code, Reply(PartStat.ACCEPTED, 0), now=SOON)
    assert answered.partstat is PartStat.ACCEPTED


def several(story):
    """Return two sittings: midnight in Tokyo, and noon there."""
    with transaction(story.db):
        story.hall.sittings_wanted = 2
    night, noon = START, START - timedelta(hours=9)
    return sittings.choose(
        story.db, story.actor, story.hall.code, noon, night + timedelta(hours=2), now=NOW
    )


def test_of_several_sittings_each_hears_of_the_best_or_the_chosen(db, story):
    tokyo, nairobi = register(story, "t@example.org", TOKYO), register(story, "n@example.org")
    first, second = story.send_all(several(story))
    assert [mail.thread for mail in mails(db, tokyo)] == [first.uid]
    assert [mail.thread for mail in mails(db, nairobi)] == [second.uid]
    chooser = register(story, "c@example.org", Wish("Asia/Tokyo", second.number))
    assert [mail.thread for mail in mails(db, chooser)] == [second.uid]
    hand_on(db)

    confirm(story, chooser, Wish("Asia/Tokyo", first.number))
    assert {(mail.kind, mail.thread) for mail in mails(db, chooser)[1:]} == {
        (MailKind.REMOVED, second.uid),
        (MailKind.INVITE, first.uid),
    }
    gone = next(mail for mail in mails(db, chooser) if mail.kind is MailKind.REMOVED)
    assert "Your sitting is now" in read(gone).get_body(("plain",)).get_content()
    assert drafts.news(db, story.hall, now=SOON) == []


def test_who_chose_a_sitting_that_is_cancelled_hears_of_another(db, story):
    first, second = story.send_all(several(story))
    row = register(story, "c@example.org", Wish("Asia/Tokyo", second.number))
    hand_on(db)
    draft = sittings.call_off(db, story.actor, story.hall.code, second.number, now=SOON)
    story.send_all(draft, now=SOON)
    kinds = {mail.thread: mail.kind for mail in mails(db, row)}
    assert kinds == {second.uid: MailKind.CANCELLED, first.uid: MailKind.INVITE}


def test_an_update_leaves_people_in_their_sitting(db, story):
    first, second = story.send_all(several(story))
    row = register(story, "t@example.org", TOKYO)
    hand_on(db)
    with transaction(db):
        story.hall.title = "Another title"
        db.query(Registration).filter_by(id=row.id).one().zone = "Africa/Nairobi"
    story.send_all(sittings.revise(db, story.actor, story.hall.code, now=SOON), now=SOON)
    assert [(mail.kind, mail.thread) for mail in mails(db, row)] == [
        (MailKind.INVITE, first.uid),
        (MailKind.UPDATED, first.uid),
    ]
    assert second.number == 2


def test_a_person_of_a_seat_is_invited_for_it_alone(db, story):
    story.send(story.choose())
    dev = story.people[1]
    row = register(story, dev.address)
    leave(story, row)
    assert [mail.kind for mail in mails(db, row)] == [MailKind.INVITE]
    confirm(story, row)

    with transaction(db):
        db.query(SeatContact).filter_by(contact_id=dev.id).delete()
    assert drafts.news(db, story.hall, now=SOON) == [], "they stay, as they registered"
    story.send(story.choose(LATER, now=SOON), now=SOON)
    place = db.query(Invitation).filter_by(contact_id=dev.id).one()
    assert (place.seat_id, place.registration_id) == (None, row.id)


def test_a_person_who_becomes_one_of_a_seat_is_moved_there(db, story, make):
    story.send(story.choose())
    row = register(story)
    make.seat_contact(story.seats[1], db.get(Contact, row.contact_id))
    db.expire_all()
    story.send(story.choose(LATER, now=SOON), now=SOON)
    place = db.query(Invitation).filter_by(contact_id=row.contact_id).one()
    assert (place.seat_id, place.registration_id) == (story.seats[1].id, None)


def test_nothing_is_mailed_of_what_is_over(db, story):
    sitting = story.send(story.choose())
    row = ask(story)
    confirm(story, row, now=sitting.ends_at + timedelta(hours=1))
    assert mails(db, row) == []


def test_asking_again_changes_nothing_that_was_confirmed(db, story):
    row = register(story)
    again = ask(story, wish=TOKYO, language="ar", now=NOW + timedelta(hours=2))
    assert (again.id, again.zone, again.language, again.forget_at) == (
        row.id,
        "Africa/Nairobi",
        "en",
        None,
    )
    assert len(mails(db, row, letters=True)) == 2


def test_an_address_is_not_flooded(db, story, make):
    row = ask(story)
    for minutes in (1, 5, 9):
        ask(story, now=NOW + timedelta(minutes=minutes))
    assert len(mails(db, row, letters=True)) == 1
    ask(story, now=NOW + timedelta(minutes=11))
    assert len(mails(db, row, letters=True)) == 2

    for _ in range(4):
        hall = make.town_hall()
        now = NOW + timedelta(minutes=12)
        registrations.ask(db, SENDER, hall.code, "amina@example.org", TOKYO, language="en", now=now)
    assert len(mails(db, row, letters=True)) == 4, "three in an hour, to whatever town halls"


@pytest.mark.parametrize("address", ["amina", "a@b@c", "amina@example.org\r\nBcc: x@example.org"])
def test_what_is_no_address_is_refused(db, story, address):
    with pytest.raises(InputError) as raised:
        registrations.ask(db, SENDER, story.hall.code, address, NAIROBI, language="en", now=NOW)
    assert raised.value.field == "address"
    assert db.query(Registration).count() == 0


def test_what_is_no_clock_or_no_sitting_is_refused(db, story):
    with pytest.raises(InputError) as raised:
        Wish("Nowhere/Land")
    assert raised.value.field == "zone"
    with pytest.raises(NotFoundError):
        ask(story, wish=Wish("Asia/Tokyo", 7))
    assert db.query(Contact).filter_by(address="amina@example.org").count() == 0


def test_who_never_confirms_is_forgotten(db, story):
    row = ask(story)
    contact_id, code = row.contact_id, row.code
    assert registrations.forget(db, now=NOW + timedelta(hours=47)) == 0
    assert registrations.forget(db, now=NOW + timedelta(hours=48)) == 1
    db.expire_all()

    assert db.query(Registration).count() == 0
    contact = db.get(Contact, contact_id)
    assert (contact.name, contact.address, contact.address_key) == ("", None, None)
    assert contact.erased_at == NOW + timedelta(hours=48)
    assert db.query(OutboxMessage).filter_by(contact_id=contact_id).one().octets is None
    with pytest.raises(ExpiredLinkError):
        registrations.confirm(db, SENDER, code, NAIROBI, now=NOW + timedelta(hours=48))
    assert registrations.forget(db, now=NOW + timedelta(days=9)) == 0


def test_who_left_is_forgotten_after_a_month_and_can_begin_anew(db, story):
    story.send(story.choose())
    row = register(story)
    hand_on(db)
    leave(story, row)
    hand_on(db)
    assert registrations.forget(db, now=SOON + timedelta(days=29)) == 0
    assert registrations.forget(db, now=SOON + timedelta(days=30)) == 1
    db.expire_all()
    assert all(mail.octets is None for mail in mails(db, row))
    with pytest.raises(ExpiredLinkError):
        queries.registration(db, row.code)

    again = ask(story, now=SOON)
    assert again.id != row.id


def test_words_of_a_server_that_hold_the_address_go_with_it(db, story):
    row = ask(story)
    letter = db.query(OutboxMessage).filter_by(contact_id=row.contact_id).one()
    letter.state, letter.last_error = Delivery.FAILED, "550 amina@example.org: unknown"
    db.commit()
    assert registrations.forget(db, now=NOW + timedelta(hours=48)) == 1
    db.expire_all()
    assert (letter.octets, letter.last_error) == (None, "")


def test_an_address_that_stands_for_more_is_kept(db, story, make):
    account = make.account(address="amina@example.org")
    row = ask(story)
    registrations.forget(db, now=NOW + timedelta(hours=48))
    db.expire_all()
    assert db.get(Contact, account.contact_id).address == "amina@example.org"
    assert db.query(Registration).filter_by(id=row.id).count() == 0


def test_an_organizer_erases_a_person_at_their_request(db, story, make):
    story.send(story.choose())
    row = register(story)
    hand_on(db)

    def erase(actor=story.actor, number=row.id):
        registrations.erase(db, actor, story.hall.code, SENDER, number, now=SOON)
        db.expire_all()

    with pytest.raises(NotAllowedError):
        erase(actor=make.actor(story.hall, Role.PRESENTER))
    other = make.town_hall()
    with pytest.raises(NotFoundError):
        registrations.erase(db, make.actor(other), other.code, SENDER, row.id, now=SOON)
    with pytest.raises(NotFoundError):
        erase(number=1_000_000)
    erase()
    assert [mail.kind for mail in mails(db, row)] == [MailKind.INVITE, MailKind.REMOVED]
    with pytest.raises(ConflictError):
        erase()
    assert registrations.forget(db, now=SOON + timedelta(days=1)) == 1
    db.expire_all()
    assert db.get(Contact, row.contact_id).address is None
    left = db.query(AuditEntry).filter_by(action="registration.left").one()
    assert left.actor == story.actor.key


def test_the_log_names_nobody(db, story):
    row = register(story)
    leave(story, row)
    registrations.forget(db, now=NOW + timedelta(days=60))
    for written in db.query(AuditEntry).all():
        assert not re.search("amina|example", f"{written.before}{written.after}{written.object}")


def test_the_sheet_and_the_page_list_who_is_told(db, story, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 2)
    rows = [register(story, f"p{number}@example.org") for number in range(3)]
    leave(story, register(story, "gone@example.org"))
    sitting = story.send(story.choose())

    found, more = queries.page(db, story.hall)
    assert [row.id for row in found] == [rows[0].id, rows[1].id]
    assert [row.id for row in queries.page(db, story.hall, after=more)[0]] == [rows[2].id]
    assert queries.page(db, story.hall, after=more)[1] == 0
    assert next(tuple(row) for row in queries.listed(db, story.hall)) == (
        "p0@example.org",
        "en",
        "Africa/Nairobi",
        SOON,
        sitting.starts_at,
        PartStat.ACCEPTED,
    )


def test_hundreds_are_written_with_few_statements_and_few_circulars(db, story):
    contacts = [
        Contact(name=f"p{number}", address=f"p{number}@example.org", address_key=f"p{number}@x")
        for number in range(300)
    ]
    with transaction(db):
        db.add_all(contacts)
        db.flush()
        db.add_all(
            Registration(
                code=f"code{number}",
                town_hall_id=story.hall.id,
                contact_id=contact.id,
                zone=("Africa/Nairobi", "Asia/Tokyo")[number % 2],
                language="en",
                asked_at=NOW,
                confirmed_at=NOW,
            )
            for number, contact in enumerate(contacts)
        )
    db.expire_all()
    draft = story.choose()
    made = []
    listened = db.get_bind(), "before_cursor_execute", lambda *call: made.append(call[2])
    event.listen(*listened)
    story.send(draft)
    event.remove(*listened)
    assert db.query(OutboxMessage).count() == 303
    assert db.query(Circular).count() == 5
    assert len(made) < 80
    assert planning.live_sittings(db, story.hall, now=NOW)


def test_they_are_reminded_on_their_own_clock_with_a_way_out(db, story):
    sitting = story.send(story.choose())
    row = register(story)
    hand_on(db)
    reminder = db.query(Reminder).order_by(Reminder.due_at).first()
    while upcoming.step(db, SENDER, now=reminder.due_at) is not None:
        pass
    last = mails(db, row)[-1]
    assert (last.kind, last.thread) == (MailKind.UPCOMING, sitting.uid)
    assert read(last)["List-Unsubscribe"] == f"<{SENDER.registration_url(row.code)}/leave>"
    assert "Nairobi" in read(last).get_body(("plain",)).get_content()


def test_tables_go_back_and_forward_around_people_and_mails(db, engine, story):
    story.send(story.choose())
    row = register(story)
    mail_id = mails(db, row)[0].id
    kept = {place.id: place.code for place in db.query(Invitation).filter_by(registration_id=None)}
    db.close()
    schema.downgrade(engine, "0011")
    schema.upgrade(engine)
    assert {place.id: place.code for place in db.query(Invitation)} == kept
    assert db.get(OutboxMessage, mail_id).invitation_id is None
    assert db.query(OutboxMessage).filter_by(invitation_id=min(kept)).count() == 1
