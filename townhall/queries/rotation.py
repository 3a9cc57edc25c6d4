"""How a series shares its burden: what its page and its table show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from sqlalchemy.orm import Session

from townhall.domain import document, options, zones
from townhall.domain.lenses import gini
from townhall.domain.options import Cost, Option
from townhall.domain.series import fixed_hour, telling
from townhall.domain.series.fixed_hour import FixedHour
from townhall.domain.series.ledger import Account, Ledger, folded
from townhall.domain.series.obstacles import Field, Obstacles
from townhall.domain.states import SittingState
from townhall.models.planning import Sitting, TownHall
from townhall.models.series import Occurrence, Series, Solve
from townhall.queries import ledgers, planning
from townhall.queries import series as queries
from townhall.queries.series import Overtaken


class Standing(StrEnum):
    """Where a town hall of a series stands."""

    HELD = "held"
    OVER = "over"
    SCHEDULED = "scheduled"
    PLANNED = "planned"
    OPEN = "open"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Cell:
    """What an hour means for one seat: points that it pays, and its clock."""

    points: int
    cost: Cost


@dataclass(frozen=True, slots=True)
class Row:
    """One town hall of a series, with its hour if it has any.

    Args:
        number: Its place in the series, from 1.
        standing: Whether the hour is held, over, agreed, planned, still to be found, or missed.
        sitting: The sitting, where there is one.
        option: What the hour means for every seat; None without an hour.
        cells: By the kin of the seats.
        overtaken: The hours of a waiting draft and of the plan, where they differ.
    """

    number: int
    town_hall: TownHall
    standing: Standing
    sitting: Sitting | None
    option: Option | None
    cells: Mapping[str, Cell]
    overtaken: Overtaken | None

    @property
    def worst(self) -> int:
        """What the hour costs a seat that has to be there at most; 0 without an hour."""
        return max((each.points for each in self.cells.values() if each.cost.required), default=0)

    @property
    def worst_off(self) -> list[str]:
        """The kin of the seats that pay as much; none where nobody pays."""
        return [
            kin
            for kin, each in self.cells.items()
            if each.cost.required and each.points == self.worst > 0
        ]

    def has_passed(self, now: datetime) -> bool:
        """Return whether its hour was planned, and is gone without anybody having been told."""
        return (
            self.standing is Standing.PLANNED
            and self.option is not None
            and self.option.start <= now
        )


@dataclass(frozen=True, slots=True)
class Share:
    """What one seat pays over the whole series.

    Args:
        name: What it is called in the last town hall that it is in.
        account: What it has paid and is promised to pay.
        planned: What the planned hours would add.
        fixed: What it would pay if the hour never changed; None where that is not known.
    """

    name: str
    account: Account
    planned: int
    fixed: int | None

    @property
    def total(self) -> int:
        """Its ledger at the end of the series."""
        return self.account.total + self.planned


@dataclass(frozen=True, slots=True)
class Rotation:
    """A series with everything that its page shows.

    Args:
        rows: Of its town halls, in order.
        shares: Of the seats that have to be there in any of them, by their kin.
        newest: The newest search for its hours; None before the first.
        done: The newest that has ended with a result; None before.
        is_left: Whether a town hall is still to be given an hour.
        times: The times of day that are used, on the clock of the series.
    """

    series: Series
    rows: Sequence[Row]
    shares: Mapping[str, Share]
    newest: Solve | None
    done: Solve | None
    is_left: bool
    times: Sequence[str]

    @property
    def is_searching(self) -> bool:
        """Whether a search for its hours waits or runs."""
        return self.newest is not None and self.newest.state in queries.LIVING

    @property
    def obstacles(self) -> Obstacles | None:
        """What was in the way of the newest plan; None where nothing was, or it is not known."""
        stuck = self.done and self.done.stuck
        if not stuck or "fields" not in stuck:
            return None
        fields = tuple(tuple(map(Field, names)) for names in stuck["fields"])
        return Obstacles(fields, complete=stuck["complete"])

    @property
    def worst(self) -> int:
        """The largest ledger at the end."""
        return max((share.total for share in self.shares.values()), default=0)

    def following(self, now: datetime) -> Row | None:
        """Return the town hall that comes next: agreed or planned, and not over yet."""
        coming = [
            (row.option.start, row)
            for row in self.rows
            if row.standing in {Standing.SCHEDULED, Standing.PLANNED}
            and row.option is not None
            and not row.has_passed(now)
        ]
        return min(coming, key=lambda each: each[0])[1] if coming else None

    def dearest(self, most: int) -> dict[str, Share]:
        """Return the shares; where there are more than `most`, those that pay most, dearest first.

        Args:
            most: How many are returned at most.
        """
        if len(self.shares) <= most:
            return dict(self.shares)
        by_total = sorted(self.shares.items(), key=lambda each: -each[1].total)
        return dict(by_total[:most])

    @property
    def worst_fixed(self) -> int | None:
        """The largest if the hour never changed; None where no one hour fits, or none is known."""
        return max(self._fixed) if self._fixed else None

    @property
    def fixed(self) -> FixedHour | None:
        """What an hour that never changes would cost; None before it was compared with."""
        kept = self.done.fixed if self.done else None
        return None if kept is None else fixed_hour.read(kept)

    @property
    def inequality(self) -> Fraction:
        """Gini over the ledgers at the end (docs/fairness.md, rule 14)."""
        return gini([share.total for share in self.shares.values()])

    @property
    def inequality_fixed(self) -> Fraction:
        """The same if the hour never changed."""
        return gini(self._fixed)

    @property
    def _fixed(self) -> list[int]:
        return [share.fixed for share in self.shares.values() if share.fixed is not None]


def rotation(db: Session, series: Series, *, now: datetime) -> Rotation:
    """Return a series with the burden of its town halls.

    Raises:
        InputError: The seats cannot be planned with.
    """
    places = queries.occurrences(db, series.id)
    ledger = folded(ledgers.charges(db, series.id, now=now))
    rows = _rows(places, now)
    newest, done = queries.newest(db, series.id), queries.last_done(db, series.id)
    starts = [row.option.start for row in rows if row.option]
    return Rotation(
        series=series,
        rows=rows,
        shares=_shares(rows, ledger, fixed_hour.read((done and done.fixed) or {}).paid),
        newest=newest,
        done=done,
        is_left=any(row.standing in {Standing.PLANNED, Standing.OPEN} for row in rows),
        times=sorted({f"{zones.local(start, series.clock):%H:%M}" for start in starts}),
    )


def _rows(places: Sequence[Occurrence], now: datetime) -> list[Row]:
    """Return the town halls in order; warnings compare each hour with the one held before it."""
    hours: list[tuple[Occurrence, Sitting | None, datetime | None]] = []
    for place in places:
        sittings = queries.standing(place.town_hall)
        hours += [(place, sitting, sitting.starts_at) for sitting in sittings]
        if not sittings:
            hours.append((place, None, place.planned_at))
    starts = [start for place, _, start in hours if start and place.town_hall.seats]
    rows: list[Row] = []
    for place, sitting, start in hours:
        hall = place.town_hall
        option = _option(hall, start, starts)
        rows.append(
            Row(
                number=place.number,
                town_hall=hall,
                standing=_standing(hall, sitting, option, now),
                sitting=sitting,
                option=option,
                cells=_cells(hall, sitting, option),
                overtaken=queries.overtaken(place),
            )
        )
    return rows


def _standing(
    hall: TownHall, sitting: Sitting | None, option: Option | None, now: datetime
) -> Standing:
    """Return where a town hall stands."""
    if sitting is not None:
        if sitting.state is SittingState.HELD:
            return Standing.HELD
        return Standing.OVER if sitting.ends_at <= now else Standing.SCHEDULED
    if option is not None:
        return Standing.PLANNED
    return Standing.OPEN if queries.window(hall, now) else Standing.MISSED


def _option(hall: TownHall, start: datetime | None, starts: Sequence[datetime]) -> Option | None:
    """Return what an hour, of all of the series, means for a town hall's seats; None without."""
    if start is None or not hall.seats:
        return None
    seats = document.parse(planning.plan_document(hall, has_ledgers=False)).seats
    return options.cost_of(seats, start, hall.minutes, previous=telling.latest(starts, start))


def _cells(hall: TownHall, sitting: Sitting | None, option: Option | None) -> dict[str, Cell]:
    """Return what an hour means for each seat; a promise says what is paid, whatever changed."""
    if option is None:
        return {}
    promised = {row.seat_id: row.burden for row in sitting.promises} if sitting else {}
    return {
        seat.kin or "": Cell(promised.get(seat.id, cost.burden), cost)
        for seat, cost in zip(hall.seats, option.costs, strict=True)
    }


def _shares(rows: Sequence[Row], ledger: Ledger, fixed: Mapping[str, int]) -> dict[str, Share]:
    """Return what each seat that has to be there pays over the series, in the order of seats."""
    names = {seat.kin: seat.name for row in rows for seat in row.town_hall.seats if seat.kin}
    required = {
        seat.kin for row in rows for seat in row.town_hall.seats if seat.kin and seat.required
    }
    planned = dict.fromkeys(names, 0)
    for row in rows:
        if row.standing is Standing.PLANNED:
            for kin, cell in row.cells.items():
                planned[kin] += cell.points if cell.cost.required else 0
    return {
        kin: Share(name, ledger.of(kin), planned[kin], fixed.get(kin))
        for kin, name in names.items()
        if kin in required or ledger.of(kin).total
    }
