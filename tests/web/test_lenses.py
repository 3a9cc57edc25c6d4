"""The planner's other ways to look, and the planner as a reader's link shows it."""

import re
from datetime import UTC, datetime

import pytest

from tests.fixtures.web import text_of
from townhall.domain.access import Role
from townhall.domain.lenses import Lens
from townhall.web.organizer import lenses

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

PLAN = "/organizer/t/polio/plan"


@pytest.fixture
def hall(make):
    hall = make.town_hall(
        code="polio",
        window_from_at=datetime(2026, 12, 9, tzinfo=UTC),
        window_until_at=datetime(2026, 12, 10, tzinfo=UTC),
    )
    places = [("New York", "America/New_York", 40), ("Kinshasa", "Africa/Kinshasa", 10)]
    for position, (name, zone, people) in enumerate([*places, ("Karachi", "Asia/Karachi", 2)], 1):
        make.seat(hall, name, zone=zone, country=None, position=position, people=people)
    return hall


@pytest.fixture
def organizer(client, make, hall, sign_in):
    owner = make.account("Dana")
    make.member(owner, hall, Role.OWNER)
    return sign_in(client, owner)


@pytest.fixture
def viewer(app, make, hall):
    """Return the browser of somebody who opened a link that shows the plan."""
    _link, token = make.link(hall, Role.VIEWER)
    browser = app.test_client()
    assert browser.get(f"/k/{token}").location == PLAN
    return browser


def section(page):
    """Return the page's part about lenses."""
    return re.search(r'<section class="card" id="lenses".*?</section>', page.text, re.DOTALL)[0]


def rows(page):
    """Return the cells of the lens's table."""
    body = re.search(r"<tbody>(.*?)</tbody>", section(page), re.DOTALL)[1]
    return [
        [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split())
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
        ]
        for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    ]


def test_the_trade_off_is_a_curve_with_a_table_of_the_same_points(organizer):
    page = organizer.get(PLAN)
    shown = section(page)
    assert "The fair order is the rule; these are other ways to look" in text_of(page)
    assert rows(page)[0] == ["Wed 9 Dec, 07:30", "1", "New York · Karachi", "6", "252", "33%"]
    assert len(re.findall("<circle", shown)) == len(rows(page)) > 1
    assert "<title" in shown
    assert f"From {rows(page)[0][4]} points of all people with 6" in shown


@pytest.mark.parametrize(
    "query, first",
    [
        ("lens=ceiling&value=8", ["Wed 9 Dec, 09:00", "4", "Karachi", "8", "16", "67%"]),
        ("lens=ceiling", ["Wed 9 Dec, 07:30", "1", "New York · Karachi", "6", "252", "33%"]),
        ("lens=least-total", ["Wed 9 Dec, 09:00", "4", "Karachi", "8", "16", "67%"]),
        ("lens=working-hours", ["Wed 9 Dec, 09:00", "4", "Karachi", "8", "16", "67%", "50"]),
        ("lens=attendance&value=4", ["Wed 9 Dec, 09:00", "4", "Karachi", "8", "16", "67%", "50"]),
        ("lens=quorum", ["Wed 9 Dec, 07:30", "1", "New York · Karachi", "6", "252", "33%"]),
    ],
)
def test_each_lens_shows_its_best_hours_beside_their_fair_rank(organizer, query, first):
    page = organizer.get(f"{PLAN}?{query}")
    assert rows(page)[0] == first
    assert "<circle" not in section(page)


def test_every_lens_is_named_explained_and_linked(organizer):
    assert set(lenses.NAMES) == set(lenses.IDEAS) == set(Lens)
    shown = section(organizer.get(f"{PLAN}?lens=ceiling&value=8"))
    assert set(re.findall(r"lens=([a-z-]+)#lenses", shown)) == set(Lens)
    assert re.findall(r'aria-current="true">([^<]+)<', shown) == ["A ceiling for everyone"]


def test_looking_at_another_hour_keeps_the_lens(organizer):
    page = organizer.get(f"{PLAN}?lens=ceiling&value=8").text
    ranked = re.search(r'id="ranked".*?</section>', page, re.DOTALL)[0]
    assert re.search(r'href="[^"]*start=[^"]*lens=ceiling&amp;value=8"', ranked)
    trial = re.search(r"<form[^>]*data-trial>.*?</form>", page, re.DOTALL)[0]
    assert '<input type="hidden" name="lens" value="ceiling">' in trial


@pytest.mark.parametrize(
    "query, says",
    [
        ("lens=floor", "“floor” is no lens"),
        ("lens=ceiling&value=many", "“many” is not a whole number"),
        ("lens=trade-off&value=3", "takes no number"),
    ],
)
def test_a_lens_that_cannot_be_is_refused_in_one_sentence(organizer, query, says):
    page = organizer.get(f"{PLAN}?{query}")
    assert (page.status_code, says in text_of(page)) == (422, True)


def test_an_hour_that_costs_nobody_anything_hits_nobody(organizer, make, db, hall):
    for seat in hall.seats[1:]:
        db.delete(seat)
    db.commit()
    assert rows(organizer.get(f"{PLAN}?lens=least-total"))[0][2] == "nobody pays"
    shown = section(organizer.get(PLAN))
    assert len(re.findall("<circle", shown)) == 1


def test_where_no_hour_passes_it_is_said(organizer):
    shown = section(organizer.get(f"{PLAN}?lens=ceiling&value=0"))
    assert "No hour passes here." in shown


def test_a_reader_sees_the_plan_and_nothing_to_change(viewer):
    page = viewer.get(PLAN)
    assert page.status_code == 200
    assert "Fairest hour: Wednesday 9 December" in text_of(page)
    assert "Only they change it." in text_of(page)
    assert 'method="post"' not in page.text
    assert "What this hour means for each place" in text_of(page)


def test_every_link_of_the_readers_page_leads_somewhere(viewer, hall, make):
    make.sitting(hall)
    for query in ("", "?lens=ceiling", "?start=2026-12-09T12:00Z"):
        page = viewer.get(f"{PLAN}{query}").text
        inside = {
            link.replace("&amp;", "&") for link in re.findall(r'href="(/(?!static)[^"#]*)', page)
        }
        statuses = {link: viewer.get(link).status_code for link in inside}
        assert set(statuses.values()) == {200}, statuses


def test_a_reader_changes_nothing_and_sees_no_names_of_people(viewer):
    assert viewer.submit(PLAN, version="1").status_code == 403
    for path in ("choose", "discard", "call-off", "sittings/1/keep-instant", "links"):
        assert viewer.submit(f"/organizer/t/polio/{path}").status_code == 403
    for path in ("", "/links", "/mail", "/shortlist", "/edit"):
        assert viewer.get(f"/organizer/t/polio{path}").status_code == 403


def test_a_reader_of_a_plan_without_seats_is_told_so(app, make):
    empty = make.town_hall(code="empty")
    _link, token = make.link(empty, Role.VIEWER)
    browser = app.test_client()
    page = browser.get(browser.get(f"/k/{token}").location)
    assert page.status_code == 200
    assert "Add a seat" not in text_of(page)


def test_the_team_makes_and_revokes_a_readers_link(organizer, app):
    made = organizer.submit("/organizer/t/polio/links", role="viewer", label="Regional director")
    address = re.search(r"http://localhost(/k/[\w-]+)", made.text)[1]
    reader = app.test_client()
    assert reader.get(address).location == PLAN
    assert reader.get(PLAN).status_code == 200
    revoke = re.search(r'action="([^"]+/revoke)"', organizer.get("/organizer/t/polio/links").text)
    assert organizer.submit(revoke[1]).status_code == 303
    assert reader.get(PLAN).status_code == 404
