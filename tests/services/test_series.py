"""Series: made from a town hall, changed with it, its ledger counted from what was promised."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, event, func, select

from tests.fixtures.make import NOW
from tests.fixtures.web import reread
from tests.services.test_sittings import SENDER, Feed
from townhall.db import sessions as make_sessions
from townhall.db import transaction
from townhall.domain import zones
from townhall.domain.access import Role
from townhall.domain.series.ledger import folded
from townhall.domain.series.rules import Rules
from townhall.domain.states import SeatRole, SittingState, SolveState
from townhall.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from townhall.models.accounts import AuditEntry, Membership
from townhall.models.availability import BusyCalendar
from townhall.models.planning import Seat, SeatContact, TownHall
from townhall.models.questions import Site
from townhall.models.series import Occurrence, Series, Solve
from townhall.queries import accounts, ledgers, planner, planning
from townhall.queries import series as queries
from townhall.services import outcomes, seats, series, sittings, solving, townhalls
from townhall.services.casts import SeatDetails
from townhall.services.series import Plan

FIRST = datetime(2026, 12, 9, tzinfo=UTC)
PLAN = Plan(4, 7, Rules(time_limit_s=10))
ZONES = {
    "New York": "America/New_York",
    "Kinshasa": "Africa/Kinshasa",
    "New Delhi": "Asia/Kolkata",
    "Suva": "Pacific/Fiji",
}


class Story:
    """A town hall of four seats that is repeated, and what is done to the series."""

    def __init__(self, db, make):
        self.db, self.make = db, make
        self.account = make.account()
        self.hall = make.town_hall(
            self.account,
            code="first",
            hashtag="polio",
            window_from_at=FIRST,
            window_until_at=FIRST + timedelta(days=1),
        )
        for name, zone in ZONES.items():
            role = SeatRole.HOST if name == "New York" else SeatRole.OFFICE
            seat = make.seat(self.hall, name, zone=zone, country=None, role=role)
            make.seat_contact(seat)
            make.site(self.hall, seat)
        db.expire_all()

    @property
    def actor(self):
        """The owner, with what they may do by now."""
        session, _token = self.make.session(self.account)
        return accounts.actor(self.db, session)

    def repeat(self, plan=PLAN, now=NOW):
        return series.make(self.db, self.actor, "first", plan, now=now)

    def halls(self):
        reread(self.db)
        places = self.db.scalars(select(Occurrence).order_by(Occurrence.number))
        return [place.town_hall for place in places]

    def solve(self, now=NOW):
        """Let a worker carry the searches through, on a clock that stands still."""
        sessions = make_sessions(self.db.get_bind())
        return solving.work(sessions, now=lambda: now, stopwatch=lambda: 0.0)

    def planned(self):
        return [hall.occurrence.planned_at for hall in self.halls()]

    def hold(self, number, start=None, now=NOW):
        """Schedule an occurrence, at the hour that is planned for it unless told another."""
        hall = self.halls()[number - 1]
        actor = self.actor
        start = start or hall.occurrence.planned_at
        draft = sittings.choose(self.db, actor, hall.code, start, now=now)
        sittings.send(self.db, Feed(), actor, hall.code, SENDER, version=draft.version, now=now)

    def ledger(self, now=NOW):
        found = folded(ledgers.charges(self.db, self.halls()[0].occurrence.series_id, now=now))
        names = {seat.kin: seat.name for hall in self.halls() for seat in hall.seats}
        return {names[kin]: account for kin, account in found.accounts.items()}

    def newest(self):
        reread(self.db)
        return queries.newest(self.db, self.halls()[0].occurrence.series_id)


@pytest.fixture
def story(db, make):
    return Story(db, make)


def test_a_town_hall_becomes_the_first_of_others_like_it(db, make, story):
    moderator = make.account()
    make.member(moderator, story.hall, Role.MODERATOR)
    with transaction(db):
        seat = story.hall.seats[1]
        seat.never = [["18:00", "21:00"]]
        calendar = BusyCalendar(
            town_hall_id=story.hall.id, seat_id=seat.id, busy=[], read_at=NOW, tried_at=NOW
        )
        db.add(calendar)
    made = story.repeat()

    halls = story.halls()
    assert halls[0].code == "first"
    assert made.clock == "America/New_York"
    assert [hall.window_from_at for hall in halls] == [
        FIRST + timedelta(weeks=week) for week in range(4)
    ]
    assert {(hall.title, hall.hashtag, hall.minutes) for hall in halls} == {
        ("A town hall on polio", "polio", 60)
    }
    last = halls[-1]
    assert [seat.name for seat in last.seats] == list(ZONES)
    assert [seat.kin for seat in last.seats] == [seat.kin for seat in halls[0].seats]
    assert len({seat.kin for seat in last.seats}) == 4
    assert last.seats[1].never == [["18:00", "21:00"]]
    assert [each.contact_id for seat in last.seats for each in seat.contacts] == [
        each.contact_id for seat in halls[0].seats for each in seat.contacts
    ]
    sites = db.scalars(select(Site).where(Site.town_hall_id == last.id)).all()
    assert sorted(site.name for site in sites) == ["", "Kinshasa", "New Delhi", "New York", "Suva"]
    assert [each.seat.name for each in last.calendars] == ["Kinshasa"]
    members = {(each.account_id, each.role) for each in planning.memberships(db, last)}
    assert members == {(story.account.id, Role.OWNER), (moderator.id, Role.MODERATOR)}
    assert story.newest().state is SolveState.WAITING


def test_many_seats_are_written_with_as_few_statements_as_one(db, engine, make):
    """Whoever writes to SQLite meanwhile waits, so it must not take long."""
    statements = []

    def repeated(code, seats):
        account = make.account()
        hall = make.town_hall(account, code=code)
        for _ in range(seats):
            seat = make.seat(hall)
            make.seat_contact(seat)
            make.site(hall, seat)
            with transaction(db):
                own = {"town_hall_id": hall.id, "seat_id": seat.id}
                db.add(BusyCalendar(**own, busy=[], read_at=NOW, tried_at=NOW))
        session, _token = make.session(account)
        taken = 0
        for step in (
            lambda actor: series.make(db, actor, code, Plan(count=6, every_days=7), now=NOW),
            lambda actor: series.extend(db, actor, code, 6, now=NOW),
        ):
            actor = accounts.actor(db, session)
            db.expire_all()
            statements.clear()
            step(actor)
            taken += len(statements)
        return taken

    event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    few = repeated("few", 2)
    assert repeated("many", 24) == few
    seats = db.scalar(select(func.count()).select_from(Seat))
    for table in (SeatContact, BusyCalendar):
        assert db.scalar(select(func.count()).select_from(table)) == seats == 12 * 26


def test_a_week_later_is_the_same_time_on_the_clock_of_headquarters(db, make, story):
    with transaction(db):
        # New York's clocks go forward on 14 March 2027.
        story.hall.window_from_at = datetime(2027, 3, 10, 14, tzinfo=UTC)
        story.hall.window_until_at = datetime(2027, 3, 10, 20, tzinfo=UTC)
    story.repeat(Plan(count=2, every_days=7))

    assert story.halls()[1].window_from_at == datetime(2027, 3, 17, 13, tzinfo=UTC)


def test_what_cannot_be_repeated_is_refused_in_a_sentence(db, make, story):
    with pytest.raises(NotFoundError):
        series.make(db, make.actor(make.town_hall()), "first", PLAN, now=NOW)
    with pytest.raises(NotAllowedError):
        series.make(db, make.actor(story.hall, Role.VIEWER), "first", PLAN, now=NOW)
    empty = make.town_hall(story.account)
    with pytest.raises(ConflictError, match="Say first who takes part"):
        series.make(db, story.actor, empty.code, PLAN, now=NOW)
    two = make.town_hall(story.account, sittings_wanted=2)
    make.seat(two)
    with pytest.raises(ConflictError, match="several sittings; a series has one"):
        series.make(db, story.actor, two.code, PLAN, now=NOW)
    for hour in (9, 15):
        make.sitting(story.hall, starts_at=FIRST + timedelta(hours=hour))
    with pytest.raises(ConflictError, match="several sittings; a series has one"):
        story.repeat()
    assert db.scalar(select(func.count()).select_from(Series)) == 0


def test_a_town_hall_of_a_series_keeps_to_one_sitting(db, story):
    story.repeat()
    hall = story.halls()[0]
    details = townhalls.Details(
        title="Polio",
        minutes=60,
        sittings_wanted=2,
        window_from_at=FIRST,
        window_until_at=FIRST + timedelta(days=1),
    )
    with pytest.raises(InputError, match="one sitting for each occurrence, not 2"):
        townhalls.edit(db, story.actor, hall.code, details, version=hall.version, now=NOW)


def test_a_town_hall_is_in_one_series_only(story):
    story.repeat()
    with pytest.raises(ConflictError, match="part of a series already"):
        story.repeat()


def test_the_worker_plans_every_town_hall_and_says_what_a_fixed_hour_would_cost(story):
    story.repeat()
    assert story.solve() == 1

    solve = story.newest()
    assert (solve.state, solve.worst, solve.bound, solve.is_optimal) == (
        SolveState.DONE,
        78,
        78,
        True,
    )
    names = {seat.kin: seat.name for seat in story.halls()[0].seats}
    assert (solve.fixed["verdict"], solve.fixed["bound"]) == ("optimal", 128)
    assert max(solve.fixed["paid"].values()) == 128
    assert {names[kin] for kin in solve.fixed["paid"]} == set(ZONES)
    planned = story.planned()
    for hall, start in zip(story.halls(), planned, strict=True):
        assert hall.window_from_at <= start < hall.window_until_at


def test_an_hour_that_is_agreed_is_promised_and_the_rest_is_planned_anew(story):
    story.repeat()
    story.solve()
    before = story.planned()
    story.hold(2)

    ledger = story.ledger()
    assert sum(account.promised for account in ledger.values()) > 0
    assert all(account.paid == 0 for account in ledger.values())
    assert story.newest().state is SolveState.WAITING
    assert story.planned()[1] is None
    story.solve()
    assert story.newest().worst == 78
    assert story.planned()[1] is None
    assert sorted(map(str, story.planned())) != sorted(map(str, before))


def test_the_planner_of_a_town_hall_counts_all_other_sittings(story):
    story.repeat()
    story.solve()
    story.hold(1)
    story.hold(2)
    halls = story.halls()

    paid = {name: account.total for name, account in story.ledger().items()}
    seen = {seat.name: seat.ledger for seat in planner.plan(halls[2]).request.seats}
    assert seen == paid
    own = {promise.seat.name: promise.burden for promise in halls[0].sittings[0].promises}
    without = {seat.name: seat.ledger for seat in planner.plan(halls[0]).request.seats}
    assert without == {name: paid[name] - own[name] for name in paid}


def test_what_is_over_is_paid_until_somebody_says_that_it_was_not_held(db, story):
    story.repeat()
    story.solve()
    story.hold(1)
    hall = story.halls()[0]
    after = hall.sittings[0].starts_at + timedelta(hours=1)
    promised = {name: account.promised for name, account in story.ledger().items()}

    assert {name: each.paid for name, each in story.ledger(after).items()} == promised
    told = {"took_place": True, "now": after}
    sitting = outcomes.record(db, Feed(), story.actor, hall.code, 1, **told)
    assert (sitting.state, sitting.revision) == (SittingState.HELD, 0)
    assert {name: each.paid for name, each in story.ledger().items()} == promised
    told = {"took_place": False, "now": after}
    sitting = outcomes.record(db, Feed(), story.actor, hall.code, 1, **told)
    assert sitting.state is SittingState.CANCELLED
    assert story.ledger(after) == {}
    # A slip of the finger can be undone.
    told = {"took_place": True, "now": after}
    outcomes.record(db, Feed(), story.actor, hall.code, 1, **told)
    assert {name: each.paid for name, each in story.ledger().items()} == promised


def test_only_what_is_over_and_was_not_called_off_took_place(db, make, story):
    sitting = make.sitting(story.hall, number=1)
    told = {"took_place": True, "now": NOW}
    with pytest.raises(ConflictError, match="not over yet"):
        outcomes.record(db, Feed(), story.actor, "first", 1, **told)
    with pytest.raises(NotFoundError):
        outcomes.record(db, Feed(), story.actor, "first", 2, **told)
    with pytest.raises(NotAllowedError):
        outcomes.record(db, Feed(), make.actor(story.hall, Role.VIEWER), "first", 1, **told)
    with transaction(db):
        sitting.state = SittingState.CANCELLED
        sitting.starts_at = NOW - timedelta(days=1)
    with pytest.raises(ConflictError, match="was cancelled; people were told so"):
        outcomes.record(db, Feed(), story.actor, "first", 1, **told)


def test_a_seat_that_is_made_optional_has_paid_what_it_was_asked_to_pay(db, story):
    story.repeat()
    story.solve()
    story.hold(1)
    before = story.ledger()
    with transaction(db):
        for seat in story.halls()[0].seats:
            seat.required = False

    assert story.ledger() == before


def test_a_change_of_a_seat_reaches_the_later_town_halls_without_an_hour(db, story):
    story.repeat()
    story.solve()
    story.hold(3)
    second = story.halls()[1]
    kinshasa = second.seats[1]
    details = SeatDetails(name="Lubumbashi", zone="Africa/Lubumbashi")
    seats.edit(
        db,
        story.actor,
        second.code,
        kinshasa.position,
        details,
        version=second.version,
        later=True,
        now=NOW,
    )

    names = [hall.seats[1].name for hall in story.halls()]
    assert names == ["Kinshasa", "Lubumbashi", "Kinshasa", "Lubumbashi"]
    assert len({hall.seats[1].kin for hall in story.halls()}) == 1
    # Though it has another name and clock, it is the same seat.
    assert len(story.ledger()) == 4
    assert story.newest().state is SolveState.WAITING


def test_a_change_may_be_meant_for_one_town_hall_alone(db, story):
    story.repeat()
    hall = story.halls()[0]
    seat = hall.seats[1]
    details = SeatDetails(name="Lubumbashi", zone="Africa/Lubumbashi")
    args = (hall.code, seat.position, details)
    seats.edit(db, story.actor, *args, version=hall.version, now=NOW)

    assert [hall.seats[1].name for hall in story.halls()] == ["Lubumbashi", *["Kinshasa"] * 3]


def test_a_seat_that_joins_begins_at_the_lower_median(db, story):
    story.repeat()
    story.solve()
    story.hold(1)
    second = story.halls()[1]
    details = SeatDetails(name="Geneva", zone="Europe/Zurich")
    seats.add(db, story.actor, second.code, details, later=True, now=NOW)

    assert [len(hall.seats) for hall in story.halls()] == [4, 5, 5, 5]
    assert len({hall.seats[-1].kin for hall in story.halls()[1:]}) == 1
    paid = sorted(account.total for account in story.ledger().values())
    seen = {seat.name: seat.ledger for seat in planner.plan(story.halls()[1]).request.seats}
    assert seen["Geneva"] == paid[1]
    story.solve()
    story.hold(2)
    assert story.ledger()["Geneva"].began == paid[1]


def test_a_seat_is_taken_out_of_the_later_ones_too(db, story):
    story.repeat()
    second = story.halls()[1]
    position = second.seats[3].position
    args = (db, story.actor, second.code, position)
    seats.remove(*args, version=second.version, later=True, now=NOW)

    assert [len(hall.seats) for hall in story.halls()] == [4, 3, 3, 3]
    assert db.scalar(select(func.count()).select_from(Seat)) == 13
    assert story.solve() == 1
    assert story.newest().is_optimal


def test_a_later_town_hall_of_others_is_not_changed(db, make, story):
    story.repeat()
    last = story.halls()[-1]
    with transaction(db):
        db.delete(planning.memberships(db, last)[0])
    details = SeatDetails(name="Geneva", zone="Europe/Zurich")
    with pytest.raises(NotFoundError):
        seats.add(db, story.actor, "first", details, later=True, now=NOW)
    with pytest.raises(NotFoundError):
        series.plan(db, story.actor, "first", Rules(time_limit_s=10), now=NOW)


def test_a_series_grows_at_its_end(db, story):
    story.repeat()
    series.extend(db, story.actor, "first", 2, now=NOW)

    halls = story.halls()
    assert [hall.occurrence.number for hall in halls] == [1, 2, 3, 4, 5, 6]
    assert halls[-1].window_from_at == FIRST + timedelta(weeks=5)
    with pytest.raises(InputError, match="1 to 520 occurrences, not 526"):
        series.extend(db, story.actor, "first", 520, now=NOW)


def test_a_series_does_not_grow_past_the_clocks_that_are_known(db, story):
    story.repeat(Plan(2, 366))
    with pytest.raises(InputError, match="lies after January 2038, and later clock changes"):
        series.extend(db, story.actor, "first", 11, now=NOW)
    assert len(story.halls()) == 2
    series.extend(db, story.actor, "first", 10, now=NOW)
    assert story.halls()[-1].window_from_at == FIRST + timedelta(days=11 * 366)


def test_no_series_is_made_past_the_clocks_that_are_known(db, story):
    with pytest.raises(InputError, match="lies after January 2038"):
        story.repeat(Plan(13, 366))
    assert db.scalars(select(Series)).all() == []
    assert [hall.code for hall in db.scalars(select(TownHall))] == ["first"]


def test_a_series_grows_though_the_seats_of_its_last_town_hall_are_gone(db, story):
    story.repeat()
    last = story.halls()[-1]
    with transaction(db):
        db.execute(delete(Site).where(Site.town_hall_id == last.id))
        last.seats.clear()
    series.extend(db, story.actor, "first", 1, now=NOW)

    last = story.halls()[-1]
    assert (last.occurrence.number, last.seats) == (5, [])
    assert [site.name for site in db.scalars(select(Site).where(Site.town_hall_id == last.id))] == [
        ""
    ]


def test_a_town_hall_leaves_and_those_after_it_move_up(db, story):
    story.repeat()
    story.solve()
    story.hold(2)
    second = story.halls()[1]
    series.leave(db, story.actor, second.code, now=NOW)

    assert [hall.occurrence.number for hall in story.halls()] == [1, 2, 3]
    assert db.get(TownHall, second.id).occurrence is None
    assert {seat.kin for seat in db.get(TownHall, second.id).seats} == {None}
    assert story.ledger() == {}
    with pytest.raises(NotFoundError):
        series.leave(db, story.actor, second.code, now=NOW)


def test_a_series_that_all_have_left_is_gone(db, story):
    story.repeat(Plan(count=1, every_days=7))
    series.leave(db, story.actor, "first", now=NOW)

    for table in (Series, Occurrence, Solve):
        assert db.scalar(select(func.count()).select_from(table)) == 0


def test_a_town_hall_that_nobody_knows_of_is_deleted(db, story):
    story.repeat()
    third = story.halls()[2]
    code, key = third.code, third.id
    position = third.seats[0].position
    details = SeatDetails(name="Boston", zone="America/New_York")
    seats.edit(db, story.actor, code, position, details, version=third.version, now=NOW)
    sittings.choose(db, story.actor, code, third.window_from_at, now=NOW)
    series.remove(db, story.actor, code, now=NOW)
    # So is one of which nothing was drafted.
    series.remove(db, story.actor, story.halls()[2].code, now=NOW)

    assert db.get(TownHall, key) is None
    assert [hall.occurrence.number for hall in story.halls()] == [1, 2]
    assert db.scalar(select(func.count()).select_from(Membership)) == 2
    kept = db.scalars(select(AuditEntry.town_hall_id).where(AuditEntry.action == "seat.edited"))
    assert kept.all() == [None]


def test_a_town_hall_that_people_know_of_is_not_deleted(db, make, story):
    story.repeat(Plan(count=1, every_days=7))
    with pytest.raises(ConflictError, match="the only town hall of the series"):
        series.remove(db, story.actor, "first", now=NOW)
    make.link(story.hall, Role.HOST)
    with pytest.raises(ConflictError, match="People know of this town hall"):
        series.remove(db, story.actor, "first", now=NOW)


def test_a_town_hall_for_which_people_registered_is_not_deleted(db, make, story):
    story.repeat()
    third = story.halls()[2]
    make.registration(third)
    with pytest.raises(ConflictError, match="People know of this town hall"):
        series.remove(db, story.actor, third.code, now=NOW)


def test_an_organizer_asks_for_a_plan_with_more_time_and_ends_the_search(db, story):
    story.repeat()
    series.plan(db, story.actor, "first", Rules(time_limit_s=300), now=NOW)
    assert (story.newest().time_limit_s, story.newest().state) == (300, SolveState.WAITING)
    states = select(Solve.state).order_by(Solve.id)
    assert db.scalars(states).all() == [SolveState.OUTDATED, SolveState.WAITING]

    series.stop(db, story.actor, "first", now=NOW)
    assert story.newest().state is SolveState.OUTDATED
    # There is nothing to stop any more, and that is no error.
    series.stop(db, story.actor, "first", now=NOW)
    assert story.solve() == 0


def test_rules_that_are_changed_ask_for_a_new_plan_by_them(db, story):
    story.repeat()
    story.solve()
    assert len({f"{start:%H:%M}" for start in story.planned()}) > 1
    days = ("thu", "wed", "wed")
    rules = Rules(1, days, apart_days=2, clock="Pacific/Fiji", time_limit_s=60)
    series.plan(db, story.actor, "first", rules, now=NOW)

    kept = story.halls()[0].occurrence.series
    assert (kept.weekdays, kept.apart_days, kept.clock) == (["wed", "thu"], 2, "Pacific/Fiji")
    assert story.newest().state is SolveState.WAITING
    story.solve()
    starts = [zones.local(start, "Pacific/Fiji") for start in story.planned()]
    assert len({f"{start:%H:%M}" for start in starts}) == 1
    assert {start.weekday() for start in starts} <= {2, 3}
    entry = db.scalars(select(AuditEntry).where(AuditEntry.action == "series.ruled")).one()
    assert (entry.before["distinct_times"], entry.after["distinct_times"]) == (3, 1)

    # Who says nothing of the clock keeps it.
    series.plan(db, story.actor, "first", Rules(), now=NOW)
    kept = story.halls()[0].occurrence.series
    assert (kept.weekdays, kept.apart_days, kept.clock) == (None, None, "Pacific/Fiji")


def test_nothing_is_planned_where_every_town_hall_has_its_hour(db, story):
    story.repeat(Plan(2, 7, Rules(time_limit_s=10)))
    story.solve()
    story.hold(1)
    story.solve()
    story.hold(2)

    assert story.newest().state is SolveState.DONE
    with pytest.raises(ConflictError, match="Every town hall of the series has its hour"):
        series.plan(db, story.actor, "first", Rules(time_limit_s=10), now=NOW)


def test_a_window_that_has_passed_is_not_planned(db, story):
    story.repeat()
    story.solve()
    later = FIRST + timedelta(weeks=1, hours=18)
    series.plan(db, story.actor, "first", Rules(time_limit_s=10), now=later)
    story.solve(later)

    planned = story.planned()
    assert planned[0] is None
    assert planned[1] > later
    assert None not in planned[2:]
