"""How fast each lens looks at a ranking of 200 seats and four weeks, beside a plain loop.

    .venv/bin/python benchmarks/lenses.py

docs/performance.md says what is measured and records a result.
"""

from typing import Any

from plan import seconds, written

from townhall.domain import document
from townhall.domain.lenses import VALUED, Choice, Lens, Lenses
from townhall.domain.slots import Ranking, rank

VALUE = 40


def asked() -> dict[str, Any]:
    """Return a document in which every third seat is optional and closed at night."""
    held = written(200, 200, people=30)
    for number, seat in enumerate(held["seats"]):
        if number % 3 == 0:
            seat |= {"required": False, "never": [["23:00", "06:00"]]}
    return held


def attendance(ranking: Ranking, limit: int) -> list[int]:
    """Return the starts by who comes, the most first, as one would count them by hand."""
    burdens, hard = ranking.burdens.tolist(), ranking.hard.tolist()
    people = [seat.people for seat in ranking.request.seats]
    come = {
        number: sum(
            count
            for row, count in enumerate(people)
            if burdens[row][number] <= limit and not hard[row][number]
        )
        for number in ranking.order
    }
    return sorted(ranking.order, key=lambda number: -come[number])


def main() -> None:
    """Print a line for each lens; fail if lens and loop disagree."""
    ranking = rank(document.parse(asked()))
    print(f"200 seats, {ranking.request.grid.count} starts, {ranking.feasible} of them fit")
    for lens in Lens:
        choice = Choice(lens, VALUE if lens in VALUED else None)
        taken = seconds(lambda choice=choice: Lenses(ranking).view(choice))
        print(f"{lens:<14} {1000 * taken:8.2f} ms")
    view = Lenses(ranking).view(Choice(Lens.ATTENDANCE, VALUE), top=ranking.feasible)
    if [look.number for look in view.best] != attendance(ranking, VALUE):
        message = "the lens and the loop disagree"
        raise SystemExit(message)
    taken = seconds(lambda: attendance(ranking, VALUE), runs=3)
    print(f"attendance by a loop {1000 * taken:.0f} ms")


if __name__ == "__main__":
    main()
