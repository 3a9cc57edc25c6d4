"""axe-core finds nothing on the main pages that keeps people out, in light and in dark."""

from datetime import UTC, datetime

import pytest

from tests.fixtures.make import NOW
from tests.services.asking import approved, ask
from townhall import clock
from townhall.db import transaction
from townhall.domain.access import Role
from townhall.domain.states import SeatRole
from townhall.services import series, sittings, solving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("backend", ["sqlite"], indirect=True),
]

OF_THE_ORGANIZER = (
    "",
    "/plan",
    "/plan?weight-2=3&also=Nairobi&required-3=no&lens=ceiling",
    "/plan?never-1=00:00-00:00",
    "/repeat",
    "/series",
    "/shortlist",
    "/mail",
    "/links",
    "/staff",
    "/edit",
    "/seats/2",
)


@pytest.fixture
def settings(settings):
    """Return the settings of a demonstration, in which a link signs an account in."""
    return settings.model_copy(update={"demo": True})


@pytest.fixture
def hall(db, make):
    hall = make.town_hall(
        title="Polio: a live conversation",
        window_from_at=datetime(2030, 12, 9, tzinfo=UTC),
        window_until_at=datetime(2030, 12, 12, tzinfo=UTC),
    )
    host = make.seat(hall, "New York", position=1, zone="America/New_York", role=SeatRole.HOST)
    make.seat(hall, "New Delhi", position=2, zone="Asia/Kolkata", never=[["18:00", "21:00"]])
    make.seat(hall, "Islamabad", position=3, required=False)
    make.seat_contact(host)
    make.staffer(hall)
    make.shortlist(hall, starts=["2030-12-09T12:00Z"])
    make.sitting(hall, starts_at=datetime(2030, 12, 9, 12, 15, tzinfo=UTC))
    approved(db, make, hall, "Is the vaccine safe for newborns?", who="p1")
    ask(db, hall, "When do the drops come to our village?", who="p2")
    series.make(db, make.actor(hall), hall.code, series.Plan(count=1, every_days=7), now=NOW)
    return hall


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_main_page_keeps_people_out(people, make, hall, barriers, language, scheme):
    token = make.link(hall, Role.OWNER)[1]
    page = people.page(link=token, bypass_csp=True, color_scheme=scheme)
    paths = [f"/organizer/t/{hall.code}{path}" for path in OF_THE_ORGANIZER]
    paths += [f"/stage/{hall.code}/{screen}" for screen in ("moderate", "host", "present")]
    paths += [f"/t/{hall.code}", f"/l/{hall.code}"]
    found = {}
    for path in paths:
        answer = page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
        assert answer.ok, path
        found[path] = barriers(page)
    assert {path: said for path, said in found.items() if said} == {}


PLACES = (("New York", "America/New_York"), ("New Delhi", "Asia/Kolkata"), ("Suva", "Pacific/Fiji"))


@pytest.fixture
def account(make):
    return make.account("Dana")


@pytest.fixture
def repeated(db, make, account, sessions):
    """Town halls: one of two sittings, one to be repeated, a series, and one that is stuck."""
    halls = {}
    for code in ("two", "single", "series", "stuck"):
        hall = halls[code] = make.town_hall(
            account,
            code=code,
            window_from_at=datetime(2030, 12, 9, tzinfo=UTC),
            window_until_at=datetime(2030, 12, 10, tzinfo=UTC),
        )
        for position, (name, zone) in enumerate(PLACES, start=1):
            make.seat(hall, name, position=position, zone=zone, country=None)
    with transaction(db):
        halls["two"].sittings_wanted = 2
        halls["stuck"].seats[1].never = [["00:00", "00:00"]]
    for code in ("series", "stuck"):
        plan = series.Plan(count=3, every_days=7)
        series.make(db, make.actor(halls[code]), code, plan, now=NOW)
    solving.work(sessions, now=clock.now, stopwatch=clock.monotonic)
    first = halls["series"]
    actor = make.actor(first)
    sittings.choose(db, actor, first.code, first.occurrence.planned_at, now=NOW)
    return halls


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_page_of_several_sittings_keeps_people_out(
    people, make, account, repeated, barriers, language, scheme
):
    token = make.link(repeated["series"], Role.OWNER, account_id=account.id)[1]
    page = people.page(link=token, bypass_csp=True, color_scheme=scheme)
    found = {}
    for path, part in (
        ("two/plan", ".ribbons"),
        ("single/repeat", ".rotation"),
        ("series/series", ".rotation"),
        ("stuck/series", ".note.warn"),
        ("stuck/repeat", ".note.warn"),
        ("", "details"),
    ):
        address = f"/organizer/t/{path}" if path else "/organizer/"
        assert page.goto(f"{address}?lang={language}").ok, path
        assert page.locator(part).count(), path
        found[path] = barriers(page)
    assert {path: said for path, said in found.items() if said} == {}


def test_a_picture_without_words_would_be_found(people, barriers):
    page = people.page(bypass_csp=True)
    page.set_content('<html lang="en"><title>x</title><img src="/icon.svg">')
    assert barriers(page) == ["image-alt: img"]
