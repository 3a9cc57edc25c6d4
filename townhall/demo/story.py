"""The story that the demonstration begins with, told through the same services as any other."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from townhall import paths
from townhall.domain import windows
from townhall.domain.access import SYSTEM, Actor, Grant, Role
from townhall.domain.people import ContactDetails
from townhall.domain.ports import SilentFeed
from townhall.domain.states import SeatRole
from townhall.models.accounts import Account
from townhall.models.planning import Seat, TownHall
from townhall.queries import planner, planning
from townhall.services import (
    accounts,
    directory,
    links,
    moderation,
    questions,
    seats,
    sittings,
    townhalls,
)
from townhall.services.casts import SeatDetails
from townhall.services.directory import OfficeDetails
from townhall.services.people import Participant
from townhall.services.questions import Wording
from townhall.services.senders import Sender
from townhall.services.townhalls import Details

FILE = paths.PACKAGE / "demo" / "hangout-2012.json"


@dataclass(frozen=True, slots=True)
class Told:
    """The town hall that was made, and the secrets of its links by their place in demo.json."""

    code: str
    links: dict[str, str]
    offices: dict[str, str]


def tell(db: Session, sender: Sender, *, secret: str, now: datetime) -> Told:
    """Make the town hall: seats, the fair hour, invites sent, questions asked and moderated.

    Args:
        db: On a database without rows.
        sender: Of the mails.
        secret: Makes the askers' private links.
        now: Two weeks before the window.
    """
    story = json.loads(FILE.read_text(encoding="utf-8"))
    account = accounts.add(db, SYSTEM, ContactDetails(**story["organizer"]), now=now)
    organizer = Actor(f"account:{account.id}", account.id)
    hall = _town_hall(db, organizer, story, now)
    organizer = replace(organizer, grants=frozenset({Grant(hall.id, Role.OWNER)}))
    start = _fairest(hall)
    draft = sittings.choose(db, organizer, hall.code, start, now=now)
    sittings.send(db, SilentFeed(), organizer, hall.code, sender, version=draft.version, now=now)
    for number, entry in enumerate(story["questions"], 1):
        _question(db, organizer, hall, number, entry, secret=secret, now=now)
    return _links(db, organizer, account, hall, now)


def _town_hall(db: Session, organizer: Actor, story: dict[str, Any], now: datetime) -> TownHall:
    """Return the town hall, its offices in the directory, its seats in the story's order."""
    first, until = windows.ahead(now)
    hall = townhalls.create(
        db,
        organizer,
        Details(
            title=story["title"],
            topic=story["topic"],
            hashtag=story["hashtag"],
            description=story["description"],
            minutes=story["minutes"],
            phone=story["phone"],
            languages=story["languages"],
            window_from_at=first,
            window_until_at=until,
            compare_at=datetime.fromisoformat(story["held_at"]),
        ),
        [],
        now=now,
    )
    organizer = replace(organizer, grants=frozenset({Grant(hall.id, Role.OWNER)}))
    for entry in story["seats"]:
        contacts = [ContactDetails(*each) for each in entry["contacts"]]
        place = {name: entry[name] for name in ("name", "zone", "country", "people")}
        office = None
        if entry["role"] != "speaker":
            office = directory.add(
                db, organizer, OfficeDetails(**place, contacts=contacts), now=now
            )
        seat = SeatDetails(
            **place,
            role=SeatRole(entry["role"]),
            weight=entry.get("weight", 1),
            everywhere=entry.get("everywhere", False),
            contacts=contacts,
        )
        seats.add(db, organizer, hall.code, seat, office, now=now)
    db.expire_all()
    return planning.town_hall(db, hall.code)


def _fairest(hall: TownHall) -> datetime:
    """Return the start that the fair rule puts first."""
    return planner.plan(hall, None, None).best[0].start


def _question(
    db: Session,
    organizer: Actor,
    hall: TownHall,
    number: int,
    entry: dict[str, Any],
    *,
    secret: str,
    now: datetime,
) -> None:
    """Ask one question, let people back it, and moderate it as the story says."""
    feed = SilentFeed()
    asked = questions.ask(
        db,
        feed,
        _participant(hall, f"asker-{number}", entry["seat"]),
        hall.code,
        Wording(
            entry["text"],
            key=f"demo-{number}",
            language=entry["language"],
            place=entry["seat"],
        ),
        secret=secret,
        now=now,
    )
    question = asked.question
    if entry["state"] == "declined":
        moderation.decline(
            db,
            feed,
            organizer,
            hall.code,
            question.number,
            reason=entry["reason"],
            version=question.version,
            now=now,
        )
    if entry["state"] != "approved":
        return
    question = moderation.approve(
        db, feed, organizer, hall.code, question.number, version=question.version, now=now
    )
    if "for" in entry:
        moderation.address(
            db,
            feed,
            organizer,
            hall.code,
            question.number,
            position=entry["for"],
            version=question.version,
            now=now,
        )
    for place, count in entry["backed_by"].items():
        for each in range(count):
            backer = _participant(hall, f"backer-{place}-{each}", int(place) if place else None)
            questions.support(db, feed, backer, hall.code, question.number, now=now)


def _participant(hall: TownHall, key: str, position: int | None) -> Participant:
    """Return someone of a seat's people, or of the public."""
    if position is None:
        return Participant(key)
    seat = _seat(hall, position)
    return Participant(key, Actor(grants=frozenset({Grant(hall.id, Role.AUDIENCE, seat.id)})))


def _seat(hall: TownHall, position: int) -> Seat:
    """Return the seat at a position."""
    return next(seat for seat in hall.seats if seat.position == position)


def _links(db: Session, organizer: Actor, account: Account, hall: TownHall, now: datetime) -> Told:
    """Return the secret links of everybody in the story."""
    made = {"organizer": links.make_for_account(db, account, hall, label="organizer", now=now)[1]}
    for role in (Role.MODERATOR, Role.HOST, Role.PRESENTER):
        _, made[role.value] = links.make(db, organizer, hall, role, label=role.value, now=now)
    offices = {}
    for seat in hall.seats:
        role = Role.SPEAKER if seat.role is SeatRole.SPEAKER else Role.OFFICE
        _, offices[seat.name] = links.make(
            db, organizer, hall, role, seat=seat, label=seat.name, now=now
        )
    return Told(hall.code, made, offices)
