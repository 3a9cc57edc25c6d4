"""What the benchmarks share: a stopwatch, the machine in a line, tables ready for a document."""

import argparse
import gc
import os
import platform
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import numpy as np

from townhall.domain import zones

T = TypeVar("T")


def arguments(description: str) -> argparse.ArgumentParser:
    """Return what every benchmark can be told."""
    parser = argparse.ArgumentParser(description=description.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a shorter, rougher run")
    return parser


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Return what some work gives, and the seconds that it took by the clock on the wall."""
    begin = time.perf_counter()
    found = work()
    return found, time.perf_counter() - begin


def seconds(work: Callable[[], object], runs: int = 15) -> float:
    """Return the best of several runs, in processor time, which a busy machine disturbs least."""
    best = float("inf")
    for _ in range(runs):
        gc.collect()
        begin = time.process_time()
        work()
        best = min(best, time.process_time() - begin)
    return best


def ms(spent: float) -> str:
    """Return seconds as milliseconds, in no more digits than repeat."""
    spent *= 1e3
    return f"{spent:,.{0 if spent >= 100 else 1 if spent >= 1 else 2}f} ms"


def times(ratio: float) -> str:
    """Return how many times one figure holds another."""
    return f"{ratio:,.{0 if ratio >= 10 else 1 if ratio >= 2 else 2}f} times"


def machine() -> str:
    """Return the day, the processor, how busy it is, and the versions that matter."""
    model = platform.processor()
    known = Path("/proc/cpuinfo")
    if known.exists():
        lines = known.read_text(encoding="utf-8").splitlines()
        model = next(
            (line.partition(": ")[2] for line in lines if line.startswith("model name")), model
        )
    return (
        f"{datetime.now(UTC):%-d %B %Y}, {model}, {os.cpu_count()} processors with a load of "
        f"{os.getloadavg()[0]:.1f}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"zones {zones.release()}"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table in Markdown, the machine below it; all columns but the first are figures."""
    wide = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    rule = ["-" * wide[0], *("-" * (width - 1) + ":" for width in wide[1:])]
    print()
    for row in (head, rule, *rows):
        cells = [row[0].ljust(wide[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], wide[1:], strict=True)]
        print(f"| {' | '.join(cells)} |")
    print(f"\n{machine()}", flush=True)


def require_same(ours: Sequence[object], theirs: Sequence[object], name: str) -> None:
    """End the benchmark where an alternative answers otherwise: a ratio would say nothing."""
    if list(ours) != list(theirs):
        place = next(
            (n for n, pair in enumerate(zip(ours, theirs, strict=False)) if len(set(pair)) > 1),
            min(len(ours), len(theirs)),
        )
        message = f"townhall and {name} disagree, first at place {place + 1}"
        raise SystemExit(message)
