"""The planner page: the heat map, hours side by side, places on trial, very many places."""

import re
from datetime import UTC, datetime

import pytest

from tests.fixtures.web import parts_of, reread, text_of
from townhall.domain.access import Role
from townhall.domain.states import SeatRole
from townhall.models.availability import SeatReply
from townhall.models.planning import TownHall
from townhall.web.organizer import charts

PLAN = "/organizer/t/polio/plan"
NOON = "2026-12-09T12:00Z"


@pytest.fixture
def hall(make):
    hall = make.town_hall(
        code="polio",
        window_from_at=datetime(2026, 12, 9, tzinfo=UTC),
        window_until_at=datetime(2026, 12, 11, tzinfo=UTC),
    )
    for position, (name, zone, role) in enumerate(
        (
            ("New York", "America/New_York", SeatRole.HOST),
            ("New Delhi", "Asia/Kolkata", SeatRole.OFFICE),
        ),
        1,
    ):
        seat = make.seat(hall, name, position=position, zone=zone, country=None, role=role)
        make.site(hall, seat)
    return hall


@pytest.fixture
def organizer(app, make, hall, sign_in):
    link, _token = make.link(hall, Role.PRODUCER)
    return sign_in(app.test_client(), links=(link,))


def part(page, name):
    """Return the markup of one part of the page."""
    return re.search(rf'<(section|div)[^>]* id="{name}".*?</\1>', page.text, re.DOTALL)[0]


def words_of(markup):
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


@pytest.mark.parametrize("sittings", [1, 2])
@pytest.mark.parametrize("query", ["", f"?start={NOON}", "?weight-2=3&lens=ceiling", "?weight-2=x"])
def test_the_parts_that_a_script_asks_for_are_those_of_the_page(
    db, hall, organizer, sittings, query
):
    hall.sittings_wanted = sittings
    db.commit()
    address = f"{PLAN}{query}"
    page = organizer.get(address)
    near, far = (organizer.get(address, headers={"X-Parts": name}) for name in ("near", "far"))
    assert {"lede", "seat-1", "seat-2", "act", "keep"} <= parts_of(near).keys()
    assert {"heat", "beside", "why"} <= parts_of(far).keys()
    assert {**parts_of(near), **parts_of(far)} == parts_of(page)
    assert not parts_of(near).keys() & parts_of(far).keys()
    shape = re.compile(r'data-shape="[^"]+"')
    assert shape.findall(near.text) == shape.findall(far.text) == shape.findall(page.text)
    for parts in (near, far):
        assert parts.status_code == page.status_code
        assert "<html" not in parts.text
        assert "data-trial" not in parts.text


def test_a_page_of_another_shape_says_so(organizer):
    shape = re.compile(r'data-shape="[^"]+"')
    kept, without = (organizer.get(f"{PLAN}{query}").text for query in ("", "?required-2=out"))
    assert shape.findall(kept) != shape.findall(without)


def test_hours_that_cost_all_places_the_same_stand_together(organizer):
    ranked = words_of(part(organizer.get(PLAN), "ranked"))
    assert "1 Wednesday 9 December, 07:15–08:15" in ranked
    assert "As good for each place: Thu 10 Dec" in ranked
    assert ranked.count("07:15–08:15") == 1 * 2  # the row, and the name of its box


def test_what_the_next_hour_would_do_better_is_said_of_one_that_differs(organizer):
    said = words_of(part(organizer.get(PLAN), "why"))
    assert "Wed 9 Dec 2026, 13:30 UTC, is better for New York (2 instead of 7)." in said


def test_any_hours_are_laid_side_by_side(organizer):
    query = f"beside={NOON}&beside=2026-12-09T15:00Z&beside=2030-01-01T00:00Z"
    said = words_of(part(organizer.get(f"{PLAN}?{query}"), "beside"))
    assert said.startswith("Side by side Wed 9 Dec, 07:00 Wed 9 Dec, 10:00 Wed 9 Dec, 07:15 ")
    assert "Better than the first for – New York (0 instead of 8)" in said
    assert "The first is better for – New Delhi (6 instead of 16)" in said
    assert organizer.get(f"{PLAN}?beside=soon").status_code == 422


def test_every_cell_of_the_heat_map_is_the_link_of_its_hour(organizer):
    heat = part(organizer.get(PLAN), "heat")
    row = re.search(
        r"<tr>\s*<th scope=\"row\"><bdi dir=\"auto\">New Delhi.*?</tr>", heat, re.DOTALL
    )
    starts = re.findall(r"start=2026-12-09T(\d\d):00Z", row[0].replace("%3A", ":"))
    assert starts == [f"{hour:02}" for hour in range(24)]
    assert row[0].count("start=2026-12-09T12:15Z") == 1, "the hour that is looked at, marked"
    assert '<td class="best" aria-current="true">' in row[0]
    assert row[0].count('tabindex="-1"') == 25, "one stop for the keyboard, not one a cell"


def test_the_days_of_any_window_go_on(organizer, db, hall):
    db.get_one(TownHall, hall.id).window_until_at = datetime(2027, 2, 20, tzinfo=UTC)
    db.commit()
    heat = part(organizer.get(f"{PLAN}?start={NOON}"), "heat")
    assert "Fri 8 Jan" in words_of(heat)
    assert "Sat 9 Jan" not in words_of(heat)
    assert "Earlier days" not in heat
    later = re.search(r'href="([^"]*)">Later days', heat)[1].replace("&amp;", "&")
    assert "start=2027-01-09T12:00Z" in later
    heat = part(organizer.get(later), "heat")
    assert "Fri 8 Jan" not in words_of(heat)
    assert "Mon 8 Feb" in words_of(heat)
    earlier = re.search(r'href="([^"]*)">Earlier days', heat)[1]
    assert "start=2027-01-08T12:00Z" in earlier
    outside = part(organizer.get(f"{PLAN}?start=2027-06-01T12:00Z"), "heat")
    assert "Fri 19 Feb" in words_of(outside)
    assert "Later days" not in outside


def test_busy_and_never_hours_are_hatched(organizer, db, hall):
    hall.seats[1].never = [["18:00", "21:00"]]
    hall.seats[0].busy = [["2026-12-09T18:00Z", "2026-12-09T19:00Z"]]
    db.commit()
    page = organizer.get(PLAN)
    seats = re.findall(r'<div id="seat-\d".*?</div>', page.text, re.DOTALL)
    assert [seat.count("url(#closed)") for seat in seats] == [1, 1]
    cells = re.findall(r'class="p\d+ out"><b>', part(page, "heat"))
    assert len(cells) == 1 + 4, "an hour of 60 minutes from 12:00 or 16:00 UTC on meets them"


def test_what_places_answered_stands_in_the_heat_map_and_beside_their_points(
    organizer, db, make, hall
):
    asked = make.shortlist(hall, starts=[NOON, "2026-12-09T12:15Z"])
    answers = {NOON: "yes", "2026-12-09T12:15Z": "if-need-be"}
    at = datetime(2026, 11, 23, tzinfo=UTC)
    reply = {"shortlist_id": asked.id, "seat_id": hall.seats[1].id, "answered_at": at}
    db.add(SeatReply(answers=answers, note="", **reply))
    db.commit()
    page = organizer.get(f"{PLAN}?start={NOON}")
    heat = part(page, "heat")
    assert "12:15" in words_of(heat), "an hour that was asked about has a column of its own"
    assert re.findall(
        r'aria-hidden="true">(.)</span><span class="visually-hidden">([^<]+)', heat
    ) == [
        ("✓", "Yes"),
        ("~", "If need be"),
    ]
    assert "6 points Yes" in words_of(part(page, "seat-2"))


def test_a_place_is_added_and_another_left_out_on_trial_then_kept(organizer, db, hall):
    tried = {"also": ["Nairobi", "Nepal", ""], "required-1": "out"}
    page = organizer.get(PLAN, query_string=tried)
    said = text_of(page)
    assert "You are trying changes." in said
    assert "Nairobi Wed 07:15–08:15" not in said
    assert [
        words_of(re.search(r"<bdi.*?</bdi>", each)[0])
        for each in re.findall(r'<div id="seat-\d".*?</div>', page.text, re.DOTALL)
    ] == ["New Delhi", "Nairobi", "Nepal"]
    assert "The fairest hour would be" in said
    db.rollback()
    assert len(hall.seats) == 2

    kept = organizer.submit(PLAN, version="1", **tried)
    assert kept.status_code == 303
    reread(db)
    assert [(seat.name, seat.zone, seat.country) for seat in hall.seats] == [
        ("New Delhi", "Asia/Kolkata", None),
        ("Nairobi", "Africa/Nairobi", "KE"),
        ("Nepal", "Asia/Kathmandu", "NP"),
    ]


@pytest.mark.parametrize(
    "name, says",
    [
        ("Nowhere at all", "“Nowhere at all” is not a known time zone"),
        ("United States", "“United States” is not a known time zone"),
        ("Nairobi&also=nairobi", "Another seat of this town hall is called “Nairobi” already."),
    ],
)
def test_a_place_that_cannot_be_added_is_said_and_the_plan_stays(organizer, name, says):
    page = organizer.get(f"{PLAN}?also={name}")
    assert page.status_code == 422
    assert says in text_of(page)
    assert "Fairest hour: Wednesday 9 December, 07:15–08:15." in text_of(page)


def test_a_place_that_looks_like_a_seat_is_one_already(organizer, make, hall):
    make.seat(hall, "Nairobi\u200b", position=3)
    page = organizer.get(f"{PLAN}?also=Nairobi")
    assert "Another seat of this town hall is called “Nairobi” already." in text_of(page)


def test_a_seat_that_was_promised_an_hour_is_not_left_out_for_good(organizer, make, hall):
    make.sitting(hall)
    refused = organizer.submit(PLAN, version="1", **{"required-2": "out"})
    assert refused.status_code == 409


@pytest.mark.parametrize(
    "query, says",
    [
        ("weight-2=2", "Dearer for: New York 10 instead of 7 · New Delhi 10 instead of 7"),
        ("weight-2=2", "its worst-off place is at 10 instead of 7"),
        (
            "bands-1=00:00-24:00 0",
            "Cheaper for: New York 0 instead of 7 · New Delhi 0 instead",
        ),
        ("never-1=00:00-00:00", "With these changes no hour fits any more."),
        ("never-1=01:00-02:00", "and its worst-off place at 7."),
    ],
)
def test_what_a_trial_changes_is_said(organizer, query, says):
    assert says in words_of(part(organizer.get(f"{PLAN}?{query}"), "keep"))


def test_a_trial_says_that_an_hour_fits_at_last(organizer, db, hall):
    hall.seats[0].never = [["00:00", "00:00"]]
    db.commit()
    said = words_of(part(organizer.get(f"{PLAN}?required-1=no"), "keep"))
    assert "With these changes an hour fits: " in said


def test_all_of_a_trial_and_a_comparison_stays_in_the_links(organizer):
    page = organizer.get(
        f"{PLAN}?weight-2=3&also=Nairobi&beside={NOON}&places=all&lens=least-total"
    )
    link = re.search(r'<a class="button quiet" href="([^"]+)">15 minutes later', page.text)[1]
    for field in ("weight-2=3", "also=Nairobi", "beside=", "places=all", "lens=least-total"):
        assert field in link


def crowd(make, hall):
    """Give the town hall so many seats that the page folds some away."""
    for number in range(3, charts.MOST_ROWS + 6):
        zone = ("Asia/Karachi", "Pacific/Auckland")[number > 20]
        make.seat(hall, f"Place {number}", position=number, zone=zone, country=None)


def test_of_very_many_places_those_that_pay_most_are_shown(organizer, make, hall):
    crowd(make, hall)
    page = organizer.get(PLAN)
    count = charts.MOST_ROWS + 5
    says = f"Shown are 24 of {count} places: those that cannot take part, then those that pay most."
    assert says in text_of(page)
    assert len(re.findall(r'<div id="seat-', page.text)) == 24
    assert len(re.findall(r"<details>", page.text)) == 24
    assert 'name="seat"' in page.text
    assert "16 points" in words_of(part(page, "seat-1"))
    assert "0 points" in words_of(part(page, "seat-24"))

    whole = organizer.get(f"{PLAN}?places=all")
    assert len(re.findall(r'<div id="seat-', whole.text)) == count
    assert "Show fewer" in text_of(whole)
    assert "5 more places" in organizer.get(f"{PLAN[:-5]}/plan.svg").text


def test_any_of_very_many_places_can_be_changed(organizer, make, hall):
    crowd(make, hall)
    page = organizer.get(PLAN)
    folded = re.search(r'<option value="(\d+)">[^<]', part_of_select(page))[1]
    assert f'name="weight-{folded}"' not in page.text
    assert f'name="weight-{folded}"' in organizer.get(f"{PLAN}?seat={folded}").text
    assert f'name="weight-{folded}"' in organizer.get(f"{PLAN}?weight-{folded}=3").text
    assert f'name="weight-{folded}"' in organizer.get(f"{PLAN}?required-{folded}=out").text


def part_of_select(page):
    return re.search(r'<select name="seat".*?</select>', page.text, re.DOTALL)[0]


def test_where_nothing_fits_many_places_are_folded_too(organizer, db, make, hall):
    crowd(make, hall)
    hall.seats[0].never = [["00:00", "00:00"]]
    db.commit()
    page = organizer.get(PLAN)
    assert "No hour fits everyone who has to be there" in text_of(page)
    assert len(re.findall('<th scope="row">', part(page, "heat"))) == 24 + 1


def test_one_optional_place_alone_has_a_plan(app, make, sign_in):
    alone = make.town_hall(code="alone")
    make.seat(alone, "Kinshasa", zone="Africa/Kinshasa", country=None, required=False)
    link, _token = make.link(alone, Role.PRODUCER)
    page = sign_in(app.test_client(), links=(link,)).get("/organizer/t/alone/plan")
    assert "It lies in the working hours of every place." in text_of(page)


def test_a_reader_slides_the_hour_and_lays_hours_side_by_side(app, make, hall, sign_in):
    link, _token = make.link(hall, Role.VIEWER)
    page = sign_in(app.test_client(), links=(link,)).get(f"{PLAN}?beside={NOON}")
    assert "Slide the hour" in text_of(page)
    assert "data-pick" in page.text
    assert "data-trial" not in page.text
