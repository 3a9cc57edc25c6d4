"""Who may do what: one table, asked by services and by the route guard."""

from dataclasses import dataclass, field
from enum import StrEnum

from townhall.errors import NotAllowedError, NotFoundError, SignInRequiredError


class Role(StrEnum):
    """A part someone plays in one town hall."""

    OWNER = "owner"
    PRODUCER = "producer"
    MODERATOR = "moderator"
    HOST = "host"
    PRESENTER = "presenter"
    SPEAKER = "speaker"
    OFFICE = "office"
    AUDIENCE = "audience"
    """One of an office's people, who came by its link: asks and votes with its site."""
    VIEWER = "viewer"
    """Somebody whom the team shows its plan."""


class Action(StrEnum):
    """Something that is asked permission for."""

    VIEW_PLAN = "view the plan"
    EDIT_TOWN_HALL = "edit the town hall"
    SEND_INVITES = "send invites"
    SEE_ANSWERS = "see who comes"
    MAKE_LINKS = "make links"
    MODERATE = "moderate"
    RUN_STAGE = "run the stage"
    WATCH_STAGE = "watch the stage"
    SEE_SEAT = "see the seat's page"
    ANSWER_FOR_SEAT = "answer for the seat"
    SHARE_SEAT = "share the seat's link with its people"


_TEAM = frozenset({Role.OWNER, Role.PRODUCER})

PERMISSIONS: dict[Action, frozenset[Role]] = {
    Action.VIEW_PLAN: _TEAM | {Role.VIEWER},
    Action.EDIT_TOWN_HALL: _TEAM,
    Action.SEND_INVITES: _TEAM,
    Action.SEE_ANSWERS: _TEAM,
    Action.MAKE_LINKS: _TEAM,
    Action.MODERATE: _TEAM | {Role.MODERATOR, Role.HOST},
    Action.RUN_STAGE: _TEAM | {Role.HOST},
    Action.WATCH_STAGE: _TEAM | {Role.HOST, Role.MODERATOR, Role.PRESENTER},
    Action.SEE_SEAT: _TEAM | {Role.OFFICE, Role.SPEAKER},
    Action.ANSWER_FOR_SEAT: frozenset({Role.OFFICE, Role.SPEAKER}),
    Action.SHARE_SEAT: _TEAM | {Role.OFFICE},
}


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in one town hall; `seat_id` where the role is a seat's."""

    town_hall_id: int
    role: Role
    seat_id: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks: an account, opened links, both or neither.

    `key` is the internal name that the audit log keeps, such as `account:3`.
    """

    key: str = "anyone"
    account_id: int | None = None
    grants: frozenset[Grant] = field(default=frozenset())

    def may(self, action: Action, town_hall_id: int, seat_id: int | None = None) -> bool:
        """Return whether a grant allows `action` there (for the seat, where one is named)."""
        return any(
            grant.town_hall_id == town_hall_id
            and grant.role in PERMISSIONS[action]
            and (seat_id is None or grant.seat_id in {None, seat_id})
            for grant in self.grants
        )

    def knows(self, town_hall_id: int) -> bool:
        """Return whether the actor has any part in the town hall."""
        return any(grant.town_hall_id == town_hall_id for grant in self.grants)


ANYONE = Actor()
SYSTEM = Actor(key="system")


def require(actor: Actor, action: Action, town_hall_id: int, seat_id: int | None = None) -> None:
    """Return if the actor may; else hide the thing, or say no to one who knows of it.

    Raises:
        NotFoundError: The actor has no part in the town hall, so it does not exist for them.
        NotAllowedError: The actor has a part in it, but not this one.
    """
    if actor.may(action, town_hall_id, seat_id):
        return
    if actor.knows(town_hall_id):
        raise NotAllowedError
    raise NotFoundError


def require_account(actor: Actor) -> int:
    """Return the id of the signed-in account.

    Raises:
        SignInRequiredError: Nobody is signed in.
    """
    if actor.account_id is None:
        raise SignInRequiredError
    return actor.account_id
