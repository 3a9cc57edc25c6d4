"""What each screen shows of a board, and the fragments that it is made of.

A page and its snapshots are rendered from the same values by the same fragments, so that a
reload shows what the live page shows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import render_template
from sqlalchemy.orm import Session

from townhall.domain.access import Action
from townhall.domain.states import State
from townhall.i18n import Speech
from townhall.models.planning import TownHall
from townhall.models.questions import Question
from townhall.queries import questions, stage
from townhall.web import choices

Values = dict[str, Any]

LITE_SHOWN = 12
"""As many questions and answers as fit the lite page's 6 KB, their texts cut at `LITE_CUT`."""

LITE_CUT = 160


@dataclass(frozen=True, slots=True)
class Screen:
    """A page that updates itself.

    Args:
        action: What one must be allowed to do to see it; None for the public.
        values: Reads what its fragments show.
        parts: The template of each part, by the part's name.
    """

    action: Action | None
    values: Callable[[Session, TownHall, Speech], Values]
    parts: Mapping[str, str]

    def render(self, db: Session, hall: TownHall, speech: Speech) -> dict[str, str]:
        """Return the markup of each part, the same for every viewer."""
        values = self.values(db, hall, speech)
        return {name: render_template(template, **values) for name, template in self.parts.items()}


def public(db: Session, hall: TownHall, speech: Speech) -> Values:
    """Return the board as anybody sees it, questions in their own language first."""
    return {"hall": hall, "board": questions.board(db, hall, speech.language)}


def latest(db: Session, hall: TownHall, speech: Speech) -> Values:
    """Return what is on air, and the newest questions and answers as a slow line can carry them."""
    board = questions.board(db, hall, speech.language)
    newest = sorted([*board.waiting, *board.answered], key=_news, reverse=True)
    return {"hall": hall, "on_air": board.on_air, "latest": newest[:LITE_SHOWN], "cut": LITE_CUT}


def _news(question: Question) -> tuple[float, int]:
    """Return when a question last became news."""
    at = question.answered_at or question.approved_at or question.asked_at
    return at.timestamp(), question.number


def moderator(db: Session, hall: TownHall, speech: Speech) -> Values:
    """Return what waits for a moderator, what is on the board and what was taken off it."""
    del speech
    return {
        "hall": hall,
        "pending": questions.pending(db, hall),
        "board": questions.board(db, hall),
        "off": questions.in_state(db, hall, State.DECLINED, State.SPAM, State.MERGED)[::-1],
        "languages": choices.languages(hall),
    }


def host(db: Session, hall: TownHall, speech: Speech) -> Values:
    """Return what is on air, what would be next and why, and who was heard."""
    board = questions.board(db, hall)
    turns = stage.turns_by_site(db, hall)
    return {
        "hall": hall,
        "board": board,
        "take": stage.current_take(db, board.on_air) if board.on_air else None,
        "ahead": stage.ahead(db, hall, speech),
        "turns": turns,
        "most_turns": max((count for _, count in turns), default=0) or 1,
        "languages": choices.languages(hall),
    }


SCREENS: dict[str, Screen] = {
    "public": Screen(
        None,
        public,
        {
            "on-air": "participant/_on_air.html",
            "asking": "participant/_asking.html",
            "questions": "participant/_questions.html",
        },
    ),
    "lite": Screen(
        None,
        latest,
        {"on-air": "participant/_lite_on_air.html", "latest": "participant/_lite_latest.html"},
    ),
    "moderate": Screen(
        Action.MODERATE,
        moderator,
        {"queue": "stage/_queue.html", "board": "stage/_board.html"},
    ),
    "host": Screen(
        Action.RUN_STAGE,
        host,
        {
            "on-air": "stage/_on_air.html",
            "next": "stage/_next.html",
            "later": "stage/_later.html",
            "turns": "stage/_turns.html",
        },
    ),
    "present": Screen(Action.WATCH_STAGE, public, {"screen": "stage/_screen.html"}),
}
