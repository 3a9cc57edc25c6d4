"""Searches for the hours of series: held by one worker, told of, stopped, taken up again."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from tests.fixtures.make import NOW
from tests.services.test_series import FIRST, Story
from townhall.db import sessions as make_sessions
from townhall.db import transaction
from townhall.domain.series.patience import Progress
from townhall.domain.series.rules import Rules
from townhall.domain.states import SolveState
from townhall.errors import InputError, UnavailableError
from townhall.models.series import Solve
from townhall.services import series, solving
from townhall.services.series import Plan

SOON = NOW + solving.LEASE / 2
LATER = NOW + solving.LEASE


@pytest.fixture
def story(db, make):
    story = Story(db, make)
    story.repeat()
    return story


class Stopwatch:
    """Seconds that pass with every look."""

    def __init__(self, step):
        self.step, self.seconds = step, 0.0

    def __call__(self):
        self.seconds += self.step
        return self.seconds


def work(story, *, stopwatch=lambda: 0.0, **options):
    sessions = make_sessions(story.db.get_bind())
    return solving.work(sessions, now=lambda: NOW, stopwatch=stopwatch, **options)


def test_a_search_is_held_by_one_worker_until_its_lease_ends(story, sessions):
    first = solving.claim(story.db, now=NOW)
    with sessions() as other:
        assert solving.claim(other, now=SOON) is None
        second = solving.claim(other, now=LATER)
        assert (second.id, second.fence) == (first.id, first.fence + 1)
        # What the first worker still has to say, after a long sleep, is not listened to.
        assert not solving.tell(story.db, first, 1.0, Progress(9, 1, 0.5), now=LATER)
        assert not solving.keep(story.db, first, None, 1.0, now=LATER)
        assert solving.tell(other, second, 2.0, Progress(80, 70, 0.5), now=LATER)
    solve = story.newest()
    assert (solve.worst, solve.bound, solve.milliseconds) == (80, 70, 2000)
    assert solve.lease_until == LATER + solving.LEASE


def test_telling_renews_the_lease_without_forgetting_what_is_known(story):
    claimed = solving.claim(story.db, now=NOW)
    solving.tell(story.db, claimed, 0.5, Progress(80, 70, 0.5), now=NOW)
    assert solving.tell(story.db, claimed, 1.0, None, now=SOON)

    solve = story.newest()
    assert (solve.worst, solve.lease_until) == (80, SOON + solving.LEASE)


def test_a_search_over_which_workers_die_is_given_up(story):
    for turn in range(solving.MOST_CLAIMS):
        assert solving.claim(story.db, now=NOW + turn * solving.LEASE) is not None
    end = NOW + solving.MOST_CLAIMS * solving.LEASE
    assert solving.claim(story.db, now=end) is None

    solve = story.newest()
    assert (solve.state, solve.ended_at) == (SolveState.FAILED, end)
    assert solve.problem["message"].startswith("The search ended each time")


def test_what_waits_behind_a_search_that_is_given_up_is_carried_through(db, make, story):
    for turn in range(solving.MOST_CLAIMS):
        solving.claim(story.db, now=NOW + turn * solving.LEASE)
    other = make.town_hall(
        story.account, window_from_at=FIRST, window_until_at=FIRST + timedelta(hours=4)
    )
    make.seat(other)
    series.make(db, story.actor, other.code, Plan(count=2, every_days=1), now=NOW)

    sessions = make_sessions(db.get_bind())
    end = NOW + solving.MOST_CLAIMS * solving.LEASE
    assert solving.work(sessions, now=lambda: end, stopwatch=lambda: 0.0) == 1
    db.expire_all()
    states = list(db.scalars(select(Solve.state).order_by(Solve.id)))
    assert states == [SolveState.FAILED, SolveState.DONE]


def test_a_newer_request_makes_an_older_search_worthless(story):
    claimed = solving.claim(story.db, now=NOW)
    series.plan(story.db, story.actor, "first", Rules(), now=NOW)

    assert not solving.tell(story.db, claimed, 1.0, None, now=NOW)
    newer = solving.claim(story.db, now=NOW)
    assert newer.id != claimed.id
    assert newer.time_limit_s == 60


def test_a_search_that_somebody_stops_keeps_the_best_known(db, make, monkeypatch):
    story = Story(db, make)
    story.repeat(Plan(12, 7, Rules(distinct_times=None, time_limit_s=300)))
    seen, tell = [], solving.tell

    def told(db, claimed, seconds, progress, *, now):
        if progress is None or progress.worst is None:
            return True
        seen.append(progress.worst)
        series.stop(db, story.actor, "first", now=now)
        return tell(db, claimed, seconds, progress, now=now)

    monkeypatch.setattr(solving, "tell", told)
    work(story, stopwatch=Stopwatch(0.6))

    solve = story.newest()
    assert (solve.state, solve.stop_wanted) == (SolveState.DONE, True)
    assert not solve.is_optimal
    assert len(seen) == 1
    assert solve.bound <= 230 <= solve.worst
    assert None not in story.planned()


def test_a_search_is_told_of_twice_a_second(story, monkeypatch):
    told = []

    def tell(db, claimed, seconds, progress, *, now):
        told.append(seconds)
        return True

    monkeypatch.setattr(solving, "tell", tell)
    work(story, stopwatch=Stopwatch(0.01))

    assert told
    assert all(after - before >= 0.5 for before, after in pairwise(told))


def test_a_worker_that_is_told_to_leave_gives_its_search_back(story):
    asked = []

    def stopped():
        asked.append(True)
        return len(asked) > 1

    assert work(story, stopped=stopped) == 1
    solve = story.newest()
    assert (solve.state, solve.fence, solve.lease_until) == (SolveState.WAITING, 0, None)
    assert story.planned() == [None] * 4


def test_a_worker_that_leaves_before_anything_is_known_gives_it_back_too(story, monkeypatch):
    def impossible(*_args, **_how):
        raise InputError("nothing found yet")

    monkeypatch.setattr(solving.planning, "plan", impossible)
    asked = iter((False,))
    work(story, stopped=lambda: next(asked, True))
    assert story.newest().state is SolveState.WAITING


def test_where_nothing_fits_the_occurrence_and_the_way_out_are_named(story):
    with transaction(story.db):
        second = story.halls()[1]
        begin, end = second.window_from_at, second.window_until_at
        second.seats[1].busy = [[f"{begin:%Y-%m-%dT%H:%MZ}", f"{end:%Y-%m-%dT23:%MZ}"]]
    work(story)

    solve = story.newest()
    assert (solve.state, solve.worst) == (SolveState.DONE, None)
    assert solve.stuck == {
        "number": 2,
        "relax": [["Kinshasa"]],
        "relax_complete": True,
        "fields": [["seats"]],
        "complete": True,
    }
    assert solve.fixed == {"verdict": "impossible", "paid": {}, "bound": 0}
    assert story.planned() == [None] * 4


def test_that_whom_to_excuse_was_not_searched_to_the_end_is_kept(story, monkeypatch):
    whole = solving.planning.plan

    def hasty(*asked, **how):
        found = whole(*asked, **how)
        if not found.stuck:
            return found
        number, reason = found.stuck
        return replace(found, stuck=(number, replace(reason, complete=False)))

    monkeypatch.setattr(solving.planning, "plan", hasty)
    with transaction(story.db):
        second = story.halls()[1]
        second.seats[1].never = [["00:00", "00:00"]]
    work(story)

    kept = story.newest().stuck
    assert (kept["relax_complete"], kept["complete"]) == (False, True)


def test_too_little_time_is_a_failure_that_says_so(story):
    with transaction(story.db):
        story.newest().time_limit_s = 1
    with transaction(story.db):
        for hall in story.halls():
            # Windows with just enough room: whoever begins with the best start is stuck.
            room = timedelta(minutes=3 * hall.minutes + 15)
            hall.window_from_at, hall.window_until_at = FIRST, FIRST + room
    work(story, stopwatch=Stopwatch(7.0))

    solve = story.newest()
    assert solve.state is SolveState.FAILED
    assert solve.problem == {
        "message": "In %(value)s seconds no series was found, nor that there is none.",
        "values": {"value": "1"},
    }


def test_a_fault_is_written_down_and_passed_on(story, monkeypatch):
    def broken(*_args, **_how):
        raise RuntimeError

    monkeypatch.setattr(solving.queries, "task", broken)
    with pytest.raises(RuntimeError):
        work(story)
    solve = story.newest()
    assert (solve.state, solve.problem["message"]) == (SolveState.FAILED, solving.FAULT)


class Busy:
    """A step that finds the database busy the first times, then does what it does."""

    def __init__(self, step, times):
        self.step, self.times, self.calls = step, times, 0

    def __call__(self, *args, **options):
        self.calls += 1
        if self.calls <= self.times:
            raise UnavailableError("busy")
        return self.step(*args, **options)


def test_a_busy_database_ends_no_search(story, monkeypatch):
    with transaction(story.db):
        story.newest().time_limit_s = 300
    tell = Busy(solving.tell, times=1)
    monkeypatch.setattr(solving, "tell", tell)
    work(story, stopwatch=Stopwatch(0.6))

    assert tell.calls > 1
    assert story.newest().state is SolveState.DONE
    assert None not in story.planned()


def test_what_was_found_is_kept_once_the_database_is_free(story, monkeypatch):
    waited = []
    monkeypatch.setattr(solving, "keep", Busy(solving.keep, times=solving.MOST_KEEPS - 1))
    work(story, wait=waited.append)

    assert waited == [solving.KEEP_AGAIN_S] * (solving.MOST_KEEPS - 1)
    assert story.newest().state is SolveState.DONE
    assert None not in story.planned()


def test_a_worker_that_is_told_to_leave_does_not_wait_for_a_busy_database(story, monkeypatch):
    left = []
    monkeypatch.setattr(solving, "keep", Busy(solving.keep, times=solving.MOST_KEEPS))
    with pytest.raises(UnavailableError):
        work(story, stopped=lambda: bool(left), wait=left.append)
    assert left == [solving.KEEP_AGAIN_S]
    assert story.newest().state is SolveState.WAITING


def test_a_search_whose_result_cannot_be_kept_is_given_back(story, monkeypatch):
    monkeypatch.setattr(solving, "keep", Busy(solving.keep, times=solving.MOST_KEEPS))
    with pytest.raises(UnavailableError):
        work(story)
    solve = story.newest()
    assert (solve.state, solve.fence) == (SolveState.WAITING, 0)


def test_a_database_that_is_away_leaves_the_search_to_its_lease(story, monkeypatch):
    away = Busy(solving.queries.task, times=1)
    monkeypatch.setattr(solving.queries, "task", away)
    monkeypatch.setattr(solving, "release", Busy(solving.release, times=1))
    with pytest.raises(UnavailableError):
        work(story)
    assert story.newest().state is SolveState.RUNNING


def test_a_database_that_breaks_off_is_no_fault_of_the_search(story, monkeypatch):
    def broken_off(*_args, **_how):
        raise OperationalError("SELECT 1", {}, ConnectionError("closed"))

    monkeypatch.setattr(solving.queries, "task", broken_off)
    with pytest.raises(OperationalError):
        work(story)
    assert story.newest().state is SolveState.WAITING


def test_seats_that_cannot_be_planned_with_are_a_failure_in_a_sentence(story):
    with transaction(story.db):
        for hall in story.halls():
            hall.seats[0].busy = [["2026-12-10T00:00Z", "2026-12-09T00:00Z"]]
    work(story)

    solve = story.newest()
    assert solve.state is SolveState.FAILED
    assert "does not end after it begins" in solve.problem["message"]


def test_a_search_for_which_nothing_is_left_ends_at_once(story):
    with transaction(story.db):
        for hall in story.halls():
            hall.window_until_at = NOW - timedelta(days=2)
            hall.window_from_at = NOW - timedelta(days=3)
    work(story)

    assert story.newest().state is SolveState.DONE
    assert story.planned() == [None] * 4


def test_two_series_are_planned_one_after_the_other(db, make, story):
    other = make.town_hall(
        story.account, window_from_at=FIRST, window_until_at=FIRST + timedelta(hours=4)
    )
    make.seat(other)
    series.make(db, story.actor, other.code, Plan(count=2, every_days=1), now=NOW)

    assert work(story) == 2
    states = set(db.scalars(select(Solve.state)))
    assert states == {SolveState.DONE}
