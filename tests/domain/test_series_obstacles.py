"""Rule 11 for series: what stands in the way, against lifting every set of rules by hand."""

from datetime import timedelta
from itertools import chain, combinations, count, product, repeat

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.domain import naive_series
from tests.domain.test_series import FOUR, minute, offices, plan, series, shown, weekly
from townhall.domain import answer, document
from townhall.domain.series import excusing, obstacles, placing, planning
from townhall.domain.series.obstacles import Field, Obstacles, told
from townhall.domain.series.patience import Patience
from townhall.domain.series.request import remaining
from townhall.domain.slots import NothingFits
from townhall.i18n import ENGLISH

LIFTED = {
    Field.WEEKDAYS: {"weekdays": naive_series.WEEKDAYS},
    Field.DISTINCT_TIMES: {"distinct_times": None},
    Field.APART_DAYS: {"apart_days": None},
}


@st.composite
def tight(draw):
    """Draw series with rules for which often nothing fits."""
    written = draw(series())
    rules = {
        "distinct_times": st.sampled_from([1, 2]),
        "apart_days": st.sampled_from([1, 2, 8]),
        "weekdays": st.lists(st.sampled_from(naive_series.WEEKDAYS), min_size=1, max_size=3),
    }
    return written | draw(st.fixed_dictionaries({}, optional=rules))


class Lifting:
    """Series with some of their rules lifted, each tried by every choice of starts."""

    def __init__(self, written, fixed=None):
        self.written, self.fixed = written, fixed
        self.windows = {}

    def lifts(self, fields):
        """Return whether there is a series without these rules."""
        if Field.FIXED in fields and self.fixed is None:
            return False
        written = self.written
        for field in fields:
            written = {**written, **LIFTED.get(field, {})}
        windows = self._windows(written, optional=Field.SEATS in fields)
        if Field.FIXED in fields:
            windows = [window for n, window in enumerate(windows) if n != self.fixed]
        return any(naive_series.allowed(written, chosen) for chosen in product(*windows))

    def smallest(self):
        """Return all smallest sets of fields that help, else that of the windows."""
        every = [field for field in Field if field is not Field.OCCURRENCES]
        for size in range(1, len(every) + 1):
            found = [fields for fields in combinations(every, size) if self.lifts(fields)]
            if found:
                return found
        return [(Field.OCCURRENCES,)]

    def _windows(self, written, *, optional):
        """Return the starts of each occurrence, with every seat optional or not."""
        key = optional, tuple(written.get("weekdays", ()))
        if key not in self.windows:
            if optional:
                seats = [{**seat, "required": False} for seat in written["seats"]]
                written = {**written, "seats": seats}
            self.windows[key] = naive_series.windows(written)
        return self.windows[key]


def named(*names):
    """Return seats of these names, all on one clock."""
    return [{"name": name, "zone": "UTC"} for name in names]


def excusable(written):
    """Return all smallest sets of names of seats without which there is a series."""
    required = [seat["name"] for seat in written["seats"] if seat.get("required", True)]
    for size in range(1, len(required) + 1):
        found = []
        for names in combinations(required, size):
            seats = [
                {**seat, "required": False} if seat["name"] in names else seat
                for seat in written["seats"]
            ]
            if Lifting({**written, "seats": seats}).lifts(()):
                found.append(names)
        if found:
            return found
    return []


@settings(deadline=None, max_examples=100)
@given(tight())
def test_what_is_named_makes_a_series_possible_and_nothing_else_does(written):
    lifting = Lifting(written)
    assume(not lifting.lifts(()))

    found = plan(written).obstacles
    assert found.complete
    assert sorted(found.fields) == sorted(lifting.smallest())


@settings(deadline=None, max_examples=150)
@given(tight())
def test_whom_to_excuse_is_named_where_each_sitting_fits_by_itself(written):
    assume(all(naive_series.windows(written)) and not Lifting(written).lifts(()))

    reason = plan(written).stuck[1]

    assert reason.complete
    assert sorted(reason.relax) == sorted(excusable(written))
    assert {name for name, starts in reason.starts_without.items() if starts} == {
        names[0] for names in reason.relax if len(names) == 1
    }


@settings(deadline=None, max_examples=50)
@given(tight(), st.data())
def test_a_sitting_that_stays_where_it_is_is_named_where_it_is_in_the_way(written, data):
    windows = naive_series.windows(written)
    assume(any(windows))
    number = data.draw(st.sampled_from([n for n, window in enumerate(windows) if window]))
    start = data.draw(st.sampled_from(windows[number]))["start"]
    kept = [*written["occurrences"]]
    kept[number] = {"from": minute(start), "until": minute(start + timedelta(minutes=15))}
    lifting = Lifting({**written, "occurrences": kept}, fixed=number)
    assume(not lifting.lifts(()))

    whole = document.series(written)
    left = remaining(whole, {number: start}, {number: [0] * len(written["seats"])})
    found = planning.plan(left).obstacles
    assert found.complete
    assert sorted(found.fields) == sorted(lifting.smallest())


@settings(deadline=None, max_examples=100)
@given(tight())
def test_whether_a_series_can_be_placed_is_seen_without_planning_it(written):
    asked = document.series(written)
    fits = [planning.rank(asked.request(number)).fits for number in range(len(asked.grids))]
    expected = Lifting(written).lifts(())

    assert placing.is_possible(asked, fits, Patience(10)) is expected
    assert not (expected and placing.is_hopeless(asked, fits, Patience(10)))


def test_a_weekday_that_no_window_has_is_named():
    found = answer.plan(document.read(weekly(2, weekdays=["fri"])))["nothing_fits"]

    assert found["fields"] == [["weekdays"]]
    assert found["complete"] is True
    assert found["why"] == (
        "There would be a plan without this: the choice of weekdays (weekdays)."
    )


def test_each_way_out_has_a_sentence():
    # One hour of the day that two windows do not share, and the second on a Friday alone.
    written = weekly(2, offices("UTC"), distinct_times=1)
    written["occurrences"][0]["until"] = "2026-12-09T12:00Z"
    written["occurrences"][1]["from"] = "2026-12-16T12:00Z"
    assert plan(written).obstacles == Obstacles(((Field.DISTINCT_TIMES,),), complete=True)

    found = plan(written | {"weekdays": ["wed", "fri"], "apart_days": 8}).obstacles
    assert found == Obstacles(((Field.DISTINCT_TIMES, Field.APART_DAYS),), complete=True)
    assert told(found, ENGLISH) == [
        (
            "There would be a plan without these together: "
            "the limit on times of day and the least distance between two sittings."
        )
    ]


def test_a_seat_and_a_rule_can_each_be_in_the_way():
    # New York could in the morning of one day and in the evening of the other.
    written = weekly(2, [{**FOUR[0], "answers": {}}], distinct_times=1)
    days = [window["from"][:10] for window in written["occurrences"]]
    busy = [[f"{days[0]}T12:00Z", f"{days[0]}T24:00Z"], [f"{days[1]}T00:00Z", f"{days[1]}T12:00Z"]]
    busy[0][1] = f"{days[0][:-2]}10T00:00Z"
    written["seats"][0]["busy"] = busy

    found = plan(written)

    assert found.stuck[0] == 1
    assert found.stuck[1].relax == (("New_York",),)
    assert found.obstacles.fields == ((Field.DISTINCT_TIMES,), (Field.SEATS,))
    assert told(found.obstacles, ENGLISH, named=True) == [
        "There would be a plan without this: the limit on times of day (distinct_times).",
        "There would be a plan without this: the hours that places rule out (seats).",
    ]


def test_either_of_two_places_can_be_excused_where_they_are_never_free_together():
    written = weekly(2, named("A", "B", "C", "D"), distinct_times=1)
    for number, window in enumerate(written["occurrences"]):
        day = window["from"][:10]
        window["until"] = f"{day}T00:30Z"
        written["seats"][number]["answers"] = {f"{day}T00:{15 * number:02}Z": "no"}

    found = plan(written)

    assert found.stuck[0] == 1
    assert found.stuck[1].relax == (("A",), ("B",))
    assert found.stuck[1].starts_without == {"A": 1, "B": 2, "C": 0, "D": 0}


def test_places_that_say_the_same_are_excused_together():
    written = weekly(2, named("A", "B", "C"), distinct_times=1)
    for number, window in enumerate(written["occurrences"]):
        day = window["from"][:10]
        window["until"] = f"{day}T00:30Z"
        for seat in written["seats"]:
            seat.setdefault("answers", {})[f"{day}T00:{15 * number:02}Z"] = "no"

    found = plan(written)

    assert found.stuck[1].relax == (("A", "B", "C"),)
    assert set(found.stuck[1].starts_without.values()) == {0}


def both_ways():
    """Return a series at one time of day, of which two places rule out each of the three."""
    written = weekly(2, named("A", "B", "C", "D"), distinct_times=1)
    days = [window["from"][:10] for window in written["occurrences"]]
    for window, day in zip(written["occurrences"], days, strict=True):
        window["until"] = f"{day}T00:45Z"
    noes = {
        "A": [(0, "00:00"), (0, "00:30")],
        "B": [(0, "00:00"), (1, "00:30")],
        "C": [(1, "00:15"), (0, "00:30")],
        "D": [(1, "00:15")],
    }
    for seat in written["seats"]:
        seat["answers"] = {f"{days[day]}T{hour}Z": "no" for day, hour in noes[seat["name"]]}
    return written


def test_two_places_are_excused_where_one_is_not_enough():
    reason = plan(both_ways()).stuck[1]

    assert reason.relax == (("A", "B"), ("C", "D"))
    assert reason.complete


@pytest.mark.parametrize("looks", range(0, 40, 4))
def test_whom_to_excuse_is_looked_for_as_long_as_there_is_time(looks):
    asked = document.series(both_ways())
    rankings = [planning.rank(asked.request(number)) for number in range(2)]
    none = NothingFits(ruled_out={}, starts_without={}, relax=())
    ticks = chain(repeat(0.0, looks), count(9.0, 9.0))

    found = excusing.excused(none, asked, rankings, 1, lambda: next(ticks))

    assert set(found.relax) < {("A", "B"), ("C", "D")}
    assert not found.complete


def test_windows_without_room_are_named_where_no_rule_is_in_the_way():
    written = weekly(3, offices("UTC"), distinct_times=None)
    written["occurrences"] = [{"from": "2026-12-09T14:00Z", "until": "2026-12-09T15:45Z"}] * 3

    found = plan(written).obstacles

    assert found == Obstacles(((Field.OCCURRENCES,),), complete=True)
    assert told(found, ENGLISH) == ["The windows have no room for so many sittings of this length."]
    assert told(found, ENGLISH, named=True) == [
        "The windows have no room for so many sittings of this length (occurrences, minutes)."
    ]


@pytest.mark.parametrize("times", [1, 3, 6, None])
def test_a_distance_that_weeks_cannot_keep_is_soon_seen(times):
    written = weekly(12, days=7, apart_days=8, distinct_times=times)

    found = plan(written | {"time_limit_s": 1})

    # Seven starts eight days apart begin at the first moment of the first week.
    assert found.stuck[0] == 7
    assert found.obstacles == Obstacles(((Field.APART_DAYS,),), complete=True)


def test_more_times_of_day_than_can_be_listed_are_looked_at_by_a_search():
    written = weekly(5, offices("UTC"), distinct_times=4)
    for number, window in enumerate(written["occurrences"]):
        day = window["from"][:10]
        window["from"] = f"{day}T{19 * number // 4:02}:{19 * number % 4 * 15:02}Z"
        window["until"] = f"{day}T{19 * number // 4 + 4:02}:{19 * number % 4 * 15:02}Z"

    found = plan(written)

    assert found.stuck[0] == 4
    assert found.obstacles == Obstacles(((Field.DISTINCT_TIMES,),), complete=True)


def test_windows_that_lie_within_each_other_are_searched():
    def within(until):
        written = weekly(2, offices("UTC"), distinct_times=None)
        ends = ("00:00", until), ("00:15", "00:30")
        written["occurrences"] = [
            {"from": f"2026-12-09T{begin}Z", "until": f"2026-12-09T{end}Z"} for begin, end in ends
        ]
        return written

    def is_possible(written, limit_s):
        asked = document.series(written)
        fits = [planning.rank(asked.request(number)).fits for number in range(2)]
        return placing.is_possible(asked, fits, Patience(limit_s))

    # The longer window has room after the sitting of the shorter one, or has none.
    assert shown(plan(within("01:30")))[2][0].minute == 15
    assert is_possible(within("01:30"), 10) is True
    assert plan(within("01:15")).obstacles == Obstacles(((Field.OCCURRENCES,),), complete=True)
    assert is_possible(within("01:15"), 10) is False
    assert is_possible(within("01:15"), 1e-9) is None


def test_what_is_first_in_the_way_may_take_too_long_to_tell(monkeypatch):
    written = weekly(3, offices("UTC"), distinct_times=None)
    written["occurrences"] = [{"from": "2026-12-09T14:00Z", "until": "2026-12-09T14:15Z"}] * 3
    assert plan(written).stuck[0] == 1

    monkeypatch.setattr(planning, "is_possible", lambda *_: None)

    assert plan(written).stuck[0] == 2


def test_time_that_runs_out_is_said():
    busy = [["2026-12-09T00:00Z", "2027-12-09T00:00Z"]]
    asked = document.series(weekly(2, offices("UTC", busy=busy), weekdays=["fri"]))
    fits = [planning.rank(asked.request(number)).fits for number in range(2)]

    found = obstacles.obstacles(asked, fits, iter(range(0, 10_000, 7)).__next__)

    assert found == Obstacles((), complete=False)
    assert told(found, ENGLISH) == ["Which rule stands in the way was not found in time."]


def test_ways_out_that_were_not_all_tried_say_so():
    found = Obstacles(((Field.SEATS,),), complete=False)

    assert told(found, ENGLISH)[1:] == ["There may be other ways; they were not all tried."]
