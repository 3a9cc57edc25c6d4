"""The worker that plans series, on a database of its own."""

from tests.services.test_series import PLAN, Story
from tests.words import Word
from townhall import clock
from townhall.adapters import solver
from townhall.domain.states import SolveState
from townhall.settings import Settings


def test_a_series_is_planned(db, make, database_url, tmp_path):
    story = Story(db, make)
    story.repeat(PLAN, clock.now())
    settings = Settings(secret_key="x" * 32, database_url=database_url, maildir=tmp_path)
    solver.worker(settings).run(database_url, Word(1))
    assert story.newest().state is SolveState.DONE
    assert None not in story.planned()
