"""Reminders a day and an hour ahead: each person one, none for an hour that is no more."""

import threading
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest

from tests.fixtures.make import NOW
from tests.services.test_sittings import LATER, SENDER, START, Story, text
from townhall.db import transaction
from townhall.domain.access import Role
from townhall.domain.outbox import DeferredError
from townhall.domain.states import Delivery, MailKind, PartStat, SeatRole, SittingState
from townhall.models.invitations import Circular, Invitation, OutboxMessage
from townhall.models.planning import Sitting
from townhall.models.reminders import Reminder
from townhall.services import outbox, reminders, sittings, upcoming

DAY_BEFORE = START - timedelta(days=1)
HOUR_BEFORE = START - timedelta(hours=1)
KINDS = (MailKind.UPCOMING, MailKind.ATTENDANCE)


@pytest.fixture
def story(db, make):
    """Return a town hall with an owner, whose invitations have all been sent."""
    made = Story(db, make)
    made.owner = make.account("Olga")
    make.member(made.owner, made.hall, Role.OWNER)
    made.sitting = made.send(made.choose())
    made.hand_to_worker()
    return made


def work(sessions, at, **options):
    return upcoming.work(sessions, SENDER, now=lambda: at, **options)


def mails(story, kind=MailKind.UPCOMING):
    return [row for row in story.mails() if row.kind is kind]


def names(rows):
    return [row.contact.name for row in rows]


def answer(story, name, partstat):
    with transaction(story.db):
        [row] = [row for row in story.db.query(Invitation) if row.contact.name == name]
        row.partstat = partstat


def lines(row):
    return text(row).replace("\r\n", "\n").split("\n")


def test_everybody_is_reminded_a_day_and_an_hour_ahead(sessions, story):
    assert work(sessions, DAY_BEFORE - timedelta(seconds=1)) == 0
    assert work(sessions, DAY_BEFORE) == 4
    assert names(mails(story)) == ["Ann", "Dev", "Sana"]
    assert {(row.method, row.sequence, row.revision) for row in mails(story)} == {("day", 0, 0)}
    assert work(sessions, DAY_BEFORE + timedelta(minutes=5)) == 0
    assert work(sessions, HOUR_BEFORE) == 4
    assert [row.method for row in mails(story)] == ["day"] * 3 + ["hour"] * 3
    assert work(sessions, START - timedelta(seconds=1)) == 0


def test_the_mail_tells_the_hour_how_to_join_and_the_answer(sessions, story):
    answer(story, "Dev", PartStat.ACCEPTED)
    work(sessions, DAY_BEFORE)
    ann, dev, _sana = mails(story)
    whole = message_from_bytes(dev.octets, policy=policy.default)
    assert whole["Subject"] == ("Tomorrow: A town hall on polio, Wed 9 Dec 2026, 17:45 UTC+05:30")
    assert dev.contact.address in whole["To"]
    assert [part.get_content_type() for part in whole.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert "You have said that you will come." in lines(dev)
    assert "You have not answered yet." in lines(ann)
    assert f"https://townhall.example/i/{dev.invitation.code}" in text(dev)
    assert f"https://townhall.example/t/{story.hall.code}" in text(dev)


def test_whoever_declined_left_or_was_never_reached_gets_none(db, sessions, story):
    answer(story, "Ann", PartStat.DECLINED)
    with transaction(db):
        _, second, third = db.query(Invitation).order_by("id")
        second.removed_at = DAY_BEFORE
        db.query(OutboxMessage).filter_by(invitation_id=third.id).one().state = Delivery.BOUNCED
    assert work(sessions, DAY_BEFORE) == 1
    assert names(mails(story, MailKind.ATTENDANCE)) == ["Olga"]
    assert mails(story) == []


def test_where_nobody_is_left_to_tell_the_reminder_is_done(db, sessions, story):
    with transaction(db):
        for invitation in db.query(Invitation):
            invitation.partstat = PartStat.DECLINED
        contact = story.owner.contact
        contact.address = contact.address_key = None
    assert work(sessions, DAY_BEFORE) == 0
    assert mails(story) == mails(story, MailKind.ATTENDANCE) == []
    assert work(sessions, DAY_BEFORE) == 0


@pytest.mark.parametrize("state", [Delivery.QUEUED, Delivery.SENDING, Delivery.FAILED])
def test_whose_invitation_has_not_gone_is_told_by_it(db, sessions, story, state):
    with transaction(db):
        db.query(OutboxMessage).order_by("id").first().state = state
    work(sessions, DAY_BEFORE)
    assert names(mails(story)) == ["Dev", "Sana"]


def test_a_place_hears_who_of_theirs_is_silent(db, make, sessions, story):
    delhi = story.seats[1]
    people = [make.contact(f"Colleague {number}") for number in range(12)]
    for person in people:
        make.seat_contact(delhi, person)
    alone = make.contact("Alone")
    sitting = db.get(Sitting, story.sitting.id)
    with transaction(db):
        for number, person in enumerate([*people, alone]):
            db.add(
                Invitation(
                    code=f"c{number}",
                    sitting=sitting,
                    contact=person,
                    seat=delhi,
                    kind="contact",
                    partstat=PartStat.NEEDS_ACTION,
                )
            )
    for person in [*people, alone]:
        make.mail(person, thread=sitting.uid, method="REQUEST", state=Delivery.SENT)
    answer(story, "Dev", PartStat.ACCEPTED)
    work(sessions, DAY_BEFORE)
    rows = {row.contact.name: " ".join(lines(row)) for row in mails(story)}
    told = (
        "Of 14 people invited for New Delhi, no answer yet from: "
        + ", ".join(f"Colleague {number}" for number in range(10))
        + ", and 3 more people."
    )
    assert told in rows["Dev"]
    assert told in rows["Colleague 11"]
    assert "no answer yet from" not in rows["Alone"]
    assert "no answer yet from" not in rows["Ann"]


def test_a_place_hears_when_all_have_answered(db, make, sessions, story):
    delhi = story.seats[1]
    with transaction(db):
        for row in db.query(Invitation):
            row.seat_id, row.partstat = delhi.id, PartStat.ACCEPTED
    make.seat_contact(delhi, story.people[0])
    work(sessions, DAY_BEFORE)
    rows = {row.contact.name: text(row) for row in mails(story)}
    assert "Everybody of New Delhi has answered." in rows["Ann"]
    assert "has answered" not in rows["Sana"]


def test_a_speakers_seat_hears_of_nobody(db, make, sessions, story):
    delhi = story.seats[1]
    with transaction(db):
        for row in db.query(Invitation):
            row.seat_id = delhi.id
        delhi.role = SeatRole.SPEAKER
    work(sessions, DAY_BEFORE)
    assert not any("no answer yet" in text(row) for row in mails(story))
    assert "on your clock in Kolkata" in text(mails(story)[0])


def test_the_team_hears_who_comes(db, make, sessions, story):
    make.member(make.account("Pat", language="ar"), story.hall, Role.PRODUCER)
    make.member(make.account("Mo"), story.hall, Role.MODERATOR)
    make.member(make.account("Gone", address=None), story.hall, Role.OWNER)
    closed = make.account("Closed")
    with transaction(db):
        closed.closed_at = DAY_BEFORE
    make.member(closed, story.hall, Role.OWNER)
    answer(story, "Dev", PartStat.ACCEPTED)
    answer(story, "Sana", PartStat.TENTATIVE)
    work(sessions, HOUR_BEFORE)
    olga, pat = mails(story, MailKind.ATTENDANCE)
    assert (olga.contact.name, pat.contact.name) == ("Olga", "Pat")
    assert olga.subject.startswith("Soon: A town hall on polio, Wed 9 Dec 2026, 07:15 ")
    told = text(olga)
    assert "Coming so far: 1 of 3 people invited." in told
    assert "New Delhi  come: 1, perhaps: 0, do not come: 0, no answer: 0" in told
    assert f"https://townhall.example/organizer/t/{story.hall.code}" in told
    assert pat.subject != olga.subject


def test_who_is_of_the_team_and_invited_gets_both(db, make, sessions, story):
    own = make.account("Own")
    with transaction(db):
        account = own
        account.contact = story.people[0]
    make.member(own, story.hall, Role.PRODUCER)
    assert work(sessions, DAY_BEFORE) == 5
    assert names(mails(story, MailKind.ATTENDANCE)) == ["Ann", "Olga"]


def test_a_sitting_that_is_near_already_gets_what_is_still_ahead(db, make, sessions):
    story = Story(db, make)
    story.send(story.choose(now=DAY_BEFORE), now=DAY_BEFORE)
    story.hand_to_worker()
    assert [row.lead for row in db.query(Reminder)] == ["hour"]
    assert work(sessions, DAY_BEFORE + timedelta(hours=1)) == 0
    assert work(sessions, HOUR_BEFORE) == 3


def test_a_sitting_within_the_hour_gets_none(db, make, sessions):
    story = Story(db, make)
    story.send(story.choose(now=HOUR_BEFORE), now=HOUR_BEFORE)
    story.hand_to_worker()
    assert db.query(Reminder).all() == []
    assert work(sessions, HOUR_BEFORE) == 0


@pytest.mark.parametrize("column, at", [("reminds_day", DAY_BEFORE), ("reminds_hour", HOUR_BEFORE)])
def test_organizers_switch_each_off(db, sessions, story, column, at):
    with transaction(db):
        setattr(story.hall, column, False)
    assert work(sessions, at) == 0
    assert mails(story) == []
    with transaction(db):
        setattr(story.hall, column, True)
    assert work(sessions, at + timedelta(minutes=1)) == 0


def test_late_is_better_than_never_until_the_next_is_due(db, sessions, story):
    late = HOUR_BEFORE - timedelta(minutes=1)
    assert work(sessions, late) == 4
    assert mails(story)[0].subject.startswith("Today: ")
    assert work(sessions, HOUR_BEFORE + timedelta(minutes=59)) == 4


def test_what_is_too_late_is_left_out(sessions, story):
    assert work(sessions, HOUR_BEFORE) == 4
    assert {row.method for row in mails(story)} == {"hour"}
    assert work(sessions, START) == 0


def test_a_clock_that_ran_ahead_loses_no_reminder(sessions, story):
    assert work(sessions, START + timedelta(days=3)) == 0
    assert work(sessions, DAY_BEFORE) == 4
    assert work(sessions, DAY_BEFORE - timedelta(days=2)) == 0
    assert work(sessions, HOUR_BEFORE) == 4
    assert len(mails(story)) == 6


def test_a_move_puts_the_reminders_elsewhere(db, sessions, story):
    story.send(story.choose(LATER, now=DAY_BEFORE - timedelta(hours=2)), now=DAY_BEFORE)
    story.hand_to_worker()
    assert work(sessions, DAY_BEFORE) == 0
    assert work(sessions, LATER - timedelta(days=1)) == 4
    assert {row.sequence for row in mails(story)} == {1}


def test_a_move_takes_back_what_waits_in_its_own_transaction(db, sessions, story):
    work(sessions, DAY_BEFORE)
    story.send(story.choose(LATER, now=DAY_BEFORE), now=DAY_BEFORE)
    assert {row.state for row in story.mails() if row.kind in KINDS} == {Delivery.SUPERSEDED}
    assert [(row.lead, row.sequence) for row in db.query(Reminder).order_by("id")] == [
        ("day", 1),
        ("hour", 1),
    ]


def test_a_cancelled_sitting_reminds_nobody(db, sessions, story):
    work(sessions, DAY_BEFORE)
    story.send(story.call_off(now=DAY_BEFORE), now=DAY_BEFORE)
    assert {row.state for row in story.mails() if row.kind in KINDS} == {Delivery.SUPERSEDED}
    assert db.query(Reminder).all() == []
    assert work(sessions, HOUR_BEFORE) == 0


class Held:
    """A mailer that remembers, and lets something happen while it has a mail in hand."""

    def __init__(self, then=lambda: None):
        self.sent = []
        self.then = then

    def send(self, code, sender, recipient, octets):
        subject = message_from_bytes(octets, policy=policy.default)["Subject"]
        self.sent.append(subject.partition(":")[0])
        self.then()


def drain(sessions, mailer, at):
    return outbox.drain(
        sessions, mailer, "townhall@example.org", now=lambda: at, draw=lambda: 0.5, pause=id
    )


@pytest.mark.parametrize("change", ["move", "cancel"])
def test_what_a_worker_holds_does_not_go_once_the_hour_is_gone(db, sessions, story, change):
    work(sessions, DAY_BEFORE)
    with sessions() as other:
        claims = outbox.claim(other, now=DAY_BEFORE)
        assert len(claims) == 4
        draft = story.choose(LATER, now=DAY_BEFORE) if change == "move" else None
        story.send(draft or story.call_off(now=DAY_BEFORE), now=DAY_BEFORE)
        gone = [
            outbox.advance(other, None, each, now=DAY_BEFORE, draw=lambda: 0.5) for each in claims
        ]
    assert gone == [False] * 4
    assert {row.state for row in story.mails() if row.kind in KINDS} == {Delivery.SUPERSEDED}


@pytest.mark.parametrize("what", ["declined", "left"])
def test_who_declines_or_leaves_meanwhile_gets_none(db, sessions, story, what):
    work(sessions, DAY_BEFORE)
    with transaction(db):
        for row in db.query(Invitation):
            if what == "left":
                row.removed_at = DAY_BEFORE
            else:
                row.partstat = PartStat.DECLINED
    mailer = Held()
    assert drain(sessions, mailer, DAY_BEFORE) == 1
    assert {row.state for row in mails(story)} == {Delivery.SUPERSEDED}
    assert {row.state for row in mails(story, MailKind.ATTENDANCE)} == {Delivery.SENT}


def test_news_waits_while_a_reminder_is_in_hand(db, sessions, story):
    work(sessions, DAY_BEFORE)
    order = []

    def move():
        if not order:
            order.append("moved")
            story.send(story.choose(LATER, now=DAY_BEFORE), now=DAY_BEFORE)
            with sessions() as other:
                assert "Moved" not in [each.thread for each in outbox.claim(other, now=DAY_BEFORE)]
                rows = [row for row in story.mails() if row.kind is MailKind.MOVED]
                order.extend(row.state for row in rows if row.contact.name == "Ann")

    mailer = Held(move)
    drain(sessions, mailer, DAY_BEFORE)
    assert order == ["moved", Delivery.QUEUED]
    assert mailer.sent[0] == "Tomorrow"
    drain(sessions, mailer, DAY_BEFORE + timedelta(minutes=2))
    assert mailer.sent.count("Tomorrow") == 1
    assert sorted(mailer.sent) == ["Moved", "Moved", "Tomorrow", "تغيّر الموعد"]


def test_a_reminder_that_is_put_off_gives_way_to_the_move(db, sessions, story):
    work(sessions, DAY_BEFORE)

    class Busy:
        def send(self, code, sender, recipient, octets):
            raise DeferredError("busy")

    assert drain(sessions, Busy(), DAY_BEFORE) == 0
    story.send(story.choose(LATER, now=DAY_BEFORE), now=DAY_BEFORE)
    mailer = Held()
    drain(sessions, mailer, DAY_BEFORE + timedelta(minutes=10))
    assert sorted(mailer.sent) == ["Moved", "Moved", "تغيّر الموعد"]


def test_a_reminder_takes_no_other_mails_place(db, sessions, story):
    with transaction(db):
        row = db.query(OutboxMessage).order_by("id").first()
        again = OutboxMessage(
            code="update",
            kind=MailKind.UPDATED,
            contact_id=row.contact_id,
            invitation_id=row.invitation_id,
            thread=row.thread,
            revision=1,
            method="REQUEST",
            subject="Changed",
            whole=b"Subject: Changed: x\r\n\r\n",
            state=Delivery.QUEUED,
            due_at=DAY_BEFORE,
            give_up_at=START,
            created_at=DAY_BEFORE,
        )
        db.add(again)
        db.get(Sitting, story.sitting.id).revision = 1
    work(sessions, DAY_BEFORE)
    assert len(mails(story)) == 3
    mailer = Held()
    drain(sessions, mailer, DAY_BEFORE)
    assert mailer.sent.count("Changed") == 1
    drain(sessions, mailer, DAY_BEFORE + timedelta(minutes=1))
    assert mailer.sent.index("Changed") < len(mailer.sent) - 1 == 4


def test_the_silent_can_be_asked_again_after_a_reminder(db, sessions, story):
    with transaction(db):
        for row in db.query(OutboxMessage):
            row.sent_at = DAY_BEFORE - timedelta(days=3)
    work(sessions, DAY_BEFORE)
    count = reminders.remind(
        db, story.actor, story.hall.code, story.sitting.number, SENDER, now=DAY_BEFORE
    )
    assert count == 3
    mailer = Held()
    drain(sessions, mailer, DAY_BEFORE)
    assert mailer.sent.count("Please answer") == 2


def test_an_organizer_who_was_never_invited_gets_no_cancellation_for_a_reminder(
    db, make, sessions, story
):
    """A reminder to the team is no invitation that a cancellation would take back."""
    own = make.account("Own")
    with transaction(db):
        own.contact = story.people[0]
        db.query(OutboxMessage).filter_by(contact_id=own.contact.id).one().fence = 0
    make.member(own, story.hall, Role.PRODUCER)
    work(sessions, DAY_BEFORE)
    with transaction(db):
        for row in db.query(OutboxMessage).filter_by(kind=MailKind.ATTENDANCE):
            row.state, row.fence = Delivery.SENT, 1
    story.send(story.call_off(now=DAY_BEFORE), now=DAY_BEFORE)
    cancelled = [row for row in story.mails() if row.kind is MailKind.CANCELLED]
    assert names(cancelled) == ["Dev", "Sana"]


def test_a_worker_that_dies_between_two_transactions_loses_and_repeats_nothing(
    db, sessions, story, monkeypatch
):
    monkeypatch.setattr(upcoming, "AT_ONCE", 2)
    assert work(sessions, DAY_BEFORE, stopped=iter([False, True]).__next__) == 2
    assert names(mails(story)) == ["Ann", "Dev"]
    assert work(sessions, DAY_BEFORE + timedelta(minutes=3)) == 2
    assert names(mails(story)) == ["Ann", "Dev", "Sana"]


def test_a_transaction_that_fails_leaves_nothing_behind(db, sessions, story, monkeypatch):
    def broken(*_args, **_values):
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(upcoming.invites, "attendance", broken)
        with pytest.raises(RuntimeError):
            work(sessions, DAY_BEFORE)
    assert mails(story) == []
    assert db.query(Circular).count() == 3
    assert work(sessions, DAY_BEFORE) == 4


def test_several_workers_write_each_mail_once(sessions, story, monkeypatch):
    monkeypatch.setattr(upcoming, "AT_ONCE", 1)
    threads = [
        threading.Thread(target=work, args=(sessions, DAY_BEFORE), daemon=True) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    work(sessions, DAY_BEFORE)
    assert names(mails(story)) == ["Ann", "Dev", "Sana"]
    assert names(mails(story, MailKind.ATTENDANCE)) == ["Olga"]


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_reminder_that_another_worker_has_is_left_to_it(sessions, story):
    with sessions() as other, transaction(other):
        assert upcoming.queries.due(other, DAY_BEFORE) is not None
        with sessions() as db:
            assert upcoming.step(db, SENDER, now=DAY_BEFORE) is None


def test_a_sitting_that_was_held_early_reminds_nobody(db, sessions, story):
    work(sessions, DAY_BEFORE)
    with transaction(db):
        db.get(Sitting, story.sitting.id).state = SittingState.HELD
    assert drain(sessions, Held(), DAY_BEFORE) == 0


def test_each_of_two_sittings_reminds_its_own_people(db, make, sessions):
    story = Story(db, make)
    with transaction(db):
        story.hall.sittings_wanted = 2
    other = datetime(2026, 12, 9, 4, 0, tzinfo=UTC)
    draft = sittings.choose(db, story.actor, story.hall.code, other, START, now=NOW)
    story.send_all(draft)
    story.hand_to_worker()
    first = work(sessions, other - timedelta(days=1))
    second = work(sessions, DAY_BEFORE)
    assert first + second == 3
    assert sorted(names(mails(story))) == ["Ann", "Dev", "Sana"]
