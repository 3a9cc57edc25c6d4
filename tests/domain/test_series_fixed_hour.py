"""What an hour that never changes would cost: proven, bounded, impossible, or not known."""

import pytest

from tests.domain.test_series import FOUR, offices, weekly
from townhall.domain import document
from townhall.domain.series import fixed_hour
from townhall.domain.series.fixed_hour import FixedHour, Verdict


def compare(written, **how):
    return fixed_hour.compare(document.series(written), **how)


def test_the_best_single_hour_is_compared_with_whatever_the_series_allows():
    found = compare(weekly(4, distinct_times=None))

    assert (found.verdict, found.bound) == (Verdict.OPTIMAL, 128)
    assert max(found.paid.values()) == 128
    assert set(found.paid) == {seat["name"] for seat in FOUR}


def test_a_comparison_that_is_stopped_tells_the_best_so_far():
    found = compare(weekly(12, days=7), progress=lambda progress: progress.worst is None)

    assert found.verdict is Verdict.BOUNDED
    assert found.bound <= max(found.paid.values())


def test_no_hour_that_two_windows_share_is_known():
    written = weekly(2, distinct_times=None)
    written["occurrences"][0]["until"] = "2026-12-09T12:00Z"
    written["occurrences"][1]["from"] = "2026-12-16T12:00Z"

    assert compare(written) == FixedHour(Verdict.IMPOSSIBLE)


def test_time_that_runs_out_is_no_proof_that_no_hour_fits():
    # Whoever begins with the best start takes an hour that the second window has not.
    best = [["00:00", "14:00", 0], ["14:00", "00:00", 5]]
    written = weekly(2, offices("UTC", bands=best), time_limit_s=1)
    written["occurrences"][1] = {"from": "2026-12-16T14:00Z", "until": "2026-12-16T14:15Z"}
    assert compare(written).verdict is Verdict.OPTIMAL
    ticks = iter(range(0, 10_000, 7))

    found = compare(written, stopwatch=lambda: float(next(ticks)))

    assert found == FixedHour(Verdict.UNKNOWN)


@pytest.mark.parametrize(
    "hour",
    [
        FixedHour(Verdict.OPTIMAL, {"a": 3, "b": 0}, 3),
        FixedHour(Verdict.IMPOSSIBLE),
        FixedHour(Verdict.UNKNOWN),
    ],
)
def test_what_is_kept_is_read_again(hour):
    assert fixed_hour.read(fixed_hour.written(hour)) == hour


def test_what_was_kept_at_first_is_no_proof_of_anything():
    assert fixed_hour.read({"a": 3}) == FixedHour(Verdict.BOUNDED, {"a": 3})
    assert fixed_hour.read({}) == FixedHour(Verdict.UNKNOWN)
