"""How one would rank the starts of a sitting without townhall: a loop, pandas, bare NumPy.

Each takes a parsed request whose seats are all required and have no hard noes, weights or
ledgers, and the days off of every profile; each could be pasted into a program as it stands.
"""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pandas as pd
import pytz
from numpy.typing import NDArray

from townhall.domain import zones
from townhall.domain.bands import DAY, STANDARD
from townhall.domain.burden import QUANTUM, Profile
from townhall.domain.calendar import Days, days
from townhall.domain.slots import Request

HOURS = [(9, 17, 0), (8, 9, 1), (17, 18, 1), (7, 8, 2), (18, 20, 2), (6, 7, 4), (20, 22, 4)]
HOURS += [(5, 6, 8), (22, 23, 8), (23, 24, 16), (0, 5, 16)]


def days_off(request: Request, profiles: Sequence[Profile]) -> list[Days]:
    """Return the rest days and holidays of each profile; whoever ranks has them at hand."""
    return [days(profile.calendar, *request.grid.dates) for profile in profiles]


def loop(request: Request, off: Sequence[Days], starts: int) -> list[int]:
    """Return the numbers of the first `starts` starts, ranked seat by seat, quarter by quarter."""
    seats = [
        (pytz.timezone(seat.zone), marked, seat)
        for seat, marked in zip(request.seats, off, strict=True)
    ]
    ranked = []
    for number in range(starts):
        start = request.grid.first + timedelta(minutes=15 * number)
        burdens = []
        for tz, marked, seat in seats:
            burden = 0
            for quantum in range(request.grid.quanta):
                local = (start + timedelta(minutes=15 * quantum)).astimezone(tz)
                if seat.bands is None:
                    burden += next(p for a, b, p in HOURS if a <= local.hour < b)
                else:
                    burden += seat.bands.minutes[local.hour * 60 + local.minute]
                on = local.date()
                burden += 8 if on in marked.holidays else 6 if on in marked.rest else 0
            burdens.append(burden)
        people = sum(b * seat.people for b, (_, _, seat) in zip(burdens, seats, strict=True))
        ranked.append((sorted(burdens, reverse=True), people, number))
    return [number for _, _, number in sorted(ranked)]


def in_pandas(
    request: Request,
    profiles: Sequence[Profile],
    profile_of: NDArray[np.intp],
    off: Sequence[Days],
) -> list[int]:
    """Return the numbers of all starts, ranked column by column as pandas would have it."""
    grid = request.grid
    quanta = pd.date_range(grid.first, periods=grid.reach, freq="15min")
    clocks: dict[str, tuple[pd.Index, pd.DatetimeIndex]] = {}
    costs = {}
    for row, (profile, marked) in enumerate(zip(profiles, off, strict=True)):
        if profile.zone not in clocks:
            local = quanta.tz_convert(pytz.timezone(profile.zone)).tz_localize(None)
            clocks[profile.zone] = local.hour * 60 + local.minute, local.normalize()
        minute, on = clocks[profile.zone]
        edges, labels = _cuts(profile)
        points = pd.cut(minute, edges, right=False, labels=labels, ordered=False).astype(int)
        holiday = on.isin(pd.DatetimeIndex(list(marked.holidays)))
        rest = on.isin(pd.DatetimeIndex(list(marked.rest)))
        costs[row] = points + np.select([holiday, rest], [8, 6], 0)
    whole = pd.DataFrame(costs, index=quanta).rolling(grid.quanta).sum()
    burdens = whole.iloc[grid.quanta - 1 :, profile_of].astype(int).to_numpy()
    headcount = [seat.people for seat in request.seats]
    worst_first = pd.DataFrame(-np.sort(-burdens, axis=1))
    worst_first["people"] = burdens @ headcount
    order = worst_first.sort_values(list(worst_first.columns), kind="stable").index
    return order.tolist()


def floor(
    request: Request,
    profiles: Sequence[Profile],
    profile_of: NDArray[np.intp],
    surcharges: Sequence[NDArray[np.int16]],
) -> int:
    """Fill the matrix by profile and return the leximin best start, and nothing else."""
    grid = request.grid
    begin = (grid.first - zones.EPOCH) // zones.MINUTE
    base = (grid.dates[0] - zones.EPOCH.date()).days
    quanta = begin + QUANTUM * np.arange(grid.reach)
    points = np.empty((len(profiles), grid.count), dtype=np.int16)
    clocks: dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}
    for row, profile in enumerate(profiles):
        if profile.zone not in clocks:
            when, then = zones.offsets(profile.zone)
            local = quanta + then[np.searchsorted(when, quanta, side="right") - 1]
            clocks[profile.zone] = local % DAY, local // DAY - base
        minute, day = clocks[profile.zone]
        table = np.frombuffer(profile.bands.minutes, dtype=np.uint8)
        each = table[minute] + surcharges[row][day]
        points[row] = sum(each[k : k + grid.count] for k in range(grid.quanta))
    worst = np.sort(points[profile_of].T, axis=1)[:, ::-1]
    left = np.arange(grid.count)
    for column in range(worst.shape[1]):
        values = worst[left, column]
        left = left[values == values.min()]
        if len(left) == 1:
            break
    return int(left[0])


def _cuts(profile: Profile) -> tuple[list[int], list[int]]:
    """Return a day's bands as the edges and labels that `pandas.cut` takes."""
    if profile.bands is STANDARD:
        bands = sorted(HOURS)
        return [60 * start for start, _, _ in bands] + [DAY], [points for _, _, points in bands]
    minutes = np.frombuffer(profile.bands.minutes, dtype=np.uint8)
    edges = [0, *(np.flatnonzero(np.diff(minutes)) + 1).tolist()]
    return [*edges, DAY], minutes[edges].tolist()
