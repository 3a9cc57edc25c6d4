"""Any history of changes, workers and accidents: nothing lost, little repeated, all in order."""

import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.fixtures.make import NOW
from townhall.db import Base, open_engine, sessions, transaction
from townhall.domain.outbox import DeferredError, RefusedError
from townhall.domain.states import Delivery, MailKind
from townhall.models.accounts import Contact
from townhall.models.invitations import OutboxMessage
from townhall.services import outbox
from townhall.services.outbox import Claimed, Outcome

PEOPLE = st.integers(0, 1)
WORKERS = st.integers(0, 1)
FATES = st.sampled_from(["taken", "taken", "deferred", "dropped", "killed", "lost", "refused"])


class Outbox(RuleBasedStateMachine):
    """Two workers on one outbox, two people of one sitting, and a clock."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.engine = open_engine(f"sqlite:///{Path(self.folder.name) / 'outbox.db'}")
        Base.metadata.create_all(self.engine)
        self.db = sessions(self.engine)()
        self.now = NOW
        self.revision = 0
        self.waiting: list[list[Claimed]] = [[], []]
        self.outcomes: list[Outcome | None] = [None, None]
        self.received: list[str] = []
        self.unsure: set[tuple[str, int]] = set()
        with transaction(self.db):
            self.people = [Contact(name="", address=f"p{n}@example.org") for n in (0, 1)]
            self.db.add_all(self.people)

    def teardown(self) -> None:
        self.accidents_over()
        self.db.close()
        self.engine.dispose()
        self.folder.cleanup()

    @initialize()
    def send_first(self) -> None:
        """Both are invited."""
        self.change(0, "REQUEST")
        self.change(1, "REQUEST")

    @rule(person=PEOPLE, method=st.sampled_from(["REQUEST", "CANCEL"]))
    def change(self, person: int, method: str) -> None:
        """The organizers send a change."""
        self.revision += 1
        code = f"{person}-{self.revision}-{method}"
        with transaction(self.db):
            row = OutboxMessage(
                code=code,
                kind=MailKind.MOVED,
                contact_id=self.people[person].id,
                thread="sitting",
                revision=self.revision,
                method=method,
                subject=code,
                octets=code.encode(),
                due_at=self.now,
                give_up_at=self.now + timedelta(days=2),
                created_at=self.now,
            )
            self.db.add(row)

    @rule(worker=WORKERS)
    def claim(self, worker: int) -> None:
        if not self.waiting[worker] and self.outcomes[worker] is None:
            self.waiting[worker] = outbox.claim(self.db, now=self.now)

    @rule(worker=WORKERS, fate=FATES)
    def hand_on(self, worker: int, fate: str) -> None:
        """A worker takes its next mail to the server, which takes it or not; either may fall."""
        self.claim(worker)
        if not self.waiting[worker]:
            return
        mail = self.waiting[worker].pop(0)
        outcome, self.outcomes[worker] = self.outcomes[worker], None
        if not outbox.advance(self.db, outcome, mail, now=self.now, draw=lambda: 0.5):
            return
        if fate in {"taken", "dropped", "killed"}:
            self.received.append(mail.code)
        if fate in {"dropped", "killed"}:
            self.unsure.add((mail.code, mail.fence))
        if fate in {"killed", "lost"}:
            self.waiting[worker] = []
            return
        error = {
            "deferred": DeferredError("451"),
            "dropped": DeferredError("the line broke"),
            "refused": RefusedError("550"),
        }.get(fate)
        self.outcomes[worker] = Outcome(mail, error)

    @rule(worker=WORKERS)
    def finish(self, worker: int) -> None:
        """A worker is told to stop."""
        if self.outcomes[worker] is not None:
            outcome, self.outcomes[worker] = self.outcomes[worker], None
            outbox.advance(self.db, outcome, None, now=self.now, draw=lambda: 0.5)
        outbox.release(self.db, self.waiting[worker])
        self.waiting[worker] = []

    @rule(minutes=st.sampled_from([6, 1, 0.75]))
    def wait(self, minutes: float) -> None:
        """Time passes; a worker that sleeps with an unmarked mail may lose its lease over it."""
        held = [outcome.claimed for outcome in self.outcomes if outcome is not None]
        self.unsure |= {(mail.code, mail.fence) for mail in held}
        self.now += timedelta(minutes=minutes)

    @invariant()
    def nothing_older_comes_after_something_newer(self) -> None:
        for person in "01":
            revisions = [int(c.split("-")[1]) for c in self.received if c.startswith(person)]
            assert revisions == sorted(revisions)

    @invariant()
    def only_what_nobody_could_know_is_repeated(self) -> None:
        repeats = sum(count - 1 for count in Counter(self.received).values())
        assert repeats <= len(self.unsure)

    def accidents_over(self) -> None:
        """From now on all goes well; what has not failed must arrive or have been overtaken."""
        for worker in (0, 1):
            self.finish(worker)
        for _ in range(4):
            self.wait(80)
            self.claim(0)
            while self.waiting[0]:
                self.hand_on(0, "taken")
            self.finish(0)
        self.nothing_older_comes_after_something_newer()
        self.only_what_nobody_could_know_is_repeated()
        rows = self.db.query(OutboxMessage).populate_existing().all()
        assert {row.state for row in rows} <= {
            Delivery.SENT,
            Delivery.FAILED,
            Delivery.SUPERSEDED,
        }
        assert {row.code for row in rows if row.state is Delivery.SENT} <= set(self.received)
        for person in self.people:
            own = [row for row in rows if row.contact_id == person.id]
            newest = max(own, key=lambda row: row.revision, default=None)
            if newest is not None and newest.state is Delivery.SUPERSEDED:
                # The only newest mail that is not sent takes back what was never handed on.
                assert (newest.method, [row.fence for row in own if row.fence]) == ("CANCEL", [])


Outbox.TestCase.settings = settings(
    max_examples=80, stateful_step_count=30, deadline=None, phases=[Phase.generate]
)
TestOutbox = Outbox.TestCase
