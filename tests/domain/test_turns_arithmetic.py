"""Exact numbers of the fair order, at the boundaries where floats would slip."""

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.domain import plain_turns
from townhall.domain.turns.arithmetic import half_up, rounded_ratio, site_weight
from townhall.domain.turns.levels import NARROW, Rates, level


@pytest.mark.parametrize(
    "numerator, denominator, rounded", [(1, 2, 1), (3, 2, 2), (-1, 2, 0), (5, 4, 1), (7, 4, 2)]
)
def test_rounding_is_half_up(numerator, denominator, rounded):
    assert rounded_ratio(numerator, denominator) == rounded
    assert half_up(Fraction(numerator, denominator), 1) == rounded


@given(
    st.fractions(0, 10**6, max_denominator=1000),
    st.sampled_from(["0", "0.2", "0.25", "0.3", "0.5", "0.75", "1"]),
)
def test_site_weight_equals_the_power_found_by_bisection(people, alpha):
    weight = plain_turns.power(people, Fraction(alpha))
    assert site_weight(people, Fraction(alpha)) == weight * 10**6


@pytest.mark.parametrize("root", [2, 3, 4])
def test_site_weight_is_half_up_where_a_root_ends_on_a_half(root):
    people = Fraction(2 * 1_234_567 - 1, 2 * 10**6) ** root
    assert site_weight(people, Fraction(1, root)) == 1_234_567
    assert site_weight(people - Fraction(1, 10**90), Fraction(1, root)) == 1_234_566


def test_site_weight_is_certain_however_near_a_half():
    boundary, alpha = Decimal("1.2345665"), Decimal("0.123456789")
    with localcontext(prec=60):
        near = boundary ** (1 / alpha)
        below, above = (Fraction(near + sign * Decimal("1e-50")) for sign in (-1, 1))
    assert site_weight(below, Fraction(alpha)) == 1_234_566
    assert site_weight(above, Fraction(alpha)) == 1_234_567


def test_site_weight_of_one_person_is_one_for_every_alpha():
    assert site_weight(Fraction(1), Fraction("0.123456789")) == 10**6


def test_site_without_people_weighs_nothing():
    assert [site_weight(Fraction(0), Fraction(alpha)) for alpha in (0, 1)] == [0, 0]


def exactly(weights, paid, cost, dtype=np.int64):
    rates = Rates()
    for weight in weights:
        rates.put(rates.append(), weight)
    moment = level(
        np.array(paid, dtype), np.arange(len(paid), dtype=np.int32), rates, Fraction(cost)
    )
    return moment and Fraction(moment.numerator, moment.denominator * 10**12)


@given(
    st.lists(
        st.tuples(
            st.fractions(0, 10, max_denominator=50) | st.just(Fraction(1, 10**40)),
            st.integers(0, 10**13) | st.integers(0, 10**20),
        ),
        max_size=20,
    ),
    st.fractions(Fraction(1, 9), 10, max_denominator=9),
)
@example([(Fraction(1), 10**17), (Fraction(1), 10**17 + 10**12 - 1)], Fraction(1))
@example([(Fraction(10**9), 10**20)], Fraction(1, 9))
def test_level_is_exact_for_small_and_for_huge_numbers(supporters, cost):
    weights, paid = [w for w, _ in supporters], [x for _, x in supporters]
    expected = plain_turns.level([(w, Fraction(x, 10**12)) for w, x in supporters], cost)
    is_narrow = all(x < NARROW for x in paid)
    assert exactly(weights, paid, cost, np.int64 if is_narrow else object) == expected


def test_rates_hold_any_number_of_classes():
    weights = [Fraction(1, number) for number in range(1, 40)]
    assert exactly(weights, [0] * 39, 1) == 1 / sum(weights)
