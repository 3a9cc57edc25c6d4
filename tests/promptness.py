"""How soon something happens, measured so that a busy machine is no fault of the program."""

import time
from collections.abc import Callable

TRIES = 10


def happens_within(
    seconds: float,
    act: Callable[..., object],
    *,
    prepare: Callable[[], tuple[object, ...]] = tuple,
) -> bool:
    """Return whether `act` takes less than `seconds`, at the best of several tries.

    A machine that has other things to do is late now and then. A program that is slow is late
    every time.

    Args:
        seconds: The bound.
        act: What is measured.
        prepare: What goes before each try and is not measured; returns what `act` is given.

    Raises:
        AssertionError: It never does; tells how long each try took.
    """
    taken: list[float] = []
    while len(taken) < TRIES:
        prepared = prepare()
        began = time.monotonic()
        act(*prepared)
        taken.append(time.monotonic() - began)
        if taken[-1] < seconds:
            return True
    raise AssertionError(f"not once within {seconds} s: {[round(each, 2) for each in taken]}")
