"""The parts of the search for a series, each by itself."""

import numpy as np
import pytest

from townhall.domain.series.simplex import SCALE, multipliers


def whole(*rows):
    return np.array(rows, dtype=np.float64)


def test_multipliers_prove_how_well_off_the_worst_off_can_be():
    # Two seats, of which each start spares one: mixed, both pay half.
    excess, proof = multipliers([(4, whole([0, 10], [10, 0]))], np.zeros(2))

    assert excess == pytest.approx(20)
    assert proof.tolist() == [SCALE / 2, SCALE / 2]


def test_multipliers_count_what_may_be_spared():
    excess, proof = multipliers([(1, whole([3], [5]))], np.array([0.0, 4.0]))

    assert excess == pytest.approx(3)
    assert proof.tolist() == [SCALE, 0]


def test_an_excess_may_be_negative():
    excess, _ = multipliers([(2, whole([1, 2]))], np.array([10.0]))

    assert excess == pytest.approx(-8)


def test_of_very_many_starts_enough_are_looked_at():
    chance = np.random.default_rng(5)
    paid = chance.integers(1, 100, size=(6, 3000)).astype(np.float64)
    spare = np.zeros(6)

    excess, proof = multipliers([(3, paid[:, :1500]), (2, paid[:, 1500:])], spare)

    worth = proof @ paid
    least = 3 * worth[:1500].min() + 2 * worth[1500:].min()
    assert least / proof.sum() == pytest.approx(excess, abs=0.01)


def test_a_search_that_gets_stuck_proves_nothing():
    chance = np.random.default_rng(5)
    paid = chance.integers(1, 100, size=(6, 60)).astype(np.float64)

    assert multipliers([(3, paid)], np.zeros(6), most_pivots=2) is None
