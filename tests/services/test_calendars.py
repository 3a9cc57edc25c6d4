"""Busy times of seats' calendars: kept, read again, forgotten; what the plan makes of them."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.fixtures.make import NOW
from townhall.domain.access import ANYONE, Role
from townhall.domain.ports import Read
from townhall.errors import InputError, NotAllowedError, NotFoundError
from townhall.models.accounts import AuditEntry
from townhall.models.availability import BusyCalendar
from townhall.queries import planner, planning
from townhall.services import calendars, seats, sittings

NOON = datetime(2026, 12, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
ADDRESS = "https://calendar.example/team.ics"
BAD = InputError("%(host)s answers no calendar.", field="address", host="calendar.example")


class Source:
    """A port that answers as a test says, and remembers what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def read(self, tasks):
        self.asked.append(list(tasks))
        return [self.answers.pop(0) for _ in tasks]


def busy(*starts):
    return Read(tuple((start, start + HOUR) for start in starts), None)


@pytest.fixture
def hall(db, make):
    hall = make.town_hall(window_from_at=NOON, window_until_at=NOON + 2 * HOUR)
    make.seat(hall, "London", position=1, zone="Europe/London", country="GB")
    make.seat(hall, "Accra", position=2, zone="Africa/Accra", country="GH")
    db.expire_all()
    return hall


@pytest.fixture
def actor(make, hall):
    return make.actor(hall)


def keep(db, source, actor, hall, given=ADDRESS, now=NOW):
    return calendars.keep(db, source, actor, hall.code, 1, given=given, now=now)


def test_an_address_is_read_over_a_year_ahead_and_its_busy_times_are_kept(db, hall, actor):
    source = Source(busy(NOON, NOON + 5 * HOUR))
    keep(db, source, actor, hall, "webcal://calendar.example/team.ics")

    db.expire_all()
    row = db.scalars(select(BusyCalendar)).one()
    assert (row.address, row.read_at, row.tried_at, row.problem) == (ADDRESS, NOW, NOW, None)
    assert row.busy == [
        ["2026-12-02T12:00Z", "2026-12-02T13:00Z"],
        ["2026-12-02T17:00Z", "2026-12-02T18:00Z"],
    ]
    ((task,),) = source.asked
    assert (task.source, task.zone) == (ADDRESS, "Europe/London")
    assert (task.first, task.until) == (NOW - timedelta(days=1), NOW + timedelta(days=400))
    entry = db.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.after) == ("calendar.kept", {"kind": "address", "busy": 2})
    assert "calendar.example" not in str(entry.after), "a calendar's address is a secret"


def test_a_file_takes_the_place_of_an_address(db, hall, actor):
    first = keep(db, Source(busy(NOON)), actor, hall)
    again = keep(db, Source(busy()), actor, hall, b"BEGIN:VCALENDAR")

    assert again.id == first.id
    assert (again.address, again.busy) == (None, [])


def test_what_cannot_be_read_is_not_kept(db, hall, actor):
    with pytest.raises(InputError, match="answers no calendar"):
        keep(db, Source(Read((), BAD)), actor, hall)
    with pytest.raises(InputError, match="is not a calendar's address"):
        keep(db, Source(), actor, hall, "team.ics")
    assert db.scalars(select(BusyCalendar)).all() == []


def test_a_busy_time_rules_an_hour_out_at_once(db, hall, actor):
    assert planner.plan(hall, None, None).ranking.feasible == 8
    keep(db, Source(busy(NOON)), actor, hall)

    db.expire_all()
    plan = planner.plan(hall, None, None)
    assert plan.ranking.feasible == 4
    assert plan.best[0].start == NOON + HOUR
    with pytest.raises(InputError, match="London cannot take part"):
        sittings.choose(db, actor, hall.code, NOON, now=NOW)


def test_typed_busy_times_count_beside_the_calendars_and_far_ones_are_left_out(
    db, make, hall, actor
):
    typed = [["2026-12-02T13:00Z", "2026-12-02T13:30Z"]]
    hall.seats[0].busy = typed
    db.commit()
    keep(db, Source(busy(NOON, NOON + timedelta(days=40))), actor, hall)

    db.expire_all()
    document = planning.plan_document(hall)
    assert [seat.get("busy") for seat in document["seats"]] == [
        [*typed, ["2026-12-02T12:00Z", "2026-12-02T13:00Z"]],
        None,
    ]


def test_the_team_reads_its_calendars_again_at_any_time(db, hall, actor):
    row = keep(db, Source(busy(NOON)), actor, hall)
    assert calendars.refresh(db, Source(busy()), actor, hall, now=NOW) == 1
    assert (row.busy, row.read_at, row.tried_at) == ([], NOW, NOW)


def test_the_worker_reads_only_old_calendars_again(db, hall, actor):
    row = keep(db, Source(busy(NOON)), actor, hall)
    fresh = Source()
    assert calendars.refresh_stale(db, fresh, now=NOW + calendars.STALE - MINUTE) == 0
    assert fresh.asked == []

    at = NOW + calendars.STALE
    assert calendars.refresh_stale(db, Source(busy(NOON + HOUR)), now=at) == 1
    assert row.busy == [["2026-12-02T13:00Z", "2026-12-02T14:00Z"]]
    assert (row.read_at, row.tried_at) == (at, at)


def test_the_worker_leaves_town_halls_alone_that_nobody_plans_any_more(db, hall, actor):
    keep(db, Source(busy(NOON)), actor, hall)
    assert calendars.refresh_stale(db, Source(), now=hall.window_until_at) == 0


def test_of_several_workers_one_reads_a_calendar(db, sessions, hall, actor):
    keep(db, Source(busy(NOON)), actor, hall)
    at = NOW + HOUR
    counts = []

    class Beside(Source):
        def read(self, tasks):
            with sessions() as other:
                counts.append(calendars.refresh_stale(other, Source(), now=at))
            return super().read(tasks)

    assert calendars.refresh_stale(db, Beside(busy()), now=at) == 1
    assert counts == [0]


def test_a_file_is_never_read_again(db, hall, actor):
    keep(db, Source(busy(NOON)), actor, hall, b"BEGIN:VCALENDAR")
    source = Source()
    assert calendars.refresh(db, source, actor, hall, now=NOW + 9 * HOUR) == 0
    assert calendars.refresh_stale(db, source, now=NOW + 9 * HOUR) == 0
    assert source.asked == []


def test_a_calendar_that_cannot_be_read_again_keeps_the_last_good(db, hall, actor):
    row = keep(db, Source(busy(NOON)), actor, hall)
    at = NOW + 2 * HOUR
    calendars.refresh_stale(db, Source(Read((), BAD)), now=at)

    assert row.busy == [["2026-12-02T12:00Z", "2026-12-02T13:00Z"]]
    assert (row.read_at, row.tried_at) == (NOW, at)
    assert row.problem == {
        "message": "%(host)s answers no calendar.",
        "values": {"host": "calendar.example"},
    }
    source = Source()
    calendars.refresh_stale(db, source, now=at + MINUTE)
    assert source.asked == [], "it is not asked again at each turn"
    calendars.refresh_stale(db, Source(busy()), now=at + HOUR)
    assert (row.busy, row.problem) == ([], None)


def test_an_answer_to_an_address_that_was_changed_meanwhile_is_dropped(db, sessions, hall, actor):
    keep(db, Source(busy(NOON)), actor, hall)

    class Slow(Source):
        def read(self, tasks):
            with sessions() as other:
                changed = "https://calendar.example/other.ics"
                keep(other, Source(busy()), actor, hall, changed)
            return super().read(tasks)

    calendars.refresh(db, Slow(busy(NOON, NOON + 5 * HOUR)), actor, hall, now=NOW + HOUR)

    db.expire_all()
    row = db.scalars(select(BusyCalendar)).one()
    assert (row.address, row.busy) == ("https://calendar.example/other.ics", [])


def test_a_calendar_is_forgotten_with_its_busy_times(db, hall, actor):
    keep(db, Source(busy(NOON)), actor, hall)
    calendars.forget(db, actor, hall.code, 1, now=NOW)
    calendars.forget(db, actor, hall.code, 1, now=NOW)

    assert db.scalars(select(BusyCalendar)).all() == []
    assert db.scalars(select(AuditEntry.action)).all() == ["calendar.kept", "calendar.forgotten"]


def test_a_seat_that_is_removed_takes_its_calendar_along(db, make, hall, actor):
    for seat in hall.seats:
        make.site(hall, seat)
    keep(db, Source(busy(NOON)), actor, hall)
    seats.remove(db, actor, hall.code, 1, version=hall.version, now=NOW)
    assert db.scalars(select(BusyCalendar)).all() == []


def test_a_place_gives_its_own_calendar_and_no_others(db, make, hall):
    office = make.actor(hall, Role.OFFICE, hall.seats[0])
    keep(db, Source(busy(NOON)), office, hall)
    calendars.forget(db, office, hall.code, 1, now=NOW)

    source = Source()
    elsewhere = make.actor(hall, Role.OFFICE, hall.seats[1])
    for stranger, error in ((elsewhere, NotAllowedError), (ANYONE, NotFoundError)):
        with pytest.raises(error):
            keep(db, source, stranger, hall)
        with pytest.raises(error):
            calendars.forget(db, stranger, hall.code, 1, now=NOW)
        with pytest.raises(error):
            calendars.refresh(db, source, stranger, hall, now=NOW)
    assert source.asked == [], "nothing is fetched for who may not"
