"""Whole lives of events, as the calendars of the invited come to show them.

Sittings are held, moved, doubled, changed, called off and held after all, and people are taken off
and put back, at random. What the worker sends goes into a calendar server of another house.
"""

import random
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import select

from tests.fixtures.make import NOW
from tests.mailboxes import Mailbox, calendar_part
from tests.services.test_sittings import SENDER, Story
from townhall.db import transaction
from townhall.domain.states import Delivery, SittingState
from townhall.errors import ConflictError, InputError
from townhall.models.invitations import Invitation, OutboxMessage
from townhall.models.planning import SeatContact, Sitting
from townhall.models.staff import Staffer
from townhall.services import occasions, outbox, sittings

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

LIVES = 50
BATCH = 5
CHANGES = 6
STARTS = [datetime(2026, 12, 9, hour, 15, tzinfo=UTC) for hour in (1, 5, 9, 12, 15, 19, 22)]
MEMORY = Path("/dev/shm")  # noqa: S108  on Linux, whoever runs the tests
ASLEEP = 0.3
"""How often the worker sleeps through a change, so that a newer mail takes an older one's place."""


class Life(Story):
    """A town hall to which things happen at random."""

    def __init__(self, db, make, seed):
        super().__init__(db, make)
        self.random = random.Random(seed)
        self.of_the_team = make.contact("Tariq")
        make.staffer(self.hall, self.of_the_team, zone="Asia/Amman")
        self.people.append(self.of_the_team)
        self.now = NOW
        self.happened = Counter()

    def live(self):
        """Let the next thing happen; what cannot changes nothing, and another is tried."""
        self.now += timedelta(hours=1)
        before = self.happened.total()
        while self.happened.total() == before:
            change = self.random.choice(
                [self.hold, self.hold_two, self.tell, self.end, self.undo, self.swap]
            )
            with suppress(ConflictError, InputError):
                draft = change()
                if draft is not None:
                    self.send_all(draft, now=self.now)
                    self.happened[change.__name__] += 1

    def hold(self):
        """Hold it at some hour; move there if there is a sitting."""
        return self.choose(self.random.choice(STARTS), now=self.now)

    def hold_two(self):
        """Hold two sittings."""
        starts = self.random.sample(STARTS, 2)
        return sittings.choose(self.db, self.actor, self.hall.code, *starts, now=self.now)

    def tell(self):
        """Say something else of it, which may or may not be another entry."""
        with transaction(self.db):
            self.hall.title = self.random.choice(["Polio, now", "شلل الأطفال", "Polio; again"])
            if self.random.random() < 0.5:
                self.hall.join_url = f"https://meet.example/{self.random.randrange(9)}"
            if self.random.random() < 0.3:
                self.hall.minutes = self.random.choice([45, 60, 90])
        return sittings.revise(self.db, self.actor, self.hall.code, now=self.now)

    def end(self):
        """Call everything off."""
        return self.call_off(now=self.now)

    def undo(self):
        """Hold a sitting after all that was called off."""
        off = select(Sitting).where(
            Sitting.town_hall_id == self.hall.id, Sitting.state == SittingState.CANCELLED
        )
        found = self.db.scalars(off).all()
        if not found:
            return None
        number = self.random.choice(found).number
        return sittings.reopen(self.db, self.actor, self.hall.code, number, now=self.now)

    def swap(self):
        """Take somebody off, of a seat or of the team, or put them back."""
        number = self.random.randrange(4)
        if number == 3:
            return self.swap_staff()
        seat, person = self.seats[number], self.people[number]
        with transaction(self.db):
            seat.contacts = [] if seat.contacts else [SeatContact(contact=person)]
        return sittings.revise(self.db, self.actor, self.hall.code, now=self.now)

    def swap_staff(self):
        """Take one of the team off, or put them back."""
        row = self.db.query(Staffer).filter_by(contact_id=self.of_the_team.id).one()
        with transaction(self.db):
            row.removed_at = None if row.removed_at else self.now
        return sittings.revise(self.db, self.actor, self.hall.code, now=self.now)


class Post:
    """A mailer that puts each mail into the calendar of its recipient."""

    def __init__(self, folder):
        self.folder = folder
        self.boxes = {}

    def send(self, code, sender, recipient, octets):
        self.box(recipient).take(octets)

    def box(self, address):
        return self.boxes.setdefault(address, Mailbox(self.folder / address))


class Pile:
    """A mailer that keeps every mail."""

    def __init__(self):
        self.octets = []

    def send(self, code, sender, recipient, octets):
        self.octets.append(octets)


def what_it_shows(entry):
    """Return what a person sees of an entry in their calendar."""
    return {
        "uid": entry.uid.value,
        "status": entry.status.value,
        "sequence": int(entry.sequence.value),
        "starts_at": entry.dtstart.value,
        "ends_at": entry.dtend.value,
        "title": entry.summary.value,
        "place": entry.location.value,
        "people": [line.value for line in entry.contents["attendee"]],
    }


def what_it_should(sitting, person, sequence):
    """Return what a person who is invited should see of a sitting."""
    event = occasions.event(sitting, SENDER)
    return {
        "uid": event.uid,
        "status": "CONFIRMED",
        "sequence": sequence,
        "starts_at": event.starts_at,
        "ends_at": event.ends_at,
        "title": event.title,
        "place": event.url,
        "people": [f"mailto:{person.address}"],
    }


def check(life, post):
    """Compare each person's calendar with what they are invited to."""
    db = life.db
    db.rollback()
    db.expire_all()
    everything = db.scalars(select(Sitting).where(Sitting.town_hall_id == life.hall.id)).all()
    for person in life.people:
        # Who comes or goes raises SEQUENCE without a mail to the others, who keep the one they had.
        told = {
            row.thread: row.sequence
            for row in db.scalars(
                select(OutboxMessage)
                .where(OutboxMessage.contact_id == person.id, OutboxMessage.state == Delivery.SENT)
                .order_by(OutboxMessage.id)
            )
        }
        invited = db.scalars(
            select(Invitation.sitting_id).where(
                Invitation.contact_id == person.id, Invitation.removed_at.is_(None)
            )
        ).all()
        found = [what_it_shows(entry) for entry in post.box(person.address).entries()]
        assert sorted(each["uid"] for each in found) == sorted(told), "one for each sitting"
        by_uid = {each["uid"]: each for each in found}
        for sitting in everything:
            if sitting.state is SittingState.SCHEDULED and sitting.id in invited:
                assert by_uid.pop(sitting.uid) == what_it_should(sitting, person, told[sitting.uid])
        assert {each["status"] for each in by_uid.values()} <= {"CANCELLED"}, "the rest is off"


def through(life, sessions, post, look=lambda: None):
    """Let a life happen; `look` is called whenever every mail was sent."""

    def work():
        outbox.drain(
            sessions, post, SENDER.organizer.address, now=lambda: life.now, draw=lambda: 0.5
        )
        look()

    for _ in range(CHANGES):
        life.live()
        if life.random.random() > ASLEEP:
            work()
    work()


@pytest.fixture
def memory(tmp_path):
    """Return a folder that is kept in memory where the system has one: servers wait for disks."""
    if not MEMORY.is_dir():
        yield tmp_path
        return
    with TemporaryDirectory(dir=MEMORY) as folder:
        yield Path(folder)


@pytest.mark.parametrize("first", range(0, LIVES, BATCH))
def test_each_calendar_ends_with_one_right_entry_for_each_sitting(
    db, make, sessions, memory, first
):
    happened = Counter()
    for seed in range(first, first + BATCH):
        life, post = Life(db, make, seed), Post(memory / str(seed))
        through(life, sessions, post, lambda life=life, post=post: check(life, post))
        happened += life.happened
    assert happened.total() == BATCH * CHANGES
    assert len(happened) >= 4, "lives are varied"


def test_every_mail_of_a_life_is_read_alike_by_every_reader(db, make, sessions, reader):
    methods = Counter()
    for seed in range(3):
        post = Pile()
        through(Life(db, make, seed), sessions, post)
        for octets in post.octets:
            mail = message_from_bytes(octets, policy=policy.default)
            read = reader(calendar_part(octets))
            [entry] = read["entries"]
            [line] = entry["attendees"]
            [row] = db.scalars(
                select(OutboxMessage).where(
                    OutboxMessage.code == mail["Message-ID"].strip("<>").partition("@")[0]
                )
            )
            sitting = db.scalars(select(Sitting).where(Sitting.uid == row.thread)).one()
            assert read["method"] == row.method
            assert (entry["uid"], entry["sequence"]) == (row.thread, row.sequence)
            assert entry["revised_at"] == f"{row.created_at:%Y%m%dT%H%M%SZ}"
            assert line["address"] == row.contact.address
            assert line["parameters"]["rsvp"] == "TRUE"
            if row.revision == sitting.revision:
                assert entry["starts_at"] == f"{sitting.starts_at:%Y%m%dT%H%M%SZ}"
                assert entry["ends_at"] == f"{sitting.ends_at:%Y%m%dT%H%M%SZ}"
            methods[read["method"], entry["status"]] += 1
    assert methods.keys() >= {
        ("REQUEST", "CONFIRMED"),
        ("CANCEL", "CANCELLED"),
        ("CANCEL", ""),
    }
