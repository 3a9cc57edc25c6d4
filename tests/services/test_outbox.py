"""Mails are claimed, handed on and marked: nothing is lost, nothing overtakes."""

import errno
import os
import ssl
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from tests.fixtures.make import NOW, Make
from townhall import schema
from townhall.adapters.maildir import Maildir
from townhall.db import transaction
from townhall.domain import invites
from townhall.domain.access import ANYONE, Actor, Grant, Role
from townhall.domain.outbox import (
    HOLD,
    IN_HAND,
    LOST,
    DeferredError,
    DeliveryError,
    RefusedError,
)
from townhall.domain.states import Delivery, MailKind
from townhall.errors import ConflictError, NotFoundError, TransitionError, UnavailableError
from townhall.i18n import ENGLISH
from townhall.models.accounts import AuditEntry, Contact
from townhall.models.invitations import Circular, MailPace, OutboxMessage
from townhall.models.planning import TownHall
from townhall.queries import mails
from townhall.services import outbox, resends

SENDER = "townhall@example.org"
Queue = Callable[..., OutboxMessage]


class Clock:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time

    def pass_by(self, **duration: float) -> None:
        self.time += timedelta(**duration)


class Post:
    """A mailer that keeps what it takes, and fails as it is told."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, bytes]] = []
        self.errors: list[DeliveryError] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def send(self, code: str, sender: str, recipient: str, octets: bytes) -> None:
        assert sender == SENDER
        self.meanwhile()
        if self.errors:
            raise self.errors.pop(0)
        self.taken.append((code, recipient, octets))

    @property
    def codes(self) -> list[str]:
        return [code for code, _, _ in self.taken]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def queue(db: Session, make: Make) -> Queue:
    """Return a function that puts a mail into the outbox; `thread` and `contact` may repeat."""

    def put(code: str, contact: Contact | None = None, **columns) -> OutboxMessage:
        values = {
            "kind": MailKind.INVITE,
            "thread": code,
            "method": "REQUEST",
            "subject": code,
            "whole": code.encode(),
            "due_at": NOW,
            "give_up_at": NOW + timedelta(days=9),
            "created_at": NOW,
        } | columns
        with transaction(db):
            row = OutboxMessage(code=code, contact=contact or make.contact(), **values)
            db.add(row)
        return row

    return put


@pytest.fixture
def drain(sessions: sessionmaker[Session], post: Post, clock: Clock) -> Callable[..., int]:
    def run(**options) -> int:
        return outbox.drain(sessions, post, SENDER, now=clock, draw=lambda: 0.5, **options)

    return run


@pytest.fixture
def states(db: Session) -> Callable[[], dict[str, str]]:
    def read() -> dict[str, str]:
        db.rollback()
        rows = db.query(OutboxMessage).populate_existing().order_by(OutboxMessage.id)
        return {row.code: row.state.value for row in rows}

    return read


def test_due_mail_is_handed_on_once(db, queue, drain, post, clock, states):
    row = queue("a")
    queue("later", due_at=NOW + timedelta(minutes=1))
    assert drain() == 1
    assert drain() == 0
    assert post.taken == [("a", row.contact.address, b"a")]
    assert states() == {"a": "sent", "later": "queued"}
    assert (row.sent_at, row.attempts, row.lease_until, row.last_error) == (NOW, 1, None, "")
    clock.pass_by(minutes=1)
    assert drain() == 1


def test_newer_revision_supersedes_what_was_not_sent(queue, drain, post, states, make):
    person = make.contact()
    queue("old", person, thread="t", revision=0)
    queue("new", person, thread="t", revision=1)
    queue("other person", thread="t", revision=0)
    assert drain() == 2
    assert sorted(post.codes) == ["new", "other person"]
    assert states() == {"old": "superseded", "new": "sent", "other person": "sent"}


def test_newer_revision_is_looked_for_just_before_sending(queue, drain, post, states, make):
    person = make.contact()
    queue("first")
    queue("old", person, thread="t", revision=0)

    def change() -> None:
        post.meanwhile = lambda: None
        queue("new", person, thread="t", revision=1)

    post.meanwhile = change
    assert drain() == 2
    assert post.codes == ["first", "new"]
    assert states() == {"first": "sent", "old": "superseded", "new": "sent"}


def test_cancel_of_what_was_never_handed_on_is_not_sent(queue, drain, post, states, make):
    person = make.contact()
    queue("invite", person, thread="t", revision=0)
    queue("cancel", person, thread="t", revision=1, method="CANCEL")
    assert drain() == 0
    assert states() == {"invite": "superseded", "cancel": "superseded"}


def test_cancel_of_what_may_have_arrived_is_sent(queue, drain, post, clock, states, make):
    person = make.contact()
    post.errors = [DeferredError("the line broke")]
    queue("invite", person, thread="t", revision=0)
    drain()
    queue("cancel", person, thread="t", revision=1, method="CANCEL")
    assert drain() == 1
    clock.pass_by(minutes=1)
    assert drain() == 0
    assert post.codes == ["cancel"]
    assert states() == {"invite": "superseded", "cancel": "sent"}


def test_deferred_mail_is_tried_again_after_a_wait(queue, drain, post, clock, states):
    row = queue("a")
    post.errors = [DeferredError("451 later"), DeferredError("451 later still")]
    assert drain() == 0
    assert states() == {"a": "queued"}
    assert (row.due_at, row.last_error) == (NOW + timedelta(minutes=1), "451 later")
    clock.pass_by(minutes=1)
    assert drain() == 0
    assert states() == {"a": "queued"}
    assert row.due_at == NOW + timedelta(minutes=6)
    clock.pass_by(minutes=5)
    assert drain() == 1
    assert states() == {"a": "sent"}
    assert (row.attempts, row.last_error) == (3, "")


def test_deferred_mail_fails_once_the_sitting_is_near(queue, drain, post, states):
    row = queue("a", give_up_at=NOW + timedelta(seconds=50))
    post.errors = [DeferredError("451 later")]
    drain()
    assert states() == {"a": "failed"}
    assert row.last_error == "451 later"


def test_mail_of_a_sitting_that_has_begun_is_not_sent(queue, drain, states):
    queue("a", give_up_at=NOW)
    assert drain() == 0
    assert states() == {"a": "failed"}


def test_refused_mail_fails_with_the_servers_words(queue, drain, post, states):
    row = queue("a")
    post.errors = [RefusedError("550 no such user")]
    assert drain() == 0
    assert states() == {"a": "failed"}
    assert row.last_error == "550 no such user"


@pytest.mark.parametrize(
    "fault, words",
    [
        (OSError(errno.ENOSPC, "No space left on device"), "OSError: [Errno 28] No space left"),
        ("ä@example.org".encode, "UnicodeEncodeError: 'ascii' codec can't encode"),
        (ssl.SSLError(1, "bad record mac"), "SSLError: bad record mac"),
        (AttributeError("a fault of our own"), "AttributeError: a fault of our own"),
    ],
)
def test_whatever_fails_with_one_mail_stops_no_other(sessions, queue, clock, states, fault, words):
    class Faulty(Post):
        def send(self, code: str, sender: str, recipient: str, octets: bytes) -> None:
            if code == "bad" and not self.codes.count("last"):
                if isinstance(fault, Exception):
                    raise fault
                fault("ascii")
            super().send(code, sender, recipient, octets)

    post, heard = Faulty(), []
    rows = {code: queue(code) for code in ("first", "bad", "last")}
    options = {"now": clock, "draw": lambda: 0.5}
    report = lambda code, error: heard.append((code, type(error).__name__))  # noqa: E731
    assert outbox.drain(sessions, post, SENDER, report=report, **options) == 2
    assert states() == {"first": "sent", "bad": "queued", "last": "sent"}
    bad = rows["bad"]
    assert bad.last_error.startswith(words)
    assert (bad.due_at, bad.attempts) == (NOW + timedelta(minutes=1), 1)
    assert heard == [("bad", words.partition(":")[0])]
    clock.pass_by(minutes=1)
    assert outbox.drain(sessions, post, SENDER, **options) == 1
    assert states()["bad"] == "sent"


def test_mail_that_cannot_be_made_stops_no_other(db, queue, drain, post, states, told):
    with transaction(db):
        db.add(broken := Circular(contents={"method": "REQUEST"}))
    queue("bad", whole=None, circular=broken, own=own(1))
    queue("good")
    assert drain() == 1
    assert (post.codes, states()) == (["good"], {"bad": "queued", "good": "sent"})


def test_words_that_no_database_can_hold_are_kept_without_what_is_wrong(queue, drain, post):
    row = queue("a")
    queue("b")
    post.errors = [RefusedError("550 no\x00 such \udcff user" + "!" * 2_000)]
    assert drain() == 1
    assert row.last_error == ("550 no\ufffd such \ufffd user" + "!" * 2_000)[:1_000]


@pytest.mark.parametrize("erased", ["address", "octets"])
def test_erased_mail_fails(db, queue, drain, states, erased, make):
    person = make.contact()
    columns = {"whole": None} if erased == "octets" else {}
    queue("a", person, **columns)
    if erased == "address":
        with transaction(db):
            person.address = None
    assert drain() == 0
    assert states() == {"a": "failed"}


def test_what_signs_in_is_erased_once_it_is_handed_on(db, queue, drain, post):
    secret = queue("secret", kind=MailKind.SIGN_IN, method="")
    invite = queue("invite")
    drain()
    db.rollback()
    db.expire_all()
    assert (secret.octets, invite.octets) == (None, b"invite")
    assert sorted(post.codes) == ["invite", "secret"]


@pytest.fixture
def told() -> invites.Circular:
    """Return what everybody of one seat is told alike."""
    event = invites.Event(
        uid="t",
        sequence=0,
        revised_at=NOW,
        starts_at=NOW + timedelta(days=9),
        minutes=60,
        title="Polio",
        organizer=invites.Mailbox(SENDER),
    )
    place = invites.Place("Islamabad", "Asia/Karachi")
    notice = invites.Notice(MailKind.INVITE, event, place, place)
    return invites.circular(notice, ENGLISH, written_at=NOW)


def own(number: int) -> dict[str, object]:
    """Return one person's own part of a circular."""
    person = invites.Attendee(f"p{number}@example.org", f"Person {number}")
    return invites.Copy(person, f"https://example.org/i/{number}").stored()


def test_circular_goes_to_each_with_what_is_their_own(db, queue, drain, post, told):
    circular = Circular(contents=told.stored())
    rows = [queue(f"m{number}", whole=None, circular=circular, own=own(number)) for number in "12"]
    assert drain() == 2
    copies = [octets for _, _, octets in post.taken]
    assert copies == [told.copy(invites.Copy.read(own(number)), f"m{number}") for number in "12"]
    assert [row.octets for row in rows] == copies


def test_erased_copy_of_a_circular_fails(db, queue, drain, states, told):
    queue("a", whole=None, circular=Circular(contents=told.stored()), own=None)
    assert drain() == 0
    assert states() == {"a": "failed"}


def test_copy_that_makes_no_mail_fails_and_the_others_go(db, queue, drain, states, told):
    circular = Circular(contents=told.stored())
    broken = own(1) | {"reply_url": "nowhere"}
    row = queue("broken", whole=None, circular=circular, own=broken)
    queue("good", whole=None, circular=circular, own=own(2))
    assert drain() == 1
    assert states() == {"broken": "failed", "good": "sent"}
    assert "nowhere" in row.last_error


def test_mail_that_waits_gets_its_octets_back_before_circulars_go(db, engine, queue, told):
    row = queue("a", whole=None, circular=Circular(contents=told.stored()), own=own(1))
    octets = row.octets
    db.rollback()
    schema.downgrade(engine, "0006")
    with engine.connect() as line:
        assert line.scalar(text("SELECT octets FROM outbox")) == octets
    schema.upgrade(engine)
    db.expire_all()
    assert row.octets == octets


def test_clock_that_was_put_back_delays_nothing(db, queue, drain, post, clock, states):
    """What was due stays due, and what a dead worker held comes back at once."""
    queue("held")
    outbox.claim(db, now=NOW)
    queue("waiting")
    reminder = queue("reminder", due_at=NOW + timedelta(days=1))
    clock.pass_by(hours=-1)
    assert drain() == 2
    assert (post.codes, reminder.attempts) == (["held", "waiting"], 0)
    assert states() == {"held": "sent", "waiting": "sent", "reminder": "queued"}


def test_clock_that_jumps_ahead_sends_what_is_due_once(db, queue, drain, post, clock, states):
    queue("held")
    (mine,) = outbox.claim(db, now=NOW)
    queue("waiting")
    clock.pass_by(hours=1)
    assert drain() == 2
    assert not outbox.advance(db, None, mine, now=clock(), draw=lambda: 0.5)
    clock.pass_by(hours=-1)
    assert drain() == 0
    assert states() == {"held": "sent", "waiting": "sent"}


def test_claimed_mail_is_nobody_elses(db, sessions, queue, drain, clock):
    queue("a")
    (mine,) = outbox.claim(db, now=NOW)
    with sessions() as other:
        assert outbox.claim(other, now=NOW + HOLD - timedelta(seconds=1)) == []
    assert drain() == 0
    assert (mine.code, mine.fence, mine.attempts) == ("a", 1, 1)


def test_worker_that_slept_through_its_lease_is_fenced(db, queue, drain, clock, states):
    row = queue("a")
    (mine,) = outbox.claim(db, now=NOW)
    clock.pass_by(seconds=HOLD.total_seconds())
    assert drain() == 1
    awake = clock()
    assert not outbox.advance(db, None, mine, now=awake, draw=lambda: 0.5)
    failed = outbox.Outcome(mine, RefusedError("550 said to the sleeper"))
    outbox.advance(db, failed, None, now=awake, draw=lambda: 0.5)
    outbox.release(db, [mine])
    assert states() == {"a": "sent"}
    assert (row.last_error, row.fence) == ("", 2)


def test_sleeper_does_not_speak_for_the_worker_that_holds_the_row_now(db, queue, states):
    queue("a")
    (mine,) = outbox.claim(db, now=NOW)
    (theirs,) = outbox.claim(db, now=NOW + HOLD)
    assert not outbox.advance(db, outbox.Outcome(mine), mine, now=NOW + HOLD, draw=lambda: 0.5)
    outbox.release(db, [mine])
    assert states() == {"a": "sending"}
    assert outbox.advance(db, None, theirs, now=NOW + HOLD, draw=lambda: 0.5)


def test_newer_mail_waits_for_the_older_one_in_flight(db, queue, drain, clock, states, make):
    person = make.contact()
    queue("old", person, thread="t", revision=0)
    (older,) = outbox.claim(db, now=NOW)
    queue("new", person, thread="t", revision=1)
    assert drain() == 0
    assert states() == {"old": "sending", "new": "queued"}
    outbox.advance(db, outbox.Outcome(older), None, now=NOW, draw=lambda: 0.5)
    clock.pass_by(seconds=5)
    assert drain() == 1
    assert states() == {"old": "sent", "new": "sent"}


def test_newer_mail_goes_once_the_older_ones_worker_is_lost(
    db, queue, drain, clock, post, states, make
):
    person = make.contact()
    queue("old", person, thread="t", revision=0)
    outbox.claim(db, now=NOW)
    queue("new", person, thread="t", revision=1)
    clock.pass_by(seconds=HOLD.total_seconds())
    assert drain() == 1
    assert post.codes == ["new"]
    assert states() == {"old": "superseded", "new": "sent"}


def test_mail_in_hand_is_held_longer_than_those_that_wait_behind_it(db, queue):
    first, second = queue("a"), queue("b")
    (mine, _) = outbox.claim(db, now=NOW)
    seen = []
    for elapsed in (timedelta(0), HOLD):
        assert outbox.advance(db, None, mine, now=NOW + elapsed, draw=lambda: 0.5)
        db.refresh(first)
        db.refresh(second)
        seen.append([(row.lease_until - NOW, row.attempts) for row in (first, second)])
    assert seen == [[(IN_HAND, 1), (HOLD, 0)], [(HOLD + IN_HAND, 1), (HOLD, 0)]]


def test_what_waited_behind_a_dead_workers_mail_goes_out_after_half_a_minute(
    db, queue, drain, post, clock, states
):
    for code in "abc":
        queue(code)
    mine = outbox.claim(db, now=NOW)
    assert outbox.advance(db, None, mine[0], now=NOW, draw=lambda: 0.5)
    clock.pass_by(seconds=30)
    assert drain() == 2
    assert (post.codes, states()) == (["b", "c"], {"a": "sending", "b": "sent", "c": "sent"})
    clock.pass_by(seconds=60)
    assert drain() == 1
    assert post.codes == ["b", "c", "a"]


def test_mail_in_hand_is_waited_for_by_a_newer_one(db, queue, drain, post, clock, states, make):
    person = make.contact()
    queue("old", person, thread="t", revision=0)
    (older,) = outbox.claim(db, now=NOW)
    assert outbox.advance(db, None, older, now=NOW + HOLD, draw=lambda: 0.5)
    queue("new", person, thread="t", revision=1)
    clock.pass_by(seconds=(HOLD + IN_HAND).total_seconds() - 1)
    assert drain() == 0
    assert (post.codes, states()) == ([], {"old": "sending", "new": "queued"})


def test_slow_worker_goes_on_with_what_nobody_else_has_taken(db, sessions, queue, states):
    queue("a")
    queue("b")
    mine = outbox.claim(db, now=NOW)
    late = NOW + HOLD * 2
    assert outbox.advance(db, None, mine[0], now=late, draw=lambda: 0.5)
    with sessions() as other:
        (theirs,) = outbox.claim(other, now=late)
    assert theirs.code == "b"
    assert not outbox.advance(db, outbox.Outcome(mine[0]), mine[1], now=late, draw=lambda: 0.5)
    assert states() == {"a": "sent", "b": "sending"}


def test_stopped_worker_puts_the_rest_back(queue, drain, post, states):
    for code in "abc":
        queue(code)
    assert drain(stopped=lambda: bool(post.taken)) == 1
    assert states() == {"a": "sent", "b": "queued", "c": "queued"}
    assert drain() == 2
    assert post.codes == ["a", "b", "c"]


def test_more_mails_than_a_batch_are_all_sent(queue, drain, post):
    count = outbox.BATCH + 3
    for number in range(count):
        queue(f"m{number}")
    assert drain() == count
    assert post.codes == [f"m{number}" for number in range(count)]


def test_workers_at_once_send_each_mail_once(sessions, queue, post, states):
    codes = [f"m{number}" for number in range(60)]
    for code in codes:
        queue(code)
    counts: list[int] = []

    def work() -> None:
        counts.append(outbox.drain(sessions, post, SENDER, now=lambda: NOW, draw=lambda: 0.5))

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sorted(post.codes) == sorted(codes)
    assert sum(counts) == 60
    assert set(states().values()) == {"sent"}


class AwaySession(Session):
    """A session whose database is away for as many commits as it is told."""

    away = 0

    def commit(self) -> None:
        if AwaySession.away:
            AwaySession.away -= 1
            raise OperationalError("COMMIT", {}, Exception("the server closed the connection"))
        super().commit()


def test_database_that_is_away_is_waited_for_with_an_unmarked_mail(
    engine, queue, post, clock, states
):
    queue("a")
    waits: list[float] = []
    post.meanwhile = lambda: setattr(AwaySession, "away", 2)
    maker = sessionmaker(engine, class_=AwaySession, expire_on_commit=False)
    count = outbox.drain(maker, post, SENDER, now=clock, draw=lambda: 0.5, pause=waits.append)
    assert (count, waits, post.codes) == (1, [1.0, 1.0], ["a"])
    assert states() == {"a": "sent"}


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_connection_that_ends_with_a_mail_in_hand_is_made_anew(
    engine, sessions, post, queue, states
):
    for code in ("a", "b", "c"):
        queue(code)

    def cut() -> None:
        post.meanwhile = lambda: None
        with engine.connect() as other:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
            own = "current_database() AND pid <> pg_backend_pid()"
            other.execute(text(others + own))

    post.meanwhile = cut
    waits: list[float] = []
    options = {"now": lambda: NOW, "draw": lambda: 0.5, "pause": waits.append}
    assert outbox.drain(sessions, post, SENDER, **options) == 3
    assert (post.codes, waits) == (["a", "b", "c"], [1.0])
    assert set(states().values()) == {"sent"}


def test_database_that_stays_away_is_given_up_with_the_lease(engine, queue, post, clock, states):
    queue("a")
    post.meanwhile = lambda: setattr(AwaySession, "away", 99)
    maker = sessionmaker(engine, class_=AwaySession, expire_on_commit=False)

    def pause(seconds: float) -> None:
        clock.pass_by(minutes=1)

    with pytest.raises(UnavailableError):
        outbox.drain(maker, post, SENDER, now=clock, draw=lambda: 0.5, pause=pause)
    AwaySession.away = 0
    assert clock() == NOW + timedelta(minutes=2)
    assert states() == {"a": "sending"}


@pytest.fixture
def team(make: Make) -> tuple[TownHall, Actor]:
    hall = make.town_hall()
    return hall, Actor(key="account:1", grants=frozenset({Grant(hall.id, Role.OWNER)}))


def test_failed_mail_is_sent_again_as_it_was(db, queue, drain, post, states, team):
    hall, owner = team
    row = queue("a", town_hall_id=hall.id, give_up_at=NOW + timedelta(minutes=30))
    post.errors = [RefusedError("550 mailbox closed")]
    drain()
    resends.resend(db, owner, hall, "a", now=NOW)
    assert states() == {"a": "queued"}
    assert (row.attempts, row.give_up_at) == (0, NOW + timedelta(hours=1))
    assert drain() == 1
    assert post.taken == [("a", row.contact.address, b"a")]
    (entry,) = db.query(AuditEntry)
    assert (entry.actor, entry.action, entry.before, entry.after) == (
        "account:1",
        "mail.resent",
        {"state": "failed"},
        {"state": "queued"},
    )


@pytest.mark.parametrize("state", sorted(set(Delivery) - LOST))
def test_only_a_lost_mail_is_sent_again(db, queue, team, state):
    hall, owner = team
    queue("a", town_hall_id=hall.id, state=state)
    with pytest.raises(TransitionError):
        resends.resend(db, owner, hall, "a", now=NOW)


def test_a_mail_that_came_back_is_sent_again(db, queue, drain, states, team):
    hall, owner = team
    queue("a", town_hall_id=hall.id, state=Delivery.BOUNCED, last_error="5.1.1 no such user")
    resends.resend(db, owner, hall, "a", now=NOW)
    assert db.query(AuditEntry).one().before == {"state": "bounced"}
    assert drain() == 1
    assert states() == {"a": "sent"}


def test_overtaken_mail_is_not_sent_again(db, queue, team, states, make):
    hall, owner = team
    person = make.contact()
    queue("old", person, thread="t", town_hall_id=hall.id, state=Delivery.FAILED)
    queue("new", person, thread="t", town_hall_id=hall.id, revision=1, state=Delivery.SENT)
    with pytest.raises(ConflictError):
        resends.resend(db, owner, hall, "old", now=NOW)
    assert states() == {"old": "failed", "new": "sent"}


def test_mail_is_sent_again_by_the_team_alone(db, queue, team):
    hall, _ = team
    queue("a", town_hall_id=hall.id, state=Delivery.FAILED)
    with pytest.raises(NotFoundError):
        resends.resend(db, ANYONE, hall, "a", now=NOW)


def test_all_that_was_lost_is_sent_again_but_what_was_overtaken(
    db, queue, drain, post, states, team, make
):
    hall, owner = team
    person = make.contact()
    lost = {"town_hall_id": hall.id, "state": Delivery.FAILED, "attempts": 3}
    queue("overtaken", person, thread="t", **lost)
    queue("newer", person, thread="t", revision=1, town_hall_id=hall.id, state=Delivery.SENT)
    late = queue("late", **lost, give_up_at=NOW)
    queue("back", **lost | {"state": Delivery.BOUNCED})
    queue("of another", state=Delivery.FAILED)
    assert resends.resend_all(db, owner, hall, now=NOW) == 2
    assert drain() == 2
    assert sorted(post.codes) == ["back", "late"]
    db.refresh(late)
    assert (late.attempts, late.give_up_at) == (1, NOW + timedelta(hours=1))
    assert states() == {
        "overtaken": "failed",
        "newer": "sent",
        "late": "sent",
        "back": "sent",
        "of another": "failed",
    }
    (entry,) = db.query(AuditEntry)
    assert (entry.action, entry.after) == ("mail.resent", {"mails": 2})
    with pytest.raises(ConflictError, match="No mail has failed"):
        resends.resend_all(db, owner, hall, now=NOW)


def test_all_is_sent_again_by_the_team_alone(db, queue, team, states):
    hall, _ = team
    queue("a", town_hall_id=hall.id, state=Delivery.FAILED)
    with pytest.raises(NotFoundError):
        resends.resend_all(db, ANYONE, hall, now=NOW)
    assert states() == {"a": "failed"}


def test_a_page_of_mails_goes_on_where_the_one_before_ended(db, queue, team, monkeypatch):
    hall, _ = team
    monkeypatch.setattr(mails, "PAGE", 2)
    for number in range(5):
        queue(f"m{number}", town_hall_id=hall.id)
    queue("lost", town_hall_id=hall.id, state=Delivery.FAILED)
    queue("of another")
    pages, after = [], ""
    while not pages or after:
        found, after = mails.page(db, hall, after=after)
        pages.append([row.code for row in found])
    assert pages == [["lost", "m4"], ["m3", "m2"], ["m1", "m0"]]
    found, after = mails.page(db, hall, state=Delivery.FAILED)
    assert ([row.code for row in found], after) == (["lost"], "")


def test_mail_too_fast_for_its_domain_waits_and_other_mail_goes_on(
    db, queue, drain, post, clock, states, make
):
    crowd = [make.contact(address=f"p{number}@crowded.example.org") for number in range(4)]
    for number, person in enumerate(crowd):
        queue(f"crowd{number}", person)
    queue("other")
    assert drain(per_minute=6) == 3
    assert post.codes == ["crowd0", "crowd1", "other"]
    rows = db.query(OutboxMessage).populate_existing().filter_by(state=Delivery.QUEUED)
    assert {row.code: (row.due_at - NOW).seconds for row in rows} == {"crowd2": 10, "crowd3": 20}
    assert {row.attempts for row in rows} == {0}
    clock.pass_by(seconds=10)
    assert drain(per_minute=6) == 1
    clock.pass_by(seconds=10)
    assert drain(per_minute=6) == 1
    assert post.codes == ["crowd0", "crowd1", "other", "crowd2", "crowd3"]


def test_workers_at_once_share_the_pace_of_a_domain(sessions, queue, post, states, make):
    for number in range(40):
        queue(f"c{number}", make.contact(address=f"p{number}@crowded.example.org"))
    for number in range(10):
        queue(f"o{number}", make.contact(address=f"p{number}@other.example.org"))
    start = threading.Barrier(3)

    def work() -> None:
        start.wait(10)
        with sessions() as db:
            claims = outbox.claim(db, now=NOW, per_minute=60, limit=20)
        post.taken += [(each.code, each.recipient, b"") for each in claims]

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    crowded = [code for code in post.codes if code.startswith("c")]
    assert len(crowded) == 11  # a burst of ten seconds, and the first
    assert len(set(post.codes)) == len(post.codes) == 21


@pytest.mark.parametrize("kind", [MailKind.SIGN_IN, MailKind.REGISTER])
def test_letter_that_a_person_waits_for_goes_before_the_backlog_of_its_domain(
    kind, queue, drain, post, clock, states, make
):
    for number in range(6):
        queue(f"crowd{number}", make.contact(address=f"p{number}@crowded.example.org"))
    assert drain(per_minute=6) == 2
    person = make.contact(address="late@crowded.example.org")
    queue("letter", person, kind=kind, method="", give_up_at=NOW + timedelta(seconds=30))
    assert drain(per_minute=6) == 1
    assert post.codes == ["crowd0", "crowd1", "letter"]
    for _ in range(4):  # no other mail lost its place
        clock.pass_by(seconds=10)
        assert drain(per_minute=6) == 1
    assert set(states().values()) == {"sent"}


def test_news_that_must_wait_takes_the_place_of_what_it_overtakes(
    db, queue, drain, post, clock, states, make
):
    crowd = [make.contact(address=f"p{number}@crowded.example.org") for number in range(6)]
    for number, person in enumerate(crowd):
        queue(f"old{number}", person, thread="t")
    assert drain(per_minute=6) == 2
    clock.pass_by(seconds=5)
    for number, person in enumerate(crowd):
        queue(f"new{number}", person, thread="t", revision=1, due_at=clock())
    assert drain(per_minute=6) == 0
    assert {code for code, state in states().items() if state == "superseded"} == {
        "old2",
        "old3",
        "old4",
        "old5",
    }
    rows = db.query(OutboxMessage).populate_existing().filter_by(state=Delivery.QUEUED)
    assert {row.code: (row.due_at - NOW).seconds for row in rows} == {
        "new2": 10,
        "new3": 20,
        "new4": 30,
        "new5": 40,
        "new0": 50,
        "new1": 60,
    }
    db.rollback()
    for number in range(6):
        clock.time = NOW + timedelta(seconds=10 * (number + 1))
        assert drain(per_minute=6) == 1
    order = ["old0", "old1", "new2", "new3", "new4", "new5", "new0", "new1"]
    assert post.codes == order


def test_news_does_not_wait_for_the_later_try_of_what_it_overtakes(
    db, queue, drain, post, clock, states, make
):
    crowd = [make.contact(address=f"p{number}@crowded.example.org") for number in range(3)]
    late = queue("old", crowd[0], thread="t", due_at=NOW + timedelta(hours=1))
    for number, person in enumerate(crowd):
        queue(f"other{number}", person)
    queue("new", crowd[0], thread="t", revision=1)
    assert drain(per_minute=6) == 2
    row = db.query(OutboxMessage).populate_existing().filter_by(code="new").one()
    assert (row.state, row.due_at) == (Delivery.QUEUED, NOW + timedelta(seconds=20))
    clock.time = late.due_at
    drain(per_minute=6)
    assert (states()["old"], states()["new"]) == ("superseded", "sent")


def test_reminder_that_must_wait_takes_no_other_reminders_place(db, queue, drain, states, make):
    person = make.contact(address="p@crowded.example.org")
    queue("one", person)
    queue("two", person)
    later = NOW + timedelta(seconds=7)
    queue("day", person, thread="t", kind=MailKind.UPCOMING, method="day", due_at=later)
    queue("hour", person, thread="t", kind=MailKind.UPCOMING, method="hour")
    assert drain(per_minute=6) == 2
    assert {states()["day"], states()["hour"]} == {"queued"}


def test_paces_that_were_not_used_are_forgotten(db, queue, drain, clock):
    queue("a")
    drain(per_minute=6)
    assert db.query(MailPace).count() == 1
    assert outbox.forget_paces(db, now=clock()) == 0
    clock.pass_by(minutes=1)
    assert outbox.forget_paces(db, now=clock()) == 1
    assert db.query(MailPace).count() == 0


def test_erased_address_has_no_pace(db, queue, drain, states, make):
    person = make.contact()
    queue("a", person)
    with transaction(db):
        person.address = None
    assert drain(per_minute=6) == 0
    assert states() == {"a": "failed"}


def test_mail_too_fast_was_never_handed_to_a_worker(db, queue, drain, states, make):
    """So nobody is told that something is off of which they were never told."""
    crowd = [make.contact(address=f"p{number}@crowded.example.org") for number in range(3)]
    for number, person in enumerate(crowd):
        queue(f"invite{number}", person, thread="t")
    assert drain(per_minute=6) == 2
    queue("cancel", crowd[2], thread="t", revision=1, method="CANCEL")
    drain(per_minute=6)
    assert states()["cancel"] == "superseded"


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_full_disk_loses_nothing_and_a_send_that_does_not_fit_keeps_nothing(
    db, engine, queue, drain, post, states
):
    """A database that may not grow stands for the disk; the error is the same."""
    queue("a")

    def may_grow(pages: int) -> None:
        db.rollback()
        db.connection().exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        db.rollback()

    used = db.connection().exec_driver_sql("PRAGMA page_count").scalar_one()
    may_grow(used)
    with pytest.raises(UnavailableError):
        queue("large", whole=b"x" * 1_000_000)
    may_grow(used * 1_000)
    queue("after")
    assert drain() == 2
    assert states() == {"a": "sent", "after": "sent"}


def test_full_disk_of_the_maildir_puts_mail_off(
    queue, sessions, clock, states, tmp_path, monkeypatch
):
    maildir, full = Maildir(tmp_path / "mail"), [True]
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        if full[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    row = queue("a")
    options = {"now": clock, "draw": lambda: 0.5}
    assert outbox.drain(sessions, maildir, SENDER, **options) == 0
    assert (states(), row.last_error) == ({"a": "queued"}, "[Errno 28] No space left on device")
    full[0] = False
    clock.pass_by(minutes=1)
    assert outbox.drain(sessions, maildir, SENDER, **options) == 1
    assert states() == {"a": "sent"}
    assert [path.name for path in (tmp_path / "mail").glob("*/*")] == ["a.townhall"]
