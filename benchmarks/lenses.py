"""How fast each lens looks at a ranking of 200 seats and four weeks, beside a plain loop.

    .venv/bin/python benchmarks/lenses.py [--quick]

docs/performance.md says what is measured and records a result.
"""

from typing import Any

from measuring import arguments, ms, require_same, seconds, table
from slots import written

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
    runs = 3 if arguments(__doc__).parse_args().quick else 15
    ranking = rank(document.parse(asked()))
    rows = []
    for lens in Lens:
        choice = Choice(lens, VALUE if lens in VALUED else None)
        taken = seconds(lambda choice=choice: Lenses(ranking).view(choice), runs)
        rows.append([lens.value.replace("-", " "), ms(taken)])
    view = Lenses(ranking).view(Choice(Lens.ATTENDANCE, VALUE), top=ranking.feasible)
    looks = [look.number for look in view.best]
    require_same(looks, attendance(ranking, VALUE), "the loop")
    taken = seconds(lambda: attendance(ranking, VALUE), min(runs, 3))
    rows.append(["attendance by the loop", ms(taken)])
    table(["", f"{ranking.feasible:,} starts that fit"], rows)


if __name__ == "__main__":
    main()
