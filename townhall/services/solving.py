"""Searches for the hours of series: claimed, carried on, written down.

A search takes seconds to minutes, so it is no part of a transaction. A worker claims it with a
lease and a fence, as mails are (services/outbox.py), tells now and then how far it is, which
renews the lease, and writes the result if the claim still stands: a newer request, or a worker
that took over from one that seemed dead, makes an older search worthless.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from townhall.db import transaction
from townhall.domain.series import fixed_hour, planning
from townhall.domain.series.fixed_hour import FixedHour
from townhall.domain.series.patience import Progress
from townhall.domain.series.planning import Plan
from townhall.domain.states import SolveState
from townhall.errors import InputError, UnavailableError
from townhall.i18n import N_
from townhall.models.series import Series, Solve
from townhall.queries import series as queries
from townhall.queries.series import Task

LEASE = timedelta(seconds=20)
"""How long a search is left alone whose worker has said nothing."""

TELL_EVERY_S = 0.5
MOST_CLAIMS = 3
"""After so many workers have died over a search, it is given up."""

MOST_KEEPS = 10
"""How often a result is written, if the database is busy, before it is thrown away."""

KEEP_AGAIN_S = 2.0

FIXED_LIMIT_S = 5.0
"""How long the best hour that never changes is searched for at most, to compare with."""

FIXED_SHARE = 0.1
"""The share of the time limit that is left for it."""

GIVEN_UP = N_(
    "The search ended each time before it was done. Plan again, with fewer seats or days."
)
FAULT = N_("The search ended by a fault of townhall itself; its log tells more.")


@dataclass(frozen=True, slots=True)
class Claim:
    """A search that this worker alone may carry on, as long as its fence stands."""

    id: int
    fence: int
    series_id: int
    time_limit_s: int


@dataclass(frozen=True, slots=True)
class Hours:
    """What a search has found.

    Args:
        task: What was searched for.
        plan: The best series, or which occurrence cannot be placed.
        fixed: What an hour that never changes would cost.
    """

    task: Task
    plan: Plan
    fixed: FixedHour


def claim(db: Session, *, now: datetime) -> Claim | None:
    """Return the longest waiting search, held for this worker; None where none waits.

    One over which too many workers have died is given up on the way to the next.
    """
    with transaction(db):
        while (row := _waiting(db, now)) and row.fence >= MOST_CLAIMS:
            row.state, row.ended_at, row.lease_until = SolveState.FAILED, now, None
            row.fence += 1
            row.problem = {"message": GIVEN_UP, "values": {}}
            db.flush()
        if row is None:
            return None
        row.fence += 1
        row.state, row.lease_until = SolveState.RUNNING, now + LEASE
        return Claim(row.id, row.fence, row.series_id, row.time_limit_s)


def _waiting(db: Session, now: datetime) -> Solve | None:
    """Return the longest waiting search, locked; one whose worker has died waits too."""
    return db.scalar(
        select(Solve)
        .where(
            or_(
                Solve.state == SolveState.WAITING,
                and_(Solve.state == SolveState.RUNNING, Solve.lease_until <= now),
            )
        )
        .order_by(Solve.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def tell(
    db: Session, claimed: Claim, seconds: float, progress: Progress | None, *, now: datetime
) -> bool:
    """Write down how far a search is; return whether it is to go on.

    Args:
        db: A session.
        claimed: The search.
        seconds: How long it has taken.
        progress: How far it is; None where only the lease is renewed.
        now: UTC.
    """
    known: dict[str, Any] = {"milliseconds": int(1000 * seconds), "lease_until": now + LEASE}
    if progress is not None:
        known |= {"worst": progress.worst, "bound": progress.bound}
    with transaction(db):
        is_wanted = db.scalar(
            update(Solve)
            .where(*_held(claimed))
            .values(**known)
            .returning(Solve.stop_wanted.is_(False)),
            execution_options={"synchronize_session": False},
        )
    return bool(is_wanted)


def keep(
    db: Session, claimed: Claim, hours: Hours | None, seconds: float, *, now: datetime
) -> bool:
    """Keep what a search has found, if the claim still stands; return whether it did.

    Args:
        db: A session.
        claimed: The search.
        hours: What was found; None where nothing was left to plan.
        seconds: How long it took.
        now: UTC.
    """
    with transaction(db):
        found = _result(hours) if hours else {}
        values = {"milliseconds": int(1000 * seconds), **found}
        if not _end(db, claimed, SolveState.DONE, now, **values):
            return False
        if hours is not None:
            starts = _starts(hours)
            for place in queries.occurrences(db, claimed.series_id):
                place.planned_at = starts.get(place.id)
        return True


def fail(db: Session, claimed: Claim, message: str, values: dict[str, Any], now: datetime) -> None:
    """Write down why a search has failed; hours that were planned before stay."""
    with transaction(db):
        problem = {"message": message, "values": {name: str(each) for name, each in values.items()}}
        _end(db, claimed, SolveState.FAILED, now, problem=problem)


def release(db: Session, claimed: Claim) -> None:
    """Give a search back that was not carried through, so that another worker begins it anew."""
    with transaction(db):
        db.execute(
            update(Solve)
            .where(*_held(claimed))
            .values(state=SolveState.WAITING, lease_until=None, fence=Solve.fence - 1),
            execution_options={"synchronize_session": False},
        )


def work(
    sessions: sessionmaker[Session],
    *,
    now: Callable[[], datetime],
    stopwatch: Callable[[], float],
    stopped: Callable[[], bool] = lambda: False,
    wait: Callable[[float], object] = lambda _seconds: None,
) -> int:
    """Carry every search through that waits, and return how many there were.

    Args:
        sessions: The maker of sessions.
        now: The clock, UTC.
        stopwatch: Seconds on a clock that only goes forward.
        stopped: Asked during a search; once it says so, the search is given back.
        wait: Lets seconds pass before a result that could not be kept is written once more.

    Raises:
        UnavailableError: The database is away; what was claimed is given back, or comes back
            with its lease.
    """
    worker = _Worker(now, stopwatch, stopped, wait)
    count = 0
    while not stopped():
        with sessions() as db:
            claimed = claim(db, now=now())
            if claimed is None:
                return count
            try:
                _carry_through(db, claimed, worker)
            except (UnavailableError, OperationalError):
                # No worker has died of it, so it is not to be given up for it.
                with suppress(UnavailableError):
                    release(db, claimed)
                raise
            count += 1
    return count


@dataclass(frozen=True, slots=True)
class _Worker:
    """Who carries searches through; the parts are those that `work` is given."""

    now: Callable[[], datetime]
    stopwatch: Callable[[], float]
    stopped: Callable[[], bool]
    wait: Callable[[float], object]


def _carry_through(db: Session, claimed: Claim, worker: _Worker) -> None:
    """Search, and write down what came of it."""
    began = worker.stopwatch()
    try:
        hours = _search(db, claimed, worker, began)
    except InputError as error:
        if worker.stopped():
            release(db, claimed)
        else:
            fail(db, claimed, error.message, error.values, worker.now())
        return
    except (UnavailableError, OperationalError):
        raise
    except Exception:
        fail(db, claimed, FAULT, {}, worker.now())
        raise
    if worker.stopped():
        release(db, claimed)
    else:
        _keep_at_last(db, claimed, hours, worker.stopwatch() - began, worker)


def _search(db: Session, claimed: Claim, worker: _Worker, began: float) -> Hours | None:
    """Return what was found; None where nothing is left to plan."""
    last, is_wanted = began, True

    def told(progress: Progress | None) -> bool:
        """Tell the database twice a second; in between, and if it is busy, the search goes on."""
        nonlocal last, is_wanted
        if worker.stopped():
            return False
        if is_wanted and worker.stopwatch() - last >= TELL_EVERY_S:
            last = worker.stopwatch()
            with suppress(UnavailableError):
                is_wanted = tell(db, claimed, last - began, progress, now=worker.now())
        return is_wanted

    series = db.get_one(Series, claimed.series_id)
    task = queries.task(db, series, now=worker.now(), time_limit_s=claimed.time_limit_s)
    db.rollback()  # nothing is read while the search goes on
    if task is None:
        return None
    # The comparison comes last, within the same time: what is left of it, and a little at least.
    least_s = min(FIXED_LIMIT_S, FIXED_SHARE * claimed.time_limit_s)
    stopwatch = worker.stopwatch
    found = planning.plan(task.left, stopwatch=stopwatch, progress=told, spare_s=least_s)
    left_s = claimed.time_limit_s - (stopwatch() - began)
    whole = replace(task.whole, time_limit_s=min(FIXED_LIMIT_S, max(least_s, left_s)))
    fixed = fixed_hour.compare(whole, stopwatch=stopwatch, progress=lambda _: told(None))
    return Hours(task, found, fixed)


def _keep_at_last(
    db: Session, claimed: Claim, hours: Hours | None, seconds: float, worker: _Worker
) -> None:
    """Keep what a search has found, as often as it takes: it may be minutes of work.

    Raises:
        UnavailableError: The database was never free, or the worker is told to leave.
    """
    for _ in range(MOST_KEEPS - 1):
        try:
            keep(db, claimed, hours, seconds, now=worker.now())
        except UnavailableError:
            if worker.stopped():
                raise
            worker.wait(KEEP_AGAIN_S)
        else:
            return
    keep(db, claimed, hours, seconds, now=worker.now())


def _result(hours: Hours) -> dict[str, Any]:
    """Return what a search has found as columns."""
    plan = hours.plan
    worst = max(plan.best.worst_first, default=0) if plan.best else None
    return {
        "worst": worst,
        "bound": plan.bound,
        "is_optimal": plan.optimal,
        "fixed": fixed_hour.written(hours.fixed),
        "stuck": _stuck(hours),
    }


def _stuck(hours: Hours) -> dict[str, Any] | None:
    """Return which occurrence has no start, by its number, what to relax and what is in the way."""
    obstacles = hours.plan.obstacles
    if hours.plan.stuck is None or obstacles is None:
        return None
    place, reason = hours.plan.stuck
    names = hours.task.names
    return {
        "number": hours.task.numbers[place],
        "relax": [[names[kin] for kin in kins] for kins in reason.relax],
        "relax_complete": reason.complete,
        "fields": [list(fields) for fields in obstacles.fields],
        "complete": obstacles.complete,
    }


def _starts(hours: Hours) -> dict[int, datetime]:
    """Return the planned start of each occurrence by its id; none where nothing fits."""
    best = hours.plan.best
    if best is None:
        return {}
    grids = hours.task.left.grids
    starts = [grid.start(number) for grid, number in zip(grids, best.numbers, strict=True)]
    return dict(zip(hours.task.occurrences, starts, strict=True))


def _end(db: Session, claimed: Claim, state: SolveState, now: datetime, **values: Any) -> bool:
    """End a search if the claim still stands; return whether it did."""
    ended = db.scalar(
        update(Solve)
        .where(*_held(claimed))
        .values(state=state, ended_at=now, lease_until=None, **values)
        .returning(Solve.id),
        execution_options={"synchronize_session": False},
    )
    return ended is not None


def _held(claimed: Claim) -> tuple[Any, ...]:
    """Return the conditions under which a claim still stands."""
    return (
        Solve.id == claimed.id,
        Solve.fence == claimed.fence,
        Solve.state == SolveState.RUNNING,
    )
