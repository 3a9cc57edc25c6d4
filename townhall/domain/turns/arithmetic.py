"""Numbers of the fair order: whole numbers with a known unit, rounded half up, never floats.

A turn is counted in units of 10⁻¹² (`TURN`), a site weight in units of 10⁻⁶ (`WEIGHT`).

Source: docs/questions.md, turns, rules 1 and 9.
"""

from decimal import Context, Decimal
from fractions import Fraction
from math import isqrt
from typing import TypeAlias

TURN = 10**12
"""How many units one turn is counted in: x and V have 12 decimals."""

WEIGHT = 10**6
"""How many units a site weight of 1 is counted in: W has 6 decimals."""

LEVEL = 10**9
"""How many steps of one turn two levels are told apart by: 9 decimals."""

Number: TypeAlias = int | Decimal | Fraction
"""A number that is known exactly."""


def half_up(value: Fraction, steps: int) -> int:
    """Return `value` counted in 1/`steps`, rounded half up (towards plus infinity)."""
    return rounded_ratio(value.numerator * steps, value.denominator)


def rounded_ratio(numerator: int, denominator: int) -> int:
    """Return `numerator / denominator` as a whole number, half up; `denominator` is positive."""
    return (2 * numerator + denominator) // (2 * denominator)


def turns(units: int) -> Decimal:
    """Return units of 10⁻¹² as turns, exactly, with all 12 decimals."""
    return Decimal(units).scaleb(-12)


def site_weight(people: Fraction, alpha: Fraction) -> int:
    """Return `people ** alpha` in units of 10⁻⁶, rounded half up; 0 for a site without people.

    Args:
        people: The sum of the trust of a site's people, not negative.
        alpha: From 0 (one site, one voice) to 1 (one person, one voice).

    Source: docs/questions.md, turns, rules 1 and 9.
    """
    if not people or not alpha:
        return WEIGHT if people else 0
    if alpha == Fraction(1, 2):
        # ⌊√N + ½⌋ = ⌊(⌊√4N⌋ + 1) / 2⌋ for every N that is not negative.
        return (isqrt(4 * WEIGHT**2 * people.numerator // people.denominator) + 1) // 2
    if alpha == 1:
        return half_up(people, WEIGHT)
    return _power(people, alpha)


def _power(base: Fraction, exponent: Fraction) -> int:
    """Return `base ** exponent` in units of 10⁻⁶, half up; digits are added until it is certain."""
    digits = 40
    while True:
        context = Context(prec=digits)
        quotient = context.divide(Decimal(base.numerator), Decimal(base.denominator))
        ratio = context.divide(Decimal(exponent.numerator), Decimal(exponent.denominator))
        scaled = context.multiply(context.power(quotient, ratio), Decimal(WEIGHT))
        shifted = context.add(scaled, Decimal("0.5"))
        units = int(shifted)
        nearest = int(context.add(shifted, Decimal("0.5")))
        # Each step above errs by one unit in its last digit; half of all digits is far more.
        doubt = Decimal(10) ** (shifted.adjusted() - digits // 2)
        if abs(context.subtract(shifted, Decimal(nearest))) > doubt:
            return units
        if _is_power(base, exponent, Fraction(2 * nearest - 1, 2 * WEIGHT)):
            return nearest
        digits *= 2


def _is_power(base: Fraction, exponent: Fraction, result: Fraction) -> bool:
    """Say whether `base ** exponent` is exactly `result`."""
    root = exponent.denominator
    # Only 1 has a rational root of higher order than its bits, and that is no half.
    if root > base.numerator.bit_length() + base.denominator.bit_length():
        return False
    return base**exponent.numerator == result**root
