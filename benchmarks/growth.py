"""How the cost of a plan grows with profiles, with seats that share them, and with people.

    .venv/bin/python benchmarks/growth.py [--quick]

Draws docs/plots/growth.svg beside the table; `--quick` leaves the picture as it is.
docs/performance.md shows both.
"""

from collections.abc import Iterator
from math import log10
from pathlib import Path

from measuring import arguments, ms, seconds, table
from slots import written

from townhall.domain import answer, document

PICTURE = Path(__file__).parents[1] / "docs" / "plots" / "growth.svg"
COUNTS = (20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
SHARED = 200
PROFILES = 2_000
PEOPLE = (1, 5, 50, 500, 5_000)
CURVES = (
    ("profiles, one seat each", "#0b5cad", ""),
    (f"seats in {SHARED} profiles", "#b5460f", "7 4"),
    (f"people in {PROFILES:,} profiles", "#2e7d32", "2 4"),
)

Curve = dict[int, float]
"""Seconds from document to answer, by how many there are."""


def cost(seats: int, profiles: int, people: int, runs: int) -> float:
    """Return the seconds from a document to its answer, reasons for the top 20 included."""
    given = written(seats, profiles, people)
    return seconds(lambda: answer.plan(document.parse(given)), runs)


def curves(counts: tuple[int, ...], runs: int) -> list[Curve]:
    """Return the three curves."""
    return [
        {count: cost(count, count, 1, runs) for count in counts},
        {count: cost(count, SHARED, 1, runs) for count in counts if count >= SHARED},
        {PROFILES * each: cost(PROFILES, PROFILES, each, runs) for each in PEOPLE},
    ]


class Axes:
    """Where a count and its milliseconds lie in the picture, both by powers of ten."""

    width, height = 640, 400
    left, right, top, bottom = 84, 40, 16, 52
    counts = (1, 7)
    costs = (0, 4)

    def x(self, count: float) -> float:
        """Return how far to the right a count lies."""
        low, high = self.counts
        room = self.width - self.left - self.right
        return round(self.left + room * (log10(count) - low) / (high - low), 1)

    def y(self, spent_ms: float) -> float:
        """Return how far down some milliseconds lie."""
        low, high = self.costs
        room = self.height - self.top - self.bottom
        return round(self.height - self.bottom - room * (log10(spent_ms) - low) / (high - low), 1)


def drawn(found: list[Curve]) -> Iterator[str]:
    """Yield the lines of the picture, an SVG."""
    axes = Axes()
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {axes.width} {axes.height}" '
        'font-family="sans-serif" font-size="13" fill="#222">'
    )
    yield "<title>Milliseconds from document to answer, by how many there are</title>"
    yield f'<rect width="{axes.width}" height="{axes.height}" fill="#fff"/>'
    yield from _grid(axes)
    for number, ((name, colour, dashes), curve) in enumerate(zip(CURVES, found, strict=True)):
        points = " ".join(f"{axes.x(count)},{axes.y(s * 1e3)}" for count, s in curve.items())
        look = f'stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dashes}"'
        yield f'<polyline points="{points}" fill="none" {look}/>'
        for point in points.split():
            across, down = point.split(",")
            yield f'<circle cx="{across}" cy="{down}" r="3.5" fill="{colour}"/>'
        line = axes.top + 22 + 20 * number
        yield f'<path d="M{axes.left + 12} {line - 4}h36" {look}/>'
        yield f'<text x="{axes.left + 56}" y="{line}">{name}</text>'
    yield "</svg>"


def _grid(axes: Axes) -> Iterator[str]:
    """Yield a line and a number for each power of ten, and what the axes are."""
    ends = axes.left, axes.width - axes.right, axes.top, axes.height - axes.bottom
    left, right, top, bottom = ends
    for power in range(axes.counts[0], axes.counts[1] + 1):
        at = axes.x(10**power)
        yield f'<path d="M{at} {top}V{bottom}" stroke="#ddd"/>'
        yield f'<text x="{at}" y="{bottom + 18}" text-anchor="middle">{10**power:,}</text>'
    for power in range(axes.costs[0], axes.costs[1] + 1):
        at = axes.y(10**power)
        yield f'<path d="M{left} {at}H{right}" stroke="#ddd"/>'
        yield f'<text x="{left - 8}" y="{at + 4}" text-anchor="end">{10**power:,} ms</text>'
    middle, below = (left + right) // 2, bottom + 40
    yield f'<text x="{middle}" y="{below}" text-anchor="middle">how many there are</text>'


def main() -> None:
    """Measure and draw."""
    quick = arguments(__doc__).parse_args().quick
    found = curves(COUNTS[3:7:3] if quick else COUNTS, 2 if quick else 5)
    counts = sorted({count for curve in found for count in curve})
    table(
        ["", *(name for name, _, _ in CURVES)],
        [
            [f"{count:,}", *(ms(curve[count]) if count in curve else "" for curve in found)]
            for count in counts
        ],
    )
    if not quick:
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_text("\n".join(drawn(found)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
