"""Any history of two sittings: one live invitation for each own sitting, SEQUENCE never falls."""

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from tests.fixtures.make import NOW, Make
from tests.services.test_several_sittings import EARLY, Halves
from townhall.db import Base, open_engine, sessions, transaction
from townhall.domain.states import SittingState
from townhall.errors import ConflictError, InputError
from townhall.models.invitations import Invitation, OutboxMessage
from townhall.models.planning import Sitting
from townhall.queries import drafts
from townhall.services import sittings

QUARTERS = st.integers(0, 95)


class Histories(RuleBasedStateMachine):
    """Organizers choose, cancel, hold after all, and change who attends everything."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.engine = open_engine(f"sqlite:///{Path(self.folder.name) / 'hall.db'}")
        Base.metadata.create_all(self.engine)
        self.db = sessions(self.engine)()
        self.story = Halves(self.db, Make(self.db))
        self.sequences: dict[str, int] = {}

    def teardown(self) -> None:
        self.db.close()
        self.engine.dispose()
        self.folder.cleanup()

    def change(self, make_draft, *args) -> None:
        """Make a draft and send it, unless it is refused."""
        code = self.story.hall.code
        try:
            draft = make_draft(self.db, self.story.actor, code, *args, now=NOW)
            people = drafts.outlook(self.db, self.story.hall, draft.steps, now=NOW).people
            shown = [(person.contact.id, person.mail) for _, person in people]
            before = len(self.story.mails())
            self.story.send_all(draft)
        except (ConflictError, InputError):
            self.db.rollback()
            return
        sent = [(row.contact_id, row.kind) for row in self.story.mails()[before:]]
        assert sent == shown
        self.story.hand_to_worker()

    @initialize()
    def begin(self) -> None:
        self.choose(0, 36)

    @rule(first=QUARTERS, second=QUARTERS)
    def choose(self, first: int, second: int) -> None:
        starts = [EARLY + timedelta(minutes=15 * number) for number in (first, second)]
        self.change(sittings.choose, *starts)

    @rule(number=st.integers(1, 4))
    def cancel(self, number: int) -> None:
        self.change(sittings.call_off, number)

    @rule(number=st.integers(1, 4))
    def hold_after_all(self, number: int) -> None:
        if number <= len(self.rows()):
            self.change(sittings.reopen, number)

    @rule(place=st.integers(0, 2), everywhere=st.booleans())
    def retune(self, place: int, everywhere: bool) -> None:
        with transaction(self.db):
            self.story.seats[place].everywhere = everywhere
        self.change(sittings.revise)

    def rows(self) -> list[Sitting]:
        return list(self.db.scalars(select(Sitting).order_by(Sitting.number)))

    @invariant()
    def each_person_is_asked_to_their_own_sittings_and_no_other(self) -> None:
        for sitting in self.rows():
            if sitting.state is not SittingState.SCHEDULED:
                continue
            own = sorted(c.contact_id for p in sitting.promises for c in p.seat.contacts)
            asked = select(Invitation.contact_id).where(
                Invitation.sitting_id == sitting.id, Invitation.removed_at.is_(None)
            )
            assert sorted(self.db.scalars(asked)) == own

    @invariant()
    def every_seat_has_a_sitting_while_there_is_one(self) -> None:
        live = [each for each in self.rows() if each.state is SittingState.SCHEDULED]
        for seat in self.story.seats if live else ():
            count = sum(p.seat_id == seat.id for each in live for p in each.promises)
            assert count == (len(live) if seat.everywhere else 1)

    @invariant()
    def sequence_never_falls_and_calendars_have_the_newest(self) -> None:
        for sitting in self.rows():
            assert sitting.sequence >= self.sequences.get(sitting.uid, 0)
            self.sequences[sitting.uid] = sitting.sequence
        last: dict[tuple[str, int], OutboxMessage] = {}
        for row in self.db.scalars(select(OutboxMessage).order_by(OutboxMessage.id)):
            before = last.get((row.thread, row.contact_id))
            assert before is None or (row.sequence, row.revision) > (
                before.sequence,
                before.revision,
            )
            last[row.thread, row.contact_id] = row


Histories.TestCase.settings = settings(
    max_examples=25, stateful_step_count=8, deadline=None, phases=[Phase.generate]
)
TestHistories = Histories.TestCase
