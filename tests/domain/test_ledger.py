"""Rule 8: the ledger, by examples and against a slow count of random series."""

from datetime import UTC, datetime, timedelta
from statistics import median_low

from hypothesis import given
from hypothesis import strategies as st

from townhall.domain.series.ledger import Account, Charge, folded

FIRST = datetime(2026, 12, 9, 12, tzinfo=UTC)


def charge(week, paid, present=(), *, is_over=True):
    """Return a sitting of that week, from 0."""
    return Charge(FIRST + timedelta(weeks=week), week + 1, paid, {*paid, *present}, is_over)


def test_a_sitting_that_is_over_is_paid_and_one_to_come_is_promised():
    ledger = folded([charge(0, {"Suva": 4, "Delhi": 0}), charge(1, {"Suva": 2}, is_over=False)])

    assert ledger.accounts == {"Suva": Account(paid=4, promised=2), "Delhi": Account()}
    assert ledger.of("Suva").total == 6


def test_a_seat_that_joins_starts_at_the_lower_median_of_those_before_it():
    ledger = folded(
        [
            charge(0, {"a": 1, "b": 5, "c": 7, "d": 20}),
            charge(1, {"a": 0, "new": 3, "newer": 0}),
        ]
    )

    assert ledger.accounts["new"] == Account(began=5, paid=3)
    assert ledger.accounts["newer"] == Account(began=5)


def test_the_order_is_that_of_the_starts_whatever_order_they_are_counted_in():
    late, early = charge(1, {"b": 8}), charge(0, {"a": 6})

    assert folded([late, early]).accounts["b"].began == 6


def test_an_optional_seat_pays_nothing_and_has_not_joined_later_when_it_becomes_required():
    ledger = folded([charge(0, {"a": 9}, present={"b"}), charge(1, {"b": 2})])

    assert ledger.accounts["b"] == Account(paid=2)


def test_optional_seats_do_not_count_for_who_joins():
    ledger = folded([charge(0, {"a": 9}, present={"x", "y", "z"}), charge(1, {"new": 1})])

    assert ledger.accounts["new"].began == 9


def test_a_series_without_a_sitting_starts_everybody_at_nothing():
    assert folded([]).of("anyone") == Account()


def test_a_seat_in_no_sitting_yet_would_join_at_the_median():
    ledger = folded([charge(0, {"a": 9, "b": 2})])

    assert ledger.of("new") == Account(began=2)


NAMES = st.sampled_from("abcdef")
CHARGES = st.lists(
    st.builds(
        lambda week, paid, present, over: charge(week, paid, present, is_over=over),
        st.integers(0, 9),
        st.dictionaries(NAMES, st.integers(0, 50)),
        st.sets(NAMES),
        st.booleans(),
    ),
    max_size=8,
    unique_by=lambda each: each.number,
)


def counted(charges):
    """Return each seat's ledger, from the sittings one by one: where it begins, then its sum."""
    ordered = sorted(charges, key=lambda each: each.starts_at)
    totals = {}
    for at, each in enumerate(ordered):
        before = {name for earlier in ordered[:at] for name in earlier.paid}
        begins = median_low([totals[name] for name in before]) if before else 0
        for name in each.present - totals.keys():
            totals[name] = begins
        for name, burden in each.paid.items():
            totals[name] += burden
    return totals


@given(CHARGES)
def test_the_ledger_is_the_sum_that_a_slow_count_finds(charges):
    ledger = folded(charges)

    assert {name: account.total for name, account in ledger.accounts.items()} == counted(charges)
    for name, account in ledger.accounts.items():
        assert account.paid == sum(each.paid.get(name, 0) for each in charges if each.is_over)
