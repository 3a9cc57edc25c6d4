import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.fixtures.make import NOW
from townhall.domain import tokens
from townhall.domain.access import Actor, Grant, Role
from townhall.errors import ExpiredLinkError, InputError, NotAllowedError, NotFoundError
from townhall.models.accounts import AuditEntry, Link
from townhall.models.accounts import Session as BrowserSession
from townhall.queries import accounts
from townhall.services import links

LATER = NOW + timedelta(hours=1)


def actions(db):
    return db.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()


def opener(db, opened):
    session = accounts.session(db, opened.session_token, now=NOW)
    return accounts.actor(db, session)


def test_make_returns_a_token_that_is_not_kept(db, make):
    town_hall = make.town_hall()
    owner = make.actor(town_hall)

    link, token = links.make(db, owner, town_hall, Role.HOST, label="Jane", now=NOW)

    assert re.fullmatch(r"[\w-]{22}", token)
    assert (link.role, link.label, link.seat_id, link.created_at) == (Role.HOST, "Jane", None, NOW)
    assert link.token_hash == tokens.digest(token)
    entry = db.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.action, entry.object) == (owner.key, "link.made", f"link:{link.id}")
    assert entry.after == {"role": "host", "seat_id": None, "account_id": None, "label": "Jane"}


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.HOST, Role.PRESENTER, Role.VIEWER])
def test_make_is_for_the_team_alone(db, make, role):
    town_hall = make.town_hall()
    outsider = make.actor(make.town_hall())
    with pytest.raises(NotAllowedError):
        links.make(db, make.actor(town_hall, role), town_hall, role, label="x", now=NOW)
    with pytest.raises(NotFoundError):
        links.make(db, outsider, town_hall, role, label="x", now=NOW)
    assert actions(db) == []


@pytest.mark.parametrize(
    "role, of_a_seat",
    [
        (Role.OWNER, False),
        (Role.PRODUCER, False),
        (Role.OFFICE, False),
        (Role.AUDIENCE, False),
        (Role.HOST, True),
        (Role.OWNER, True),
    ],
)
def test_make_refuses_roles_that_no_such_link_gives(db, make, role, of_a_seat):
    town_hall = make.town_hall()
    owner = make.actor(town_hall)
    seat = make.seat(town_hall) if of_a_seat else None
    with pytest.raises(InputError, match=f"role: “{role}” is not a role that this link can give"):
        links.make(db, owner, town_hall, role, label="x", now=NOW, seat=seat)


def test_make_refuses_a_seat_of_another_town_hall(db, make):
    town_hall = make.town_hall()
    owner = make.actor(town_hall)
    stranger = make.seat(make.town_hall())
    with pytest.raises(InputError):
        links.make(db, owner, town_hall, Role.OFFICE, label="x", now=NOW, seat=stranger)


def test_make_refuses_a_label_that_is_too_long(db, make):
    town_hall = make.town_hall()
    owner = make.actor(town_hall)
    with pytest.raises(InputError, match=r"label: “x{40}…” has 201 characters; the most is 200"):
        links.make(db, owner, town_hall, Role.HOST, label="x" * 201, now=NOW)


def test_opening_begins_a_session_with_the_links_role(db, make):
    town_hall = make.town_hall()
    seat = make.seat(town_hall)
    owner = make.actor(town_hall)
    link, token = links.make(db, owner, town_hall, Role.OFFICE, label="x", now=NOW, seat=seat)

    opened = links.open_(db, token, None, demo=False, now=NOW)

    assert opened.link is link
    assert opener(db, opened).grants == {Grant(town_hall.id, Role.OFFICE, seat.id)}
    assert opener(db, opened).account_id is None


def test_opening_a_second_link_adds_it_to_the_same_session(db, make):
    town_hall = make.town_hall()
    _host, host = make.link(town_hall, Role.HOST)
    _moderator, moderator = make.link(town_hall, Role.MODERATOR)

    first = links.open_(db, host, None, demo=False, now=NOW)
    second = links.open_(db, moderator, first.session_token, demo=False, now=LATER)
    again = links.open_(db, host, first.session_token, demo=False, now=LATER)

    assert first.session_token == second.session_token == again.session_token
    assert opener(db, again).grants == {
        Grant(town_hall.id, Role.HOST),
        Grant(town_hall.id, Role.MODERATOR),
    }


@pytest.mark.parametrize(
    "columns", [{"ended_at": NOW}, {"expires_at": NOW}, {"seen_at": NOW - timedelta(days=14)}]
)
def test_opening_does_not_revive_a_session_that_is_over(db, make, columns):
    _link, token = make.link(make.town_hall(), Role.HOST)
    _session, former = make.session(**columns)

    opened = links.open_(db, token, former, demo=False, now=NOW)

    assert opened.session_token != former
    assert accounts.session(db, former, now=NOW) is None


def test_opening_an_unknown_link_tells_nothing(db):
    with pytest.raises(NotFoundError):
        links.open_(db, tokens.fresh(), None, demo=False, now=NOW)
    assert db.scalars(select(BrowserSession)).all() == []


def test_revoking_takes_the_role_from_who_had_opened_the_link(db, make):
    town_hall = make.town_hall()
    owner = make.actor(town_hall)
    link, token = links.make(db, owner, town_hall, Role.HOST, label="x", now=NOW)
    opened = links.open_(db, token, None, demo=False, now=NOW)

    links.revoke(db, owner, link.id, now=LATER)
    links.revoke(db, owner, link.id, now=LATER)

    assert opener(db, opened).grants == frozenset()
    with pytest.raises(ExpiredLinkError, match="This link has ended"):
        links.open_(db, token, None, demo=False, now=LATER)
    assert link.revoked_at == LATER
    assert actions(db) == ["link.made", "link.revoked"]


def test_revoking_is_for_the_team_alone(db, make):
    town_hall = make.town_hall()
    link, _token = make.link(town_hall, Role.HOST)
    for actor, error in [
        (make.actor(town_hall, Role.HOST), NotAllowedError),
        (make.actor(make.town_hall()), NotFoundError),
    ]:
        with pytest.raises(error):
            links.revoke(db, actor, link.id, now=NOW)
    with pytest.raises(NotFoundError):
        links.revoke(db, make.actor(town_hall), link.id + 1000, now=NOW)
    assert link.revoked_at is None


def test_a_seat_shares_one_link_with_its_people_at_a_time(db, make):
    town_hall = make.town_hall()
    seat, other = make.seat(town_hall), make.seat(town_hall)
    office = make.actor(town_hall, Role.OFFICE, seat)
    kept, _token = make.link(town_hall, Role.AUDIENCE, other)

    _first, former = links.make_for_people(db, office, seat, label="Karachi", now=NOW)
    second, token = links.make_for_people(db, office, seat, label="Karachi", now=LATER)

    assert accounts.living_links(db, town_hall.id, Role.AUDIENCE, seat.id) == [second]
    assert kept.revoked_at is None
    assert links.open_(db, token, None, demo=False, now=LATER).link is second
    with pytest.raises(ExpiredLinkError):
        links.open_(db, former, None, demo=False, now=LATER)
    with pytest.raises(NotAllowedError):
        links.make_for_people(db, office, other, label="x", now=NOW)


def test_an_accounts_link_signs_in_only_in_a_demonstration(db, make):
    account = make.account()
    town_hall = make.town_hall(account)
    _link, token = links.make_for_account(db, account, town_hall, label="demo", now=NOW)

    with pytest.raises(NotFoundError):
        links.open_(db, token, None, demo=False, now=NOW)
    first = links.open_(db, token, None, demo=True, now=NOW)
    second = links.open_(db, token, first.session_token, demo=True, now=NOW)

    assert opener(db, second) == Actor(
        f"account:{account.id}", account.id, frozenset({Grant(town_hall.id, Role.OWNER)})
    )
    assert accounts.session(db, first.session_token, now=NOW) is None


def test_links_are_kept_when_somebody_signs_in_and_not_for_the_next_account(db, make):
    first, second = make.account(), make.account()
    town_hall = make.town_hall()
    _host, host = make.link(town_hall, Role.HOST)
    _link, as_first = links.make_for_account(db, first, make.town_hall(), label="", now=NOW)
    _link, as_second = links.make_for_account(db, second, make.town_hall(), label="", now=NOW)

    opened = links.open_(db, host, None, demo=True, now=NOW)
    opened = links.open_(db, as_first, opened.session_token, demo=True, now=NOW)
    assert opener(db, opened).knows(town_hall.id)
    opened = links.open_(db, as_second, opened.session_token, demo=True, now=NOW)
    assert not opener(db, opened).knows(town_hall.id)
    assert db.scalars(select(Link).where(Link.revoked_at.is_not(None))).all() == []
