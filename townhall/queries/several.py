"""What the planner page shows of a town hall with several sittings: the best set, or one tried."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from townhall.domain import several
from townhall.domain.several import Gathering
from townhall.domain.sittings import Choice
from townhall.domain.slots import NothingFits, Ranking, Request
from townhall.errors import InputError
from townhall.models.planning import TownHall
from townhall.queries import planning
from townhall.queries.planning import AS_KEPT, Rest, Trial
from townhall.queries.rankings import ranked


@dataclass(frozen=True, slots=True)
class Plan:
    """A town hall's window and a set of sittings in it.

    Args:
        best: The fairest set; None where none fits, or the search for one is too long.
        is_proven: Whether no set is better than the best one.
        bound: No set has a smaller largest ledger.
        shown: The set that is looked at; None where none fits and none was asked for.
        problem: Why the sittings shown cannot be held together, if they cannot.
        alone: What the best single sitting would cost the place that pays most; None where none
            fits.
        nothing_fits: What to relax, where nothing fits.
    """

    ranking: Ranking
    best: Gathering | None
    is_proven: bool
    bound: int
    shown: Gathering | None
    problem: InputError | None
    alone: int | None
    nothing_fits: NothingFits | None

    @property
    def request(self) -> Request:
        """What was planned."""
        return self.ranking.request

    @property
    def is_best(self) -> bool:
        """Whether the best set is the one that is looked at."""
        return (
            self.best is not None
            and self.shown is not None
            and starts_of(self.best) == starts_of(self.shown)
        )


def starts_of(gathering: Gathering) -> list[datetime]:
    """Return when the sittings of a set begin, UTC."""
    return [option.start for option in gathering.options]


def plan(
    town_hall: TownHall,
    starts: Sequence[datetime] = (),
    previous: datetime | None = None,
    trial: Trial = AS_KEPT,
    left: Rest | None = None,
) -> Plan:
    """Return the best set of sittings of a town hall, or what others would cost.

    Args:
        town_hall: With its seats; one without seats cannot be planned.
        starts: The set to look at, in the window or not; the best if there are none.
        previous: The start of the sitting before, for warnings.
        trial: What to suppose of seats instead of what is kept.
        left: What is left to plan, where some sittings are over.

    Raises:
        InputError: A start is off a quarter hour, there are no seats, or something supposed
            cannot be planned with.
    """
    found = ranked(planning.plan_document(town_hall, trial=trial, left=left))
    request = replace(found.ranking.request, previous=previous)
    ranking = replace(found.ranking, request=request)
    choice = found.choice
    problem = choice if isinstance(choice, InputError) else None
    best = shown = found.best_set(previous)
    if starts:
        shown = found.sets(tuple(sorted(set(starts))), previous)
        problem = _problem(shown)
    return Plan(
        ranking=ranking,
        best=best,
        is_proven=isinstance(choice, Choice) and choice.proven,
        bound=choice.bound if isinstance(choice, Choice) else 0,
        shown=shown,
        problem=problem,
        alone=sum(ranking.worst_first(ranking.order[0])[:1]) if ranking.order else None,
        nothing_fits=found.nothing_fits,
    )


def _problem(gathering: Gathering) -> InputError | None:
    """Return why sittings cannot be held together; None if they can."""
    try:
        several.check(gathering)
    except InputError as error:
        return error
    return None
