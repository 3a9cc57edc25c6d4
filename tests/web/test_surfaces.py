"""One saved town hall gets one answer: by page, API, command line, and the rules read aloud."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner

from tests.domain import naive_planner, naive_sittings
from townhall.cli import main
from townhall.queries import planner, planning

POLIO = [
    {"name": "New York", "zone": "America/New_York", "country": "US", "people": 40},
    {"name": "Bukavu", "zone": "Africa/Lubumbashi", "country": "CD", "weight": 2, "ledger": 12},
    {"name": "Karachi", "zone": "Asia/Karachi", "country": "PK", "never": [["13:00", "14:07"]]},
    {
        "name": "New Delhi",
        "zone": "Asia/Kolkata",
        "country": "IN",
        "region": "DL",
        "busy": [["2026-03-08T11:15Z", "2026-03-08T11:50Z"]],
    },
]
CORNERS = [
    {
        "name": "Lord Howe",
        "zone": "Australia/Lord_Howe",
        "country": "AU",
        "bands": [["08:07", "16:00", 0], ["16:00", "00:00", 5], ["00:00", "08:07", 40]],
        "required": False,
        "never": [["22:00", "06:30"]],
        "people": 7,
    },
    {"name": "Cairo", "zone": "Africa/Cairo", "country": "EG", "extra_holidays": ["2026-10-25"]},
    {"name": "Tehran", "zone": "Asia/Tehran", "country": "IR", "rest_days": ["thu"]},
    {"name": "Chatham", "zone": "Pacific/Chatham", "struck_holidays": ["2026-10-26"]},
]
SHUT = [
    {"name": "Suva", "zone": "Pacific/Fiji", "never": [["00:00", "12:00"]]},
    {"name": "Apia", "zone": "Pacific/Apia", "never": [["12:00", "24:00"]]},
]


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request):
    """Return each database in turn: this page is read from both."""
    return request.param


@pytest.fixture(
    params=[(POLIO, "2026-03-08"), (CORNERS, "2026-10-25"), (SHUT, "2026-12-09")],
    ids=["polio", "corners", "shut"],
)
def hall(request, make, client, sign_in):
    seats, day = request.param
    first = datetime.fromisoformat(day).replace(tzinfo=UTC)
    owner = make.account("Dana")
    hall = make.town_hall(
        owner,
        code="polio",
        minutes=45,
        window_from_at=first - timedelta(hours=2),
        window_until_at=first + timedelta(days=1),
    )
    # What a place always says stands at its office, and holds where the seat says nothing.
    office = make.office("Apia", zone="Pacific/Apia", never=[["12:00", "24:00"]])
    for position, seat in enumerate(seats, 1):
        columns = {"country": None, **seat, "position": position}
        if seat["name"] == "Apia":
            columns |= {"never": None, "office_id": office.id}
        make.seat(hall, **columns)
    sign_in(client, owner)
    return hall


def ranked(page):
    """Return the page's ranked hours: the rank and worst points of each, and its starts, alike."""
    listed = re.search(r'<ol class="plain rank">(.*?)</ol>', page, re.DOTALL)
    for item in re.findall(r"<li.*?</li>", listed[1] if listed else "", re.DOTALL):
        addresses = map(urlsplit, map(unescape, re.findall(r'href="([^"]+)"', item)))
        starts = [parse_qs(address.query)["start"][0] for address in addresses]
        yield (
            int(re.search(r"<b>(\d+)</b>", item)[1]),
            int(re.search(r"worst (\d+)", item)[1]),
            starts,
        )


def test_page_api_and_command_line_give_the_answer_of_the_rules(client, db, hall):
    written = planning.plan_document(planning.town_hall(db, hall.code), top=planner.TOP)

    page = client.get("/organizer/t/polio/plan").get_data(as_text=True)
    asked = client.post("/api/v1/plans", json=written).json
    command = ["plan", "-", "--format", "json"]
    printed = json.loads(CliRunner().invoke(main, command, input=json.dumps(written)).stdout)
    naive = naive_planner.plan(written)

    assert printed == asked
    assert [(naive_planner.instant(o["start"]), o["worst_first"]) for o in asked["options"]] == [
        (option["start"], option["worst_first"]) for option in naive["options"][: planner.TOP]
    ]
    hours = list(ranked(page))
    for rank, worst, starts in hours:
        option = naive["options"][rank - 1]
        assert (naive_planner.instant(starts[0]), [worst]) == (
            option["start"],
            option["worst_first"][:1],
        )
    listed = {start for _, _, starts in hours for start in starts}
    assert {option["start"] for option in asked["options"]} <= listed
    reasons = [seat["why"] for option in asked["options"][:1] for seat in option["seats"]]
    assert [why for why in reasons if why not in unescape(page)] == []
    assert (asked["nothing_fits"] is None) == (naive["nothing_fits"] is None)
    if asked["nothing_fits"]:
        assert asked["nothing_fits"]["relax"] == [["Suva"], ["Apia"]]
        assert "Suva" in page
        assert "There is none to rank." in page


def test_several_sittings_are_the_same_by_page_api_and_command_line(client, db, make, sign_in):
    owner = make.account("Dana")
    hall = make.town_hall(
        owner,
        code="halves",
        sittings_wanted=2,
        window_from_at=datetime(2026, 3, 8, tzinfo=UTC),
        window_until_at=datetime(2026, 3, 8, 15, tzinfo=UTC),
    )
    for position, seat in enumerate(POLIO, 1):
        make.seat(hall, **{"country": None, **seat, "position": position})
    sign_in(client, owner)
    written = planning.plan_document(planning.town_hall(db, hall.code))

    page = unescape(client.get("/organizer/t/halves/plan").get_data(as_text=True))
    asked = client.post("/api/v1/plans", json=written).json
    command = ["plan", "-", "--format", "json"]
    printed = json.loads(CliRunner().invoke(main, command, input=json.dumps(written)).stdout)
    worst_first, people_points, starts = naive_sittings.best(written)

    assert printed == asked
    found = asked["sittings"]
    assert [naive_planner.instant(start) for start in found["starts"]] == starts
    assert (found["worst_first"], found["people_points"]) == (worst_first, people_points)
    chosen = re.findall(r'name="start" value="([^"]+)"', page.partition("/choose")[2])
    assert chosen[:2] == found["starts"]
    for nth, option in enumerate(asked["options"]):
        for seat in option["seats"]:
            if found["own"][seat["name"]] == nth:
                assert seat["why"] in page
    assert "Worst first: " + " · ".join(map(str, worst_first)) in page
