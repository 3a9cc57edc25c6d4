"""Rule 9: series, by worked examples and against every choice of starts."""

import json
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain import naive_series
from tests.domain.planning_documents import ZONES, documents
from townhall.domain import document
from townhall.domain.series import planning

CASES = json.loads((Path(__file__).parents[1] / "cases" / "fairness.json").read_text())["cases"]
CASE = next(case for case in CASES if case["id"] == "series-of-four")


def minute(moment):
    return f"{moment:%Y-%m-%dT%H:%M}Z"


@st.composite
def series(draw):
    """Draw documents of two to four occurrences of a few starts."""
    written = draw(documents())
    written["minutes"] = draw(st.sampled_from([15, 30, 60]))
    first = datetime.fromisoformat(written.pop("from"))
    written.pop("until")
    written.pop("top")
    count = draw(st.integers(2, 4))
    most = {2: 10, 3: 6, 4: 4}[count]
    # Weeks that are alike, and windows that meet or are the same.
    step = draw(st.sampled_from([timedelta(weeks=1), timedelta(days=1), timedelta(minutes=45)]))
    step = draw(st.sampled_from([step, timedelta(0)]))
    shape = [timedelta(minutes=15 * draw(st.integers(1, most))) for _ in range(count)]
    if draw(st.booleans()):
        shape = shape[:1] * count
    written["occurrences"] = [
        {"from": minute(first + step * n), "until": minute(first + step * n + length)}
        for n, length in enumerate(shape)
    ]
    optional = {
        "distinct_times": st.sampled_from([None, 1, 2, 3]),
        "apart_days": st.sampled_from([0, 1, 7]),
        "clock": st.sampled_from(ZONES),
        "weekdays": st.lists(st.sampled_from(naive_series.WEEKDAYS), min_size=4, max_size=7),
    }
    return written | draw(st.fixed_dictionaries({}, optional=optional))


def plan(written, **how):
    return planning.plan(document.series(written), **how)


def shown(found):
    """Return a plan as the slow reading tells it."""
    if found.best is None:
        return None
    grids = found.series.grids
    starts = [grid.start(n) for grid, n in zip(grids, found.best.numbers, strict=True)]
    return list(found.best.worst_first), found.best.people, starts


@settings(deadline=None, max_examples=300)
@given(series())
def test_the_best_of_all_series_is_found(written):
    found = plan(written)
    expected = naive_series.best(written)
    required = any(seat.get("required", True) for seat in written["seats"])

    assert shown(found) == expected
    assert (found.stuck is None) == (expected is not None)
    if expected is not None:
        assert found.optimal
        assert not required or found.bound == expected[0][0]
