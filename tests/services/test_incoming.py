"""Mail that comes in: whose answer it is, which one counts, and what is marked."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import select, text

from tests.fixtures import answers
from tests.fixtures.answers import answer, mail, report
from tests.fixtures.make import NOW
from townhall.db import transaction
from townhall.domain import tokens
from townhall.domain.access import Role
from townhall.domain.incoming import Doubt, Fate, Kind
from townhall.domain.replies import Reply
from townhall.domain.states import Delivery, PartStat, SittingState
from townhall.errors import (
    InputError,
    NotAllowedError,
    NotFoundError,
    TransitionError,
    UnavailableError,
)
from townhall.models.accounts import AuditEntry, Contact
from townhall.models.replies import ContactAlias, IncomingMail, MailedReply
from townhall.queries import replies as queries
from townhall.services import incoming, replies

KEY = "a key that signs the tags of these tests"
UID = "Hall-abcdefgh@townhall"
HOUR = timedelta(hours=1)
WAITERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


class Story:
    """A sitting to which Sana is invited, and the mail that comes in."""

    def __init__(self, db, make):
        self.db, self.make = db, make
        self.hall = make.town_hall()
        self.seat = make.seat(self.hall)
        self.sitting = make.sitting(self.hall, uid=UID)
        self.sana = make.contact("Sana", address="Sana@example.org")
        self.invitation = make.invitation(self.sitting, self.seat, self.sana)
        self.team = make.actor(self.hall)

    def receive(self, octets, now=NOW):
        return incoming.receive(self.db, octets, key=KEY, now=now)

    def rows(self):
        self.db.rollback()
        return self.db.scalars(select(MailedReply).order_by(MailedReply.id)).all()

    def fates(self):
        return [row.fate for row in self.rows()]

    def audited(self):
        return [
            (entry.actor, entry.action)
            for entry in self.db.scalars(select(AuditEntry).order_by(AuditEntry.id))
        ]

    def tag(self, invitation=None):
        code = (invitation or self.invitation).code
        return f"townhall+{tokens.reply_tag(KEY, code)}@example.org"


@pytest.fixture
def story(db, make):
    return Story(db, make)


def test_an_answer_counts_once_however_often_it_comes(story):
    octets = answers.gmail()
    assert story.receive(octets) is Kind.REPLY
    assert story.receive(b"Received: again\r\n" + octets, NOW + HOUR) is Kind.REPLY
    assert story.fates() == [Fate.COUNTED]
    assert (story.invitation.partstat, story.invitation.note) == (
        PartStat.ACCEPTED,
        "We come, all four",
    )
    assert story.invitation.answered_at == NOW
    assert story.invitation.said_at == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert story.audited() == [(f"contact:{story.sana.id}", "invitation.answered")]
    [entry] = story.db.scalars(select(AuditEntry))
    assert entry.town_hall_id == story.hall.id
    assert "example.org" not in f"{entry.before}{entry.after}{entry.note}"


@pytest.mark.parametrize("program", answers.PROGRAMS)
def test_the_answers_of_all_calendars_count(story, program):
    story.receive(answers.PROGRAMS[program]())
    assert story.fates() == [Fate.COUNTED]
    assert story.invitation.partstat is not PartStat.NEEDS_ACTION


def test_the_newest_answer_counts_whatever_comes_first(story):
    no = mail(answer("DECLINED", stamp="20261123T090000Z"), number=1)
    yes = mail(answer("ACCEPTED", stamp="20261123T080000Z"), number=2)
    story.receive(no, NOW + HOUR)
    story.receive(yes, NOW + HOUR)
    assert story.fates() == [Fate.COUNTED, Fate.OLDER]
    assert story.invitation.partstat is PartStat.DECLINED


def test_an_answer_on_the_page_is_newer_than_one_mailed_before(story):
    replies.answer(story.db, story.invitation.code, Reply(PartStat.DECLINED, 0), now=NOW)
    story.receive(mail(answer(stamp="20261123T085959Z")), NOW + HOUR)
    assert story.invitation.partstat is PartStat.DECLINED
    story.receive(mail(answer(stamp="20261123T090001Z"), number=2), NOW + HOUR)
    assert story.invitation.partstat is PartStat.ACCEPTED
    assert story.fates() == [Fate.OLDER, Fate.COUNTED]


def test_an_answer_to_a_former_time_does_not_count(story):
    with transaction(story.db):
        story.sitting.sequence = 1
        story.invitation.asked_sequence = 1
    story.receive(mail(answer(sequence=0)))
    assert story.fates() == [Fate.BEFORE_MOVE]
    assert story.invitation.partstat is PartStat.NEEDS_ACTION
    [(key, row)] = queries.before_move(story.db, story.sitting).items()
    assert (key, row.partstat) == (story.invitation.id, PartStat.ACCEPTED)
    story.receive(mail(answer("DECLINED", sequence=1), number=2))
    assert story.invitation.partstat is PartStat.DECLINED
    assert queries.before_move(story.db, story.sitting) == {}


def test_no_answer_is_needed_once_the_sitting_is_off(story):
    with transaction(story.db):
        story.sitting.state = SittingState.CANCELLED
    story.receive(mail(answer()))
    assert story.fates() == [Fate.CLOSED]
    assert story.invitation.partstat is PartStat.NEEDS_ACTION


def test_an_answer_to_another_event_is_somebody_elses(story):
    assert story.receive(mail(answer(uid="another@townhall"))) is Kind.REPLY
    assert story.fates() == []
    assert story.db.scalars(select(IncomingMail.kind)).all() == [Kind.REPLY]


def test_an_answer_from_elsewhere_waits_unless_it_comes_to_the_persons_tag(story):
    story.receive(mail(answer(), sender="Mallory <mallory@example.net>"))
    [row] = story.rows()
    assert (row.fate, row.doubt, row.invitation) == (
        Fate.WAITING,
        Doubt.SENDER,
        story.invitation,
    )
    assert (row.sender.name, row.sender.address) == ("Mallory", "mallory@example.net")
    assert story.invitation.partstat is PartStat.NEEDS_ACTION
    assert queries.to_look_at(story.db, story.hall) == 1
    story.receive(mail(answer(), sender="s.khan@phone.example", to=story.tag().upper(), number=2))
    assert story.fates() == [Fate.WAITING, Fate.COUNTED]


def test_a_forged_or_foreign_tag_is_no_tag(story, make):
    other = make.invitation(story.sitting, story.seat)
    tags = [story.tag(other), story.tag().replace("-", "-0"), "townhall+x@example.org"]
    for number, to in enumerate(tags):
        story.receive(mail(answer(), sender="a@b.example", to=to, number=number))
    assert story.fates() == [Fate.WAITING] * 3


def test_an_unknown_attendee_waits_and_the_tag_says_who_it_may_be(story):
    story.receive(mail(answer(attendee="s.khan@home.example"), to=story.tag()))
    [row] = story.rows()
    assert (row.fate, row.doubt, row.invitation) == (
        Fate.WAITING,
        Doubt.ATTENDEE,
        story.invitation,
    )
    assert story.invitation.partstat is PartStat.NEEDS_ACTION
    assert row.attendee.address == "s.khan@home.example"
    assert row.attendee.name == "s.khan"


def test_an_attendee_without_an_address_can_be_taken_for_a_person(story):
    story.receive(mail(answer(attendee="nobody")))
    [row] = story.rows()
    assert row.attendee is None
    incoming.accept(
        story.db, story.team, story.hall, row.id, story.invitation.code, remember=True, now=NOW
    )
    assert story.invitation.partstat is PartStat.ACCEPTED
    assert story.db.scalars(select(ContactAlias)).all() == []


def test_what_is_known_of_a_person_is_not_changed_by_a_mail(story, db):
    story.receive(mail(answer(), sender="Somebody Else <sana@example.org>"))
    assert db.scalar(select(Contact.name).where(Contact.id == story.sana.id)) == "Sana"


def test_an_alias_answers_for_the_person_once_it_is_confirmed(story):
    home = "s.khan@home.example"
    story.receive(mail(answer(attendee=home), sender=f"Sana <{home}>"))
    [row] = story.rows()
    incoming.accept(
        story.db, story.team, story.hall, row.id, story.invitation.code, remember=True, now=NOW
    )
    assert row.fate is Fate.COUNTED
    assert story.invitation.partstat is PartStat.ACCEPTED
    [alias] = queries.aliases(story.db, story.hall)
    assert (alias.contact, alias.alias.address) == (story.sana, home)
    assert alias.alias.name == "Sana"  # as From says, where the calendar does not
    later = mail(
        answer("DECLINED", attendee=home, stamp="20261123T085000Z"),
        sender=f"Sana <{home}>",
        number=2,
    )
    story.receive(later)
    assert story.fates() == [Fate.COUNTED, Fate.COUNTED]
    assert story.invitation.partstat is PartStat.DECLINED
    assert [action for _, action in story.audited()] == [
        "alias.confirmed",
        "invitation.answered",
        "reply.accepted",
        "invitation.answered",
    ]
    incoming.forget_alias(story.db, story.team, story.hall, alias.id, now=NOW)
    assert queries.addresses(story.db, story.sana) == {"sana@example.org"}
    with pytest.raises(NotFoundError):
        incoming.forget_alias(story.db, story.team, story.hall, alias.id, now=NOW)


def test_an_answer_can_be_taken_without_trusting_its_address_for_good(story):
    octets = mail(answer(), sender="mallory@example.net")
    story.receive(octets)
    [row] = story.rows()
    incoming.accept(
        story.db, story.team, story.hall, row.id, story.invitation.code, remember=False, now=NOW
    )
    assert story.invitation.partstat is PartStat.ACCEPTED
    story.receive(mail(answer("DECLINED"), sender="mallory@example.net", number=2))
    assert story.fates() == [Fate.COUNTED, Fate.WAITING]


def test_an_assistant_of_two_people_waits_for_who_is_meant(story, make):
    other = make.invitation(story.sitting, story.seat)
    desk = "desk@example.org"
    for number, invitation in enumerate((story.invitation, other)):
        story.receive(
            mail(answer(attendee=desk, stamp=""), sender=desk, number=number), NOW + HOUR * number
        )
        row = story.rows()[-1]
        if row.fate is Fate.WAITING:
            incoming.accept(
                story.db, story.team, story.hall, row.id, invitation.code, remember=True, now=NOW
            )
    # The second was taken as Sana's, whose desk it was by then; now the desk speaks for both.
    with transaction(story.db):
        alias = story.db.scalars(select(ContactAlias)).one()
        story.db.add(ContactAlias(contact=other.contact, alias=alias.alias, confirmed_at=NOW))
    story.receive(mail(answer(attendee=desk), sender=desk, number=9))
    assert story.rows()[-1].doubt is Doubt.ATTENDEE


def test_an_answer_is_decided_on_once_and_by_the_team_alone(story, make):
    story.receive(mail(answer(), sender="mallory@example.net"))
    [row] = story.rows()

    def accept(actor, hall=story.hall, code=story.invitation.code):
        return incoming.accept(story.db, actor, hall, row.id, code, remember=False, now=NOW)

    other = make.town_hall()
    stranger = make.invitation(make.sitting(other), make.seat(other))
    with pytest.raises(NotAllowedError):
        accept(make.actor(story.hall, Role.MODERATOR))
    with pytest.raises(NotFoundError):
        accept(make.actor(other), other)
    with pytest.raises(InputError, match="is not invited to this sitting"):
        accept(story.team, code=stranger.code)
    with pytest.raises(NotAllowedError):
        incoming.ignore(
            story.db, make.actor(story.hall, Role.MODERATOR), story.hall, row.id, now=NOW
        )
    incoming.ignore(story.db, story.team, story.hall, row.id, now=NOW)
    assert story.fates() == [Fate.IGNORED]
    with pytest.raises(TransitionError):
        accept(story.team)
    with pytest.raises(TransitionError):
        incoming.ignore(story.db, story.team, story.hall, row.id, now=NOW)
    with pytest.raises(NotAllowedError):
        incoming.forget_alias(
            story.db, make.actor(story.hall, Role.MODERATOR), story.hall, 1, now=NOW
        )
    assert story.invitation.partstat is PartStat.NEEDS_ACTION
    assert queries.to_look_at(story.db, story.hall) == 0


def test_a_counter_proposal_is_kept_with_its_answer(story):
    story.receive(answers.counter())
    [row] = queries.proposals(story.db, story.sitting)
    assert row.starts_at == datetime(2026, 12, 2, 13, 0, tzinfo=UTC)
    assert (row.fate, story.invitation.partstat) == (Fate.COUNTED, PartStat.TENTATIVE)
    assert story.invitation.note == "After school"


def test_the_newest_proposal_of_each_person_is_shown(story):
    for number, start in enumerate(("DTSTART:20261202T130000Z", "DTSTART:20261202T140000Z")):
        ics = answer(
            "NEEDS-ACTION",
            method="METHOD:COUNTER",
            start=start,
            stamp=f"20261123T08000{number}Z",
        )
        story.receive(mail(ics, number=number))
    assert story.fates() == [Fate.NOTED, Fate.NOTED]
    assert story.invitation.partstat is PartStat.NEEDS_ACTION
    assert [row.starts_at.hour for row in queries.proposals(story.db, story.sitting)] == [14]


@pytest.fixture
def sent(story, make):
    def row(code="c0de", **columns):
        values = {
            "town_hall_id": story.hall.id,
            "state": Delivery.SENT,
            "sent_at": NOW - HOUR,
        } | columns
        return make.mail(story.sana, code=code, **values)

    return row


def test_a_mail_that_came_back_is_marked_with_the_servers_words(story, sent):
    row = sent()
    assert story.receive(report()) is Kind.RETURNED
    story.receive(report())
    words = "550 5.1.1 <sana@example.org>: no such mailbox"
    assert (row.state, row.last_error) == (Delivery.BOUNCED, words)
    assert story.audited() == [("system", "mail.bounced")]
    [trace] = story.db.scalars(select(IncomingMail))
    assert trace.town_hall_id == story.hall.id


def test_a_mail_without_its_name_is_found_by_its_recipient_while_it_is_new(story, sent):
    old = sent("old", sent_at=NOW - timedelta(days=8))
    story.receive(report(returned="", number=1))
    assert old.state is Delivery.SENT
    earlier, newest = sent("earlier"), sent("newest")
    story.receive(report(returned="", number=2))
    assert (earlier.state, newest.state) == (Delivery.SENT, Delivery.BOUNCED)
    story.receive(report(returned="", recipient="unknown@example.org", number=3))
    assert story.receive(report(code="unknown", number=4)) is Kind.RETURNED


@pytest.mark.parametrize("state", [Delivery.QUEUED, Delivery.FAILED, Delivery.SUPERSEDED])
def test_only_a_mail_that_was_sent_comes_back(story, sent, state):
    row = sent(state=state)
    story.receive(report())
    assert row.state is state


def test_a_report_that_overtakes_the_worker_is_to_come_again(story, sent):
    row = sent(state=Delivery.SENDING)
    with pytest.raises(UnavailableError):
        story.receive(report())
    with transaction(story.db):
        row.state = Delivery.SENT
    story.receive(report())
    assert row.state is Delivery.BOUNCED


def test_what_answers_nothing_is_counted(story, sent):
    sent("c0de")
    about = "In-Reply-To: <c0de@example.org>\r\n"
    away = mail("Away", content="text/plain", headers=f"Auto-Submitted: auto-replied\r\n{about}")
    words = mail("I may be late", content="text/plain", headers=about, number=2)
    assert [story.receive(each) for each in (away, away, words)] == [
        Kind.AUTOMATIC,
        Kind.AUTOMATIC,
        Kind.OTHER,
    ]
    assert story.receive(b"x" * 2_000_000) is Kind.UNREADABLE
    assert queries.counts(story.db, story.hall) == {Kind.AUTOMATIC: 1, Kind.OTHER: 1}
    assert len(story.db.scalars(select(IncomingMail)).all()) == 3


def test_the_same_mail_at_the_same_time_counts_once(story, sessions):
    octets, kinds = mail(answer()), []

    def come():
        with sessions() as db:
            for _ in range(20):
                try:
                    kinds.append(incoming.receive(db, octets, key=KEY, now=NOW))
                except UnavailableError:
                    continue
                return

    threads = [Thread(target=come) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert kinds == [Kind.REPLY] * 4
    assert story.fates() == [Fate.COUNTED]


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_who_comes_second_with_the_same_mail_is_to_come_again(story, sessions):
    octets, raised = mail(answer()), []

    def come():
        with sessions() as db:
            try:
                incoming.receive(db, octets, key=KEY, now=NOW)
            except UnavailableError as error:
                raised.append(error)

    digest = incoming.incoming.read(octets).digest
    second = Thread(target=come)
    with sessions() as first, transaction(first):
        first.add(IncomingMail(digest=digest, kind=Kind.REPLY, received_at=NOW))
        first.flush()
        second.start()
        with sessions() as onlooker:
            while not onlooker.scalar(text(WAITERS)):
                assert second.is_alive()
                onlooker.rollback()
    second.join(60)
    assert len(raised) == 1
