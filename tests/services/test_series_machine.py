"""Everything that can happen to a series, in any order: the ledger is what a slow count finds."""

from datetime import timedelta
from statistics import median_low

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.domain import naive_planner
from tests.fixtures.make import NOW
from tests.services.test_series import FIRST, ZONES
from tests.services.test_sittings import SENDER, Feed
from townhall.domain.access import Actor, Grant, Role
from townhall.domain.series.ledger import folded
from townhall.domain.states import SittingState
from townhall.errors import TownhallError
from townhall.models.planning import Sitting
from townhall.queries import ledgers, planning
from townhall.queries import series as queries
from townhall.services import outcomes, seats, series, sittings
from townhall.services.casts import SeatDetails
from townhall.services.series import Plan

COUNT = 4
AFTERWARDS = FIRST + timedelta(weeks=COUNT + 1)
OCCURRENCES = st.integers(0, COUNT - 1)
HOURS = st.integers(0, 23)
NEW = {"Geneva": "Europe/Zurich", "Nairobi": "Africa/Nairobi", "Lima": "America/Lima"}


class Year(RuleBasedStateMachine):
    """A series: every act may be refused, none may leave the ledger wrong."""

    sessions = None
    make = None
    counts = 0
    """How often a ledger with something in it was counted, over every history."""

    def __init__(self):
        super().__init__()
        self.db = self.sessions()
        make = self.make
        account = make.account()
        hall = make.town_hall(
            account,
            window_from_at=FIRST,
            window_until_at=FIRST + timedelta(days=1),
        )
        for name, zone in ZONES.items():
            make.site(hall, make.seat(hall, name, zone=zone, country=None))
        self.account = account.id
        self.actor = self.owner(hall.id)
        made = series.make(self.db, self.actor, hall.code, Plan(COUNT, 7), now=NOW)
        self.series = made.id
        self.codes = [each.town_hall.code for each in made.occurrences]
        ids = [each.town_hall_id for each in made.occurrences]
        self.actor = self.owner(*ids)
        self.seats = [{name: (zone, True) for name, zone in ZONES.items()} for _ in ids]
        self.told = {}
        # Two sittings for which most have paid, so that it matters who joins later.
        for number, hour in ((0, 10), (1, 3)):
            self.schedules_or_moves(number, hour)

    def teardown(self):
        self.db.close()

    def owner(self, *ids):
        grants = frozenset(Grant(key, Role.OWNER) for key in ids)
        return Actor(f"account:{self.account}", self.account, grants)

    def hall(self, number):
        self.db.rollback()
        self.db.expire_all()
        return planning.town_hall(self.db, self.codes[number])

    def pays(self, number, start):
        """Return what each required seat pays for a start, by the slow reading of the rules."""
        there = [{"name": name, "zone": zone} for name, (zone, _) in self.seats[number].items()]
        found = naive_planner.one_start({"minutes": 60, "seats": there}, start, {})
        pairs = zip(self.seats[number].items(), found["burdens"], strict=True)
        return {name: burden for (name, (_, required)), burden in pairs if required}

    def send(self, number, draft):
        code = self.codes[number]
        sent = sittings.send(
            self.db, Feed(), self.actor, code, SENDER, version=draft.version, now=NOW
        )
        for each in sent:
            if each.state is SittingState.CANCELLED:
                self.told.pop(each.id, None)
            else:
                paid = self.pays(number, each.starts_at)
                self.told[each.id] = (each.starts_at, number, paid, set(self.seats[number]))

    @rule(number=OCCURRENCES, hour=HOURS)
    def schedules_or_moves(self, number, hour):
        start = FIRST + timedelta(weeks=number, hours=hour)
        try:
            draft = sittings.choose(self.db, self.actor, self.codes[number], start, now=NOW)
        except TownhallError:
            return
        self.send(number, draft)

    @rule(number=OCCURRENCES)
    def cancels(self, number):
        try:
            draft = sittings.call_off(self.db, self.actor, self.codes[number], now=NOW)
        except TownhallError:
            return
        self.send(number, draft)

    @rule(number=OCCURRENCES, nth=st.integers(1, 2), took_place=st.booleans())
    def is_held_or_not(self, number, nth, took_place):
        told = {"took_place": took_place, "now": AFTERWARDS}
        code = self.codes[number]
        try:
            sitting = outcomes.record(self.db, Feed(), self.actor, code, nth, **told)
        except TownhallError:
            return
        if took_place:
            at = sitting.starts_at
            promised = {p.seat.name: p.burden for p in sitting.promises if p.required}
            present = {p.seat.name for p in sitting.promises}
            self.told.setdefault(sitting.id, (at, number, promised, present))
        else:
            self.told.pop(sitting.id, None)

    @rule(number=OCCURRENCES, name=st.sampled_from(sorted(NEW)), required=st.booleans())
    def somebody_joins(self, number, name, required):
        later = [number, *(n for n in range(number + 1, COUNT) if not self.stands(n))]
        if any(name in self.seats[n] for n in range(COUNT)):
            return
        details = SeatDetails(name=name, zone=NEW[name], required=required)
        code = self.codes[number]
        seats.add(self.db, self.actor, code, details, later=True, now=NOW)
        for n in later:
            self.seats[n][name] = (NEW[name], required)

    @rule(number=OCCURRENCES, name=st.sampled_from(["Suva", "Kinshasa"]))
    def somebody_leaves(self, number, name):
        hall = self.hall(number)
        seat = next((seat for seat in hall.seats if seat.name == name), None)
        if seat is None:
            return
        later = [number, *(n for n in range(number + 1, COUNT) if not self.stands(n))]
        act = {"version": hall.version, "later": True, "now": NOW}
        try:
            seats.remove(self.db, self.actor, hall.code, seat.position, **act)
        except TownhallError:
            return
        for n in later:
            self.seats[n].pop(name, None)

    def stands(self, number):
        return bool(queries.standing(self.hall(number)))

    def counted(self, but=None):
        """Return each seat's ledger from what was told, one sitting after the other."""
        ordered = sorted(
            (each for each in self.told.values() if each[1] != but), key=lambda each: each[:2]
        )
        totals, before = {}, set()
        for _start, _number, paid, present in ordered:
            begins = median_low([totals[name] for name in before]) if before else 0
            for name in present - totals.keys():
                totals[name] = begins
            for name, burden in paid.items():
                totals[name] += burden
            before |= paid.keys()
        return totals

    @invariant()
    def the_ledger_is_what_a_slow_count_finds(self):
        names = {seat.kin: seat.name for n in range(COUNT) for seat in self.hall(n).seats}
        names |= {
            promise.seat.kin: promise.seat.name
            for sitting in self.db.query(Sitting)
            for promise in sitting.promises
        }
        ledger = folded(ledgers.charges(self.db, self.series))
        found = {names[kin]: account.total for kin, account in ledger.accounts.items()}
        assert found == self.counted()
        Year.counts += any(found.values())

    @invariant()
    def a_planning_document_has_the_ledger_of_the_others(self):
        for number in range(COUNT):
            totals = self.counted(but=number)
            written = planning.plan_document(self.hall(number))["seats"]
            for seat in written:
                if seat["name"] in totals:
                    assert seat["ledger"] == totals[seat["name"]]


def test_a_series_in_any_order(sessions, make):
    Year.sessions, Year.make, Year.counts = sessions, make, 0
    run_state_machine_as_test(
        Year,
        settings=settings(
            max_examples=12,
            stateful_step_count=16,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Year.counts > 12
