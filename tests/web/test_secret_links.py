import pytest
from sqlalchemy import select

from tests.fixtures.make import NOW
from townhall.domain.access import Role
from townhall.models.accounts import Session as BrowserSession
from townhall.web.auth.links import LANDINGS
from townhall.web.context import SESSION_COOKIE


@pytest.fixture
def town_hall(make):
    return make.town_hall(code="polio")


@pytest.fixture
def seat(make, town_hall):
    return make.seat(town_hall, position=2)


@pytest.mark.parametrize(
    "role, path",
    [
        (Role.MODERATOR, "/stage/polio/moderate"),
        (Role.HOST, "/stage/polio/host"),
        (Role.PRESENTER, "/stage/polio/present"),
        (Role.SPEAKER, "/office/polio/2"),
        (Role.OFFICE, "/office/polio/2"),
        (Role.AUDIENCE, "/t/polio"),
        (Role.VIEWER, "/organizer/t/polio/plan"),
    ],
)
def test_a_link_leads_to_a_clean_address(client, make, town_hall, seat, role, path):
    _link, token = make.link(town_hall, role, seat if "{position}" in LANDINGS[role] else None)
    opened = client.get(f"/k/{token}")
    assert (opened.status_code, opened.location) == (303, path)
    assert token not in opened.get_data(as_text=True)
    assert client.cookie(SESSION_COOKIE) not in {None, token}


def test_every_landing_is_a_page(app):
    assert set(LANDINGS) == set(Role)
    addresses = app.url_map.bind("localhost")
    for path in LANDINGS.values():
        endpoint, values = addresses.match(path.format(code="polio", position=2), "GET")
        assert endpoint in app.view_functions, path
        assert set(values) <= {"code", "position"}


def test_a_link_works_on_any_device_until_it_is_revoked(app, make, town_hall, seat):
    link, token = make.link(town_hall, Role.OFFICE, seat)
    for _ in range(2):
        device = app.test_client()
        device.get(f"/k/{token}")
        assert device.get("/office/polio/2").status_code == 200
    link.revoked_at = NOW
    make.db.commit()
    assert device.get("/office/polio/2").status_code == 404
    assert app.test_client().get(f"/k/{token}").status_code == 410


def test_an_unknown_link_is_no_page_and_sets_no_cookie(client, db):
    refused = client.get("/k/aaaaaaaaaaaaaaaaaaaaaa")
    assert refused.status_code == 404
    assert "Set-Cookie" not in refused.headers
    assert db.scalars(select(BrowserSession)).all() == []


@pytest.mark.parametrize("demo, status", [(False, 404), (True, 303)])
def test_a_link_of_an_account_opens_in_a_demonstration_alone(make, settings, clock, demo, status):
    from townhall.app import create_app

    account = make.account()
    town_hall = make.town_hall(account)
    _link, token = make.link(town_hall, Role.OWNER, account_id=account.id)
    client = create_app(settings.model_copy(update={"demo": demo}), now=clock).test_client()
    opened = client.get(f"/k/{token}")
    assert opened.status_code == status
    if demo:
        assert opened.location == f"/organizer/t/{town_hall.code}"
