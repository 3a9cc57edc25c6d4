"""Every possible start, ranked so that the worst-off place is best off.

Source: docs/fairness.md, rules 4 to 8 and 11.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from townhall.domain import burden, fields
from townhall.domain.bands import STANDARD, Bands, Hours
from townhall.domain.burden import Closed, Grid, Profile
from townhall.domain.calendar import Calendar
from townhall.errors import InputError
from townhall.i18n import N_

IF_NEED_BE = 8
"""Points, times weight, that an answer "if need be" adds to a start's burden, once."""

ABSENT = 24
"""Points a quantum, times weight, of an absent optional seat, unless its bands are dearer."""

ABSENT_BEYOND_DEAREST = 8

MOST_SEATS = 10_000
MOST_CELLS = 30_000_000
"""Seats times starts of one plan: what a process can hold."""

Points = NDArray[np.signedinteger[Any]]
"""Whole points, 16 to 64 bits wide."""

_NO_COUNTRY = Calendar()


class Answer(StrEnum):
    """What a seat said to one start."""

    YES = "yes"
    NO = "no"
    IF_NEED_BE = "if-need-be"


@dataclass(frozen=True, slots=True)
class Seat:
    """One office's or person's part in a town hall.

    Args:
        people: How many take part there; counts only among equals (rule 7).
        weight: Whole number from 1 that multiplies the burden.
        ledger: Points already paid in the series.
        bands: None means those of the request.
        never: Hours of every local day at which the seat cannot take part.
        busy: Half-open intervals of instants (aware) at which it cannot.
        answers: What it said to starts (aware); others than the grid's are ignored.
        everywhere: Attends every sitting where there are several.
    """

    name: str
    zone: str
    calendar: Calendar = _NO_COUNTRY
    people: int = 1
    weight: int = 1
    ledger: int = 0
    required: bool = True
    everywhere: bool = False
    bands: Bands | None = None
    never: tuple[Hours, ...] = ()
    busy: tuple[tuple[datetime, datetime], ...] = ()
    answers: tuple[tuple[datetime, Answer], ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be planned: one sitting, or several in one window.

    Args:
        seats: At least one; names differ.
        bands: For the seats without bands of their own.
        top: How many options an answer shows.
        previous: The start of the sitting before this one, for warnings only (rule 13).
        sittings: How many; `rank` looks at each start alone, `sittings.choose` finds the set.

    Raises:
        InputError: There are no seats, two of one name, or more than can be compared.
    """

    grid: Grid
    seats: tuple[Seat, ...]
    bands: Bands = STANDARD
    top: int = 10
    previous: datetime | None = None
    sittings: int = 1

    def __post_init__(self) -> None:
        if not self.seats:
            raise InputError(N_("There are no seats; a plan needs at least one."), field="seats")
        if len(self.seats) > MOST_SEATS or len(self.seats) * self.grid.count > MOST_CELLS:
            message = N_("%(seats)s seats and %(starts)s starts are more than one plan can hold.")
            raise InputError(message, field="seats", seats=len(self.seats), starts=self.grid.count)
        names: set[str] = set()
        for number, seat in enumerate(self.seats):
            name = fields.folded(seat.name)
            if name in names:
                message = N_("Two seats are named “%(name)s”; names must differ.")
                raise InputError(message, field=f"seats[{number}].name", name=seat.name)
            names.add(name)

    def profile(self, seat: Seat) -> Profile:
        """Return what decides the seat's points."""
        return Profile(seat.zone, self.bands_of(seat), seat.calendar)

    def bands_of(self, seat: Seat) -> Bands:
        """Return the bands that hold for the seat: the nearer beat the farther."""
        return self.bands if seat.bands is None else seat.bands


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Every start of a request with what it costs, and the order of those that fit.

    Args:
        profiles: The distinct profiles of the seats.
        points: What profiles pay before weights; shape (profiles, starts).
        profile_of: The row of `points` of each seat.
        burdens: What seats pay: points × weight, and answers; shape (seats, starts).
        hard: Whether a seat cannot take part in a start; shape (seats, starts).
        fits: Whether no required seat has a hard no; shape (starts,).
        people: The sum of rule 7; shape (starts,).
        order: Numbers of the starts that fit, the fairest first.
    """

    request: Request
    profiles: tuple[Profile, ...]
    points: NDArray[np.int16]
    profile_of: NDArray[np.intp]
    burdens: Points
    hard: NDArray[np.bool_]
    fits: NDArray[np.bool_]
    people: NDArray[np.int64]
    order: tuple[int, ...]

    @property
    def feasible(self) -> int:
        """How many starts fit every required seat."""
        return len(self.order)

    def worst_first(self, number: int) -> tuple[int, ...]:
        """Return ledger + burden of the required seats at one start, from the largest."""
        paid = self.burdens[:, number].tolist()
        seats = zip(self.request.seats, paid, strict=True)
        return tuple(sorted((s.ledger + points for s, points in seats if s.required), reverse=True))


@dataclass(frozen=True, slots=True)
class NothingFits:
    """Why no start fits, and what would help; required seats only, in the order given.

    Args:
        ruled_out: How many starts each seat rules out.
        starts_without: How many starts there would be if that seat alone were optional.
        relax: All smallest sets of seats whose becoming optional leaves a start.
        complete: Whether there was time to find them all.

    Source: docs/fairness.md, rule 11.
    """

    ruled_out: dict[str, int]
    starts_without: dict[str, int]
    relax: tuple[tuple[str, ...], ...]
    complete: bool = True


def rank(request: Request) -> Ranking:
    """Return all starts of a request, ranked: leximin, then people, then the earlier start.

    Source: docs/fairness.md, rules 4 to 8.
    """
    seats, grid = request.seats, request.grid
    rows: dict[Profile, int] = {}
    profile_of = np.array([rows.setdefault(request.profile(s), len(rows)) for s in seats])
    points = burden.points(grid, tuple(rows))
    burdens = _burdens(request, points, profile_of)
    hard = _hard(request)
    required = np.array([seat.required for seat in seats])
    fits = ~hard[required].any(axis=0)
    people = _people(request, burdens, hard)
    ledgers = np.array([seat.ledger for seat in seats], dtype=burdens.dtype)
    order = _leximin(burdens[required], ledgers[required], people, np.flatnonzero(fits))
    return Ranking(request, tuple(rows), points, profile_of, burdens, hard, fits, people, order)


def nothing_fits(ranking: Ranking) -> NothingFits | None:
    """Return why no start fits, or None where one does.

    Source: docs/fairness.md, rule 11.
    """
    if ranking.order:
        return None
    required = [number for number, s in enumerate(ranking.request.seats) if s.required]
    names = [ranking.request.seats[number].name for number in required]
    hard = ranking.hard[required]
    # A start is left exactly when all who rule it out become optional, so the smallest sets
    # are those of the starts that the fewest seats rule out.
    against = hard.sum(axis=0)
    alone = hard[:, against == 1].sum(axis=1).tolist()
    fewest = hard[:, against == against.min()].T
    sets = {tuple(np.flatnonzero(row).tolist()) for row in np.unique(fewest, axis=0)}
    return NothingFits(
        ruled_out=dict(zip(names, hard.sum(axis=1).tolist(), strict=True)),
        starts_without=dict(zip(names, alone, strict=True)),
        relax=tuple(tuple(names[number] for number in chosen) for chosen in sorted(sets)),
    )


def starting_ledger(ledgers: Sequence[int]) -> int:
    """Return the ledger of a seat that joins a series: the lower median of those before it.

    Args:
        ledgers: Of the required seats that were there; 0 is returned for none.

    Source: docs/fairness.md, rule 8.
    """
    return sorted(ledgers)[(len(ledgers) - 1) // 2] if ledgers else 0


def absence(request: Request, seat: Seat) -> int:
    """Return what one person's absence from an optional seat costs in the tie-break (rule 7)."""
    quantum = max(ABSENT, request.bands_of(seat).dearest + ABSENT_BEYOND_DEAREST)
    return seat.weight * quantum * request.grid.quanta


def answered(grid: Grid, seat: Seat, answer: Answer) -> list[int]:
    """Return the numbers of the starts to which the seat gave this answer."""
    numbers = (
        divmod(at - grid.first, timedelta(minutes=burden.QUANTUM))
        for at, said in seat.answers
        if said is answer
    )
    return [number for number, off in numbers if not off and 0 <= number < grid.count]


def _burdens(request: Request, points: NDArray[np.int16], profile_of: NDArray[np.intp]) -> Points:
    """Return what each seat pays for each start, in the narrowest numbers that hold a total."""
    seats = request.seats
    weight = max(seat.weight for seat in seats)
    most = weight * (int(points.max()) + IF_NEED_BE) + max(seat.ledger for seat in seats)
    kinds = (np.int16, np.int32, np.int64)
    kind: type[np.signedinteger[Any]] = next(kind for kind in kinds if most <= np.iinfo(kind).max)
    burdens: Points = points[profile_of].astype(kind, copy=False)
    for row, seat in enumerate(seats):
        if seat.weight > 1:
            burdens[row] *= seat.weight
        if seat.answers:
            burdens[row, answered(request.grid, seat, Answer.IF_NEED_BE)] += (
                IF_NEED_BE * seat.weight
            )
    return burdens


def _hard(request: Request) -> NDArray[np.bool_]:
    """Return whether each seat has a hard no to each start (rule 5); shape (seats, starts)."""
    seats, grid = request.seats, request.grid
    hard = np.zeros((len(seats), grid.count), dtype=np.bool_)
    rows: dict[Closed, list[int]] = {}
    for row, seat in enumerate(seats):
        if seat.never:
            rows.setdefault(Closed(seat.zone, seat.never), []).append(row)
        for begin, end in seat.busy:
            hard[row, burden.busy_starts(grid, begin, end)] = True
        if seat.answers:
            hard[row, answered(grid, seat, Answer.NO)] = True
    if rows:
        for shared, closed in zip(rows.values(), burden.closed(grid, tuple(rows)), strict=True):
            hard[shared] |= closed
    return hard


def _people(request: Request, burdens: Points, hard: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the sum over all seats of people × burden, the absent charged (rule 7)."""
    people = np.array([seat.people for seat in request.seats], dtype=np.int64)
    total: NDArray[np.int64] = np.einsum("i,ij->j", people, burdens)
    for row, seat in enumerate(request.seats):
        if not seat.required and (absent := hard[row]).any():
            would_pay = burdens[row, absent].astype(np.int64)
            total[absent] += seat.people * (absence(request, seat) - would_pay)
    return total


def _leximin(
    burdens: Points, ledgers: Points, people: NDArray[np.int64], fitting: NDArray[np.intp]
) -> tuple[int, ...]:
    """Return the fitting starts by rules 6 and 7.

    Args:
        burdens: Of the required seats; shape (required seats, starts).
        ledgers: Theirs; shape (required seats,).
        people: The tie-break; shape (starts,).
        fitting: Numbers of starts, ascending, which decides what is still equal.
    """
    fit = burdens if len(fitting) == burdens.shape[1] else burdens[:, fitting]
    width = len(ledgers) * burdens.itemsize
    keys = np.empty((len(fitting), width + people.itemsize), dtype=np.uint8)
    totals = keys[:, :width].view(burdens.dtype)
    # Owed instead of paid, so that sorting upwards puts the largest first.
    np.subtract(-ledgers, fit.T, out=totals)
    totals.sort(axis=1)
    np.negative(totals, out=totals)
    # As big-endian octets, whole numbers from 0 compare like the lists they stand in.
    totals = totals if sys.byteorder == "big" else totals.byteswap(inplace=True)
    keys[:, width:].view(people.dtype.newbyteorder(">"))[:, 0] = people[fitting]
    ranked = keys.view(np.dtype((np.void, keys.shape[1]))).ravel().argsort(kind="stable")
    return tuple(fitting[ranked].tolist())
