"""Town halls: made and changed by the organizers' team."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from townhall.db import transaction
from townhall.domain import tokens
from townhall.domain.access import Action, Actor, Role, require, require_account
from townhall.domain.burden import QUANTUM, Grid
from townhall.domain.invites.values import TEXT_LIMIT, check_line, check_text, check_url
from townhall.errors import InputError
from townhall.i18n import N_
from townhall.models.accounts import Membership
from townhall.models.directory import Office
from townhall.models.planning import TownHall
from townhall.models.questions import Site
from townhall.services import boards, casts, journal, replans

_LINES = {"title": 200, "topic": 200, "hashtag": 64, "phone": 100}
"""What stands on one line in mails, with the most characters."""

_FIELDS_OF_GRID = {"from": "window_from_at", "until": "window_until_at"}


@dataclass(frozen=True, slots=True)
class Details:
    """What organizers say of a town hall.

    Args:
        window_from_at: The first start that may be chosen; on a quarter hour UTC.
        window_until_at: After the last start that may be chosen.
        compare_at: An earlier hour to show beside the ranked ones.
        sittings_wanted: How many sittings it is planned with, 1 to 12.
        reminds_day: Whether people are reminded a day before a sitting.
        reminds_hour: Whether they are an hour before.

    Raises:
        InputError: The field has the argument's name.
    """

    title: str
    minutes: int
    window_from_at: datetime
    window_until_at: datetime
    topic: str = ""
    description: str = ""
    hashtag: str = ""
    language: str = "en"
    languages: Sequence[str] = ("en",)
    join_url: str = ""
    phone: str = ""
    compare_at: datetime | None = None
    sittings_wanted: int = 1
    reminds_day: bool = True
    reminds_hour: bool = True

    def __post_init__(self) -> None:
        """Refuse what no invite could carry and what could not be planned."""
        if not self.title.strip():
            raise InputError(N_("This field is empty; please fill it in."), field="title")
        for name, limit in _LINES.items():
            check_line(getattr(self, name), name, limit)
        check_text(self.description, "description", TEXT_LIMIT // 2)
        check_url(self.join_url, "join_url")
        try:
            Grid(self.window_from_at, self.window_until_at, self.minutes)
        except InputError as error:
            error.field = _FIELDS_OF_GRID.get(error.field or "", error.field)
            raise
        if self.compare_at is not None:
            _check_start(self.compare_at, self.minutes, "compare_at")


def create(
    db: Session, actor: Actor, details: Details, offices: Sequence[Office], *, now: datetime
) -> TownHall:
    """Make a town hall with a seat for each of the offices; the actor owns it.

    Raises:
        SignInRequiredError: Nobody is signed in.
    """
    account_id = require_account(actor)
    with transaction(db):
        town_hall = TownHall(code=tokens.fresh_code(), created_at=now, **_columns(details))
        db.add(town_hall)
        db.flush()
        db.add(Membership(account_id=account_id, town_hall_id=town_hall.id, role=Role.OWNER))
        db.add(Site(town_hall_id=town_hall.id, seat_id=None, name=""))
        for office in offices:
            casts.add(db, town_hall, casts.of_office(office), office)
        journal.audit(db, actor, "town_hall.created", town_hall, now, after=_columns(details))
    return town_hall


def edit(
    db: Session, actor: Actor, code: str, details: Details, *, version: int, now: datetime
) -> TownHall:
    """Change what is said of a town hall. Invites that were sent stay as they are until a draft.

    Raises:
        NotAllowedError: The actor is not of its team.
        ConflictError: Somebody else changed it first.
        InputError: Several sittings are wanted in a series.
    """
    with transaction(db):
        town_hall = boards.raised(db, code)
        require(actor, Action.EDIT_TOWN_HALL, town_hall.id)
        boards.check_unchanged(town_hall, version)
        after = _columns(details)
        before = {name: getattr(town_hall, name) for name in after}
        for name, value in after.items():
            setattr(town_hall, name, value)
        if town_hall.occurrence is not None and town_hall.sittings_wanted > 1:
            message = N_("A series has one sitting for each occurrence, not %(value)s.")
            raise InputError(message, field="sittings_wanted", value=town_hall.sittings_wanted)
        town_hall.version += 1
        journal.audit(db, actor, "town_hall.edited", town_hall, now, before=before, after=after)
        replans.changed(db, town_hall, now)
    return town_hall


def _check_start(start: datetime, minutes: int, field: str) -> None:
    """Raise InputError with this field for a start of which no cost can be told."""
    try:
        Grid(start, start + timedelta(minutes=QUANTUM), minutes)
    except InputError as error:
        error.field = field
        raise


def _columns(details: Details) -> dict[str, Any]:
    """Return the details as columns of a town hall."""
    return {**asdict(details), "languages": list(details.languages)}
