"""Every route, asked by everyone, in their own town hall and in another (docs/routes.md)."""

import re
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select

from tests.fixtures.make import NOW, Make
from tests.fixtures.web import SECRET, Browser, reread
from townhall.db import Base
from townhall.domain import feeds, tokens
from townhall.domain.access import PERMISSIONS, Action, Role
from townhall.domain.feeds import Owner
from townhall.domain.states import DraftAction, SeatRole, State
from townhall.models.accounts import Link
from townhall.models.availability import Asked
from townhall.models.invitations import Invitation, OutboxMessage
from townhall.models.planning import Draft, DraftStep, Seat, TownHall
from townhall.models.registrations import Registration
from townhall.web.live.screens import SCREENS
from townhall.web.policies import POLICIES, Policy

OFFICE, OTHER_OFFICE = 2, 3
OF_A_SEAT = {Role.OFFICE, Role.SPEAKER, Role.AUDIENCE}
TEAM = {Role.OWNER, Role.PRODUCER}

STRANGER, ACCOUNT = "stranger", "account of no town hall"
VISITORS = [STRANGER, ACCOUNT, *Role]


@dataclass
class House:
    """A town hall in which everything that an address can name exists."""

    hall: TownHall
    seats: dict[int, Seat]
    link: Link
    invitation: Invitation
    mail: OutboxMessage
    asked: Asked
    registration: Registration

    def values(self, position: int) -> dict[str, object]:
        """Return what stands in an address, by the names that rules give it."""
        code = self.invitation.code
        return {
            "board": self.hall.code,
            "code": self.hall.code,
            "position": position,
            "number": 1,
            "sitting": self.invitation.sitting.number,
            "screen": "present",
            "kind": "svg",
            "link_id": self.link.id,
            "mail": self.mail.code,
            "invitation": code,
            "signature": tokens.sign(SECRET, "reply", code),
            "asked": self.asked.code,
            "registration": self.registration.code,
            "seal": tokens.sign(SECRET, "registration", self.registration.code),
            "proof": tokens.sign(SECRET, "when", self.asked.code),
            "office_id": self.seats[OFFICE].office_id,
            "session_id": 1_000_000,
            "owner": Owner.OFFICE.value,
            "owner_id": self.seats[OFFICE].office_id,
            "secret": feeds.proof(SECRET, Owner.OFFICE, self.seats[OFFICE].office_id, 0),
            "token": "no-such-token",
        }


def build(make: Make) -> House:
    """Return a town hall with everything in it."""
    hall = make.town_hall()
    make.seat(hall, role=SeatRole.HOST, position=1)
    seats = {
        number: make.seat(hall, position=number, office_id=make.office().id)
        for number in (OFFICE, OTHER_OFFICE)
    }
    for seat in seats.values():
        make.site(hall, seat)
    asker = make.person(make.site(hall))
    make.question(asker, number=1, state=State.APPROVED)
    sitting = make.sitting(hall)
    invitation = make.invitation(sitting, seats[OFFICE])
    mail = make.mail(
        invitation.contact,
        town_hall_id=hall.id,
        octets=b"Subject: Invitation\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>\r\n",
    )
    draft = Draft(
        town_hall_id=hall.id,
        steps=[
            DraftStep(
                sitting_id=sitting.id,
                action=DraftAction.MOVE,
                starts_at=hall.window_from_at,
            )
        ],
        created_at=NOW,
    )
    make.seat_contact(seats[OFFICE])
    make.db.add_all([mail, draft])
    make.db.commit()
    link, _token = make.link(hall, Role.HOST)
    asked = make.asked(make.shortlist(hall), seats[OFFICE])
    return House(hall, seats, link, invitation, mail, asked, make.registration(hall))


@pytest.fixture
def own(make) -> House:
    return build(make)


@pytest.fixture
def other(make) -> House:
    return build(make)


@pytest.fixture
def visit(app, make, sign_in, own):
    """Return a function that gives a browser a visitor's part in the own town hall."""

    def browser(visitor: str) -> Browser:
        client = app.test_client()
        if visitor == STRANGER:
            return client
        if visitor == ACCOUNT or visitor in TEAM:
            account = make.account()
            if visitor in TEAM:
                make.member(account, own.hall, visitor)
            return sign_in(client, account)
        seat = own.seats[OFFICE] if visitor in OF_A_SEAT else None
        link, _token = make.link(own.hall, visitor, seat)
        return sign_in(client, links=(link,))

    return browser


def expected(endpoint: str, visitor: str, *, is_own: bool, position: int | None) -> int | None:
    """Return the status with which a visitor is turned away; None if they are let in.

    `position` is the seat that the address names, if it names one.
    """
    policy = POLICIES[endpoint]
    if policy is Policy.PUBLIC:
        return None
    if policy is Policy.ACCOUNT:
        return None if visitor == ACCOUNT or visitor in TEAM else 401
    if visitor in {STRANGER, ACCOUNT} or not is_own:
        return 404
    fits_seat = visitor not in OF_A_SEAT or position in {None, OFFICE}
    return None if visitor in PERMISSIONS[policy] and fits_seat else 403


def requests(app: Flask, own: House, other: House):
    """Yield method, endpoint, path, whether it is the own town hall's, and the seat named."""
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
    with app.test_request_context():
        addresses = app.url_map.bind("localhost")
        for method in ("GET", "POST"):
            for rule in rules:
                if method not in rule.methods:
                    continue
                for house in (own, other):
                    for position in (OFFICE, OTHER_OFFICE):
                        if position != OFFICE and "position" not in rule.arguments:
                            continue
                        known = house.values(position)
                        values = {name: known[name] for name in rule.arguments}
                        path = addresses.build(rule.endpoint, values, method=method)
                        named = position if "position" in rule.arguments else None
                        yield method, rule.endpoint, path, house is own, named


def ask(client: Browser, method: str, path: str) -> int:
    """Return the status of an answer; a stream is closed as soon as it has begun."""
    answer = client.get(path) if method == "GET" else client.submit(path)
    answer.close()
    return answer.status_code


@pytest.mark.parametrize("visitor", VISITORS)
def test_every_route_lets_in_whom_the_table_names_and_nobody_else(app, own, other, visit, visitor):
    client, wrong = visit(visitor), []
    for method, endpoint, path, is_own, position in requests(app, own, other):
        if endpoint == "auth.sign_out":
            continue
        wanted = expected(endpoint, visitor, is_own=is_own, position=position)
        status = ask(client, method, path)
        is_in = status not in {401, 403} and status < 500
        if status != wanted if wanted else not is_in:
            wrong.append(f"{method} {path} ({endpoint}): {status}, not {wanted or 'let in'}")
    assert wrong == []


@pytest.mark.parametrize("visitor", [Role.OWNER, Role.OFFICE, Role.MODERATOR])
def test_what_exists_is_found_by_who_may_see_it(app, own, other, visit, visitor):
    client, missing = visit(visitor), []
    for method, endpoint, path, is_own, position in requests(app, own, other):
        needs_secret = "no-such-token" in path
        let_in = expected(endpoint, visitor, is_own=is_own, position=position) is None
        if method == "GET" and is_own and let_in and not needs_secret:
            status = ask(client, method, path)
            if status not in {200, 303}:
                missing.append(f"{path} ({endpoint}): {status}")
    assert missing == []


@pytest.mark.parametrize("huge", ["2147483648", "9" * 25, "9" * 5000], ids=len)
def test_a_number_that_no_row_can_have_leads_nowhere(app, own, visit, huge):
    owner, tried, wrong = visit(Role.OWNER), set(), []
    known = {name: str(value) for name, value in own.values(OFFICE).items()}
    for rule in app.url_map.iter_rules():
        if "<int:" not in rule.rule:
            continue
        path = re.sub(r"<int:\w+>", huge, rule.rule)
        path = re.sub(r"<(\w+)>", lambda name: known[name[1]], path)
        for method in rule.methods & {"GET", "POST"}:
            tried.add(rule.endpoint)
            if (status := ask(owner, method, path)) != 404:
                wrong.append(f"{method} {rule.rule}: {status}")
    assert len(tried) > 20
    assert wrong == []


def rows(db) -> dict[str, list[tuple]]:
    """Return every row of every table."""
    reread(db)
    return {
        table.name: sorted(map(tuple, db.execute(select(table))), key=repr)
        for table in Base.metadata.sorted_tables
    }


def test_asking_by_get_changes_nothing(app, db, own, other, visit):
    visitors = [visit(name) for name in (STRANGER, Role.OWNER, Role.HOST, Role.OFFICE)]
    before = rows(db)
    for method, _endpoint, path, _is_own, _position in requests(app, own, other):
        if method == "GET":
            for client in visitors:
                ask(client, "GET", path)
    assert rows(db) == before


def test_changing_a_town_hall_of_others_changes_nothing(app, db, own, other, visit):
    owner = visit(Role.OWNER)
    before = rows(db)
    for method, endpoint, path, is_own, _position in requests(app, own, other):
        if method == "POST" and not is_own and isinstance(POLICIES[endpoint], Action):
            assert ask(owner, method, path) == 404
    assert rows(db) == before


def test_objects_of_others_are_not_reached_through_ones_own_town_hall(db, own, other, visit):
    owner, office = visit(Role.OWNER), visit(Role.OFFICE)
    code = own.hall.code
    before = rows(db)
    mail = f"/organizer/t/{code}/mail/{other.mail.code}"
    for path in (mail, f"{mail}/page", f"{mail}/octets"):
        assert owner.get(path).status_code == 404
    assert owner.submit(f"{mail}/resend").status_code == 404
    revoked = owner.submit(f"/organizer/t/{code}/links/{other.link.id}/revoke")
    assert revoked.status_code == 404
    path = f"/office/{code}/{OFFICE}/answers/{other.invitation.code}"
    assert office.submit(path, answer="ACCEPTED", sequence=0).status_code == 404
    assert rows(db) == before


@pytest.mark.parametrize("visitor", [role for role in Role if role not in TEAM])
def test_a_screens_news_is_for_who_may_see_the_screen(own, visit, visitor):
    client = visit(visitor)
    for name, screen in SCREENS.items():
        if screen.action is None:
            assert client.get(f"/stage/{own.hall.code}/{name}/state").status_code in {403, 404}
            continue
        wanted = 200 if visitor in PERMISSIONS[screen.action] else 403
        assert client.get(f"/stage/{own.hall.code}/{name}/state").status_code == wanted, name


def test_a_stranger_cannot_tell_a_private_page_from_none(app, own, other, visit):
    client = visit(STRANGER)

    def page(path: str) -> str:
        text = client.get(path).get_data(as_text=True).replace(path, "PATH")
        return re.sub("reference [0-9a-f]{12}", "reference", text)

    code = own.hall.code
    for path in (f"/organizer/t/{code}", f"/office/{code}/{OFFICE}", f"/stage/{code}/host"):
        assert page(path) == page(path.replace(code, "nowhere"))
