"""The planner of a town hall with two sittings, from the form to what each place is shown."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from tests.fixtures.make import NOW
from tests.fixtures.web import reread, text_of
from townhall.domain import relaxing
from townhall.domain.access import Role
from townhall.domain.states import SeatRole
from townhall.models.planning import Draft, Sitting, TownHall
from townhall.queries import planning, rankings

EARLY = "2026-12-09T06:00Z"
LATE = "2026-12-09T15:00Z"
AT = [datetime(2026, 12, 9, 6, tzinfo=UTC), datetime(2026, 12, 9, 15, tzinfo=UTC)]
PLACES = {
    "New York": ("America/New_York", "US"),
    "New Delhi": ("Asia/Kolkata", "IN"),
    "Suva": ("Pacific/Fiji", "FJ"),
}


@pytest.fixture
def hall(make):
    """Return a town hall of two sittings: the host attends both, three places one each."""
    hall = make.town_hall(
        make.account("Dana"),
        code="polio",
        sittings_wanted=2,
        window_from_at=datetime(2026, 12, 9, tzinfo=UTC),
        window_until_at=datetime(2026, 12, 10, tzinfo=UTC),
    )
    make.site(hall)
    kinshasa = make.seat(
        hall,
        "Kinshasa",
        zone="Africa/Kinshasa",
        country="CD",
        position=1,
        role=SeatRole.HOST,
        everywhere=True,
    )
    seats = [kinshasa] + [
        make.seat(hall, name, zone=zone, country=country, position=position)
        for position, (name, (zone, country)) in enumerate(PLACES.items(), 2)
    ]
    for seat in seats:
        make.site(hall, seat)
        make.seat_contact(seat, make.contact(f"Reader in {seat.name}"))
    return hall


@pytest.fixture
def organizer(client, sign_in, hall, make):
    link, _token = make.link(hall, Role.OWNER)
    return sign_in(client, links=(link,))


def plan(organizer, *starts):
    address = "/organizer/t/polio/plan?" + "&".join(f"start={each}" for each in starts)
    return organizer.get(address)


def send(organizer, db, *starts):
    """Choose hours and send them."""
    assert organizer.submit("/organizer/t/polio/choose", start=list(starts)).status_code == 303
    reread(db)
    version = db.query(Draft).one().version
    assert organizer.submit("/organizer/t/polio/send", version=str(version)).status_code == 303
    reread(db)


def test_the_planner_shows_the_best_set_and_whom_each_sitting_serves(organizer):
    page = plan(organizer)
    said = text_of(page)
    assert page.status_code == 200
    assert "Fairest hours for 2 sittings:" in said
    assert "Kinshasa attends all" in said
    assert re.search(
        r"The best single sitting would cost the place that pays most \d+; with these", said
    )


def test_hours_of_ones_own_are_costed_at_once(organizer):
    said = text_of(plan(organizer, "2026-12-09T05:45Z", LATE))
    assert "Looked at:" in said
    assert "Wed 9 Dec 2026, 11:15–12:15 (UTC+05:30), working hours: 0 points" in said
    assert "Choose these hours" in said


def test_a_slid_hour_takes_its_place_among_the_others(organizer):
    page = organizer.get(f"/organizer/t/polio/plan?start={LATE}&slide=2026-12-09T00:00Z&later=360")
    assert f'name="start" value="{EARLY}"' in page.get_data(as_text=True)


@pytest.mark.parametrize(
    "other, says",
    [
        ("2026-12-09T06:30Z", "overlap"),
        ("2026-12-09T10:00Z", "Kinshasa attends every sitting, so 8 hours"),
    ],
)
def test_sittings_that_are_too_near_are_said_to_be_and_cannot_be_chosen(organizer, other, says):
    page = plan(organizer, EARLY, other)
    assert says in text_of(page)
    assert "Choose these hours" not in text_of(page)
    refused = organizer.submit("/organizer/t/polio/choose", start=[EARLY, other])
    assert (refused.status_code, says in text_of(refused)) == (422, True)


def test_where_nothing_fits_it_says_what_to_relax(organizer, hall, make, db):
    make.seat(hall, "Nowhere", zone="UTC", country=None, position=9, never=[["00:00", "00:00"]])
    page = text_of(plan(organizer))
    assert "No 2 sittings fit everyone who has to be there" in page
    assert "Nowhere" in page


def test_a_search_for_what_to_relax_that_was_too_short_says_so(organizer, hall, make, monkeypatch):
    monkeypatch.setattr(
        rankings.relaxing, "nothing_fits", partial(relaxing.nothing_fits, limit_s=1e-9)
    )
    make.seat(hall, "Never", zone="UTC", country=None, position=9, never=[["00:00", "00:00"]])
    page = text_of(plan(organizer))
    assert "No 2 sittings fit everyone who has to be there" in page
    assert "The time was too short to find all that would help." in page
    assert "too short for so many sittings" not in page


def test_hours_that_are_not_proven_best_show_their_bound(organizer, hall, make, monkeypatch):
    choose = rankings.sittings.choose
    monkeypatch.setattr(
        rankings.sittings, "choose", lambda ranking: replace(choose(ranking), proven=False, bound=3)
    )
    make.seat(hall, "Somewhere", zone="UTC", country=None, position=9)
    said = text_of(plan(organizer))
    assert "Good hours for 2 sittings; there may be better ones:" in said
    assert "only that none can cost the worst-off place less than 3." in said


def test_a_window_too_short_for_two_says_so(organizer, hall, db):
    hall = db.get_one(TownHall, hall.id)
    hall.window_until_at = datetime(2026, 12, 9, 4, tzinfo=UTC)
    db.commit()
    assert "The window is too short for so many sittings" in text_of(plan(organizer))


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_set_as_a_picture(organizer, kind):
    answer = organizer.get(f"/organizer/t/polio/plan.{kind}?start={EARLY}&start={LATE}")
    assert answer.status_code == 200
    if kind == "svg":
        assert answer.get_data(as_text=True).count("stroke-dasharray") == 3


def test_each_place_sees_its_own_sitting_first(organizer, db, make, hall, app, sign_in):
    send(organizer, db, EARLY, LATE)
    sittings = planning.sittings(db, db.get_one(TownHall, hall.id))
    assert [each.starts_at for each in sittings] == AT
    names = [[row.seat.name for row in each.promises] for each in sittings]
    assert names == [["Kinshasa", "New Delhi", "Suva"], ["Kinshasa", "New York"]]

    overview = text_of(organizer.get("/organizer/t/polio"))
    assert "For Kinshasa and New York" in overview
    assert overview.count("Move it") == 2
    assert "Cancel all of them" in overview

    delhi = next(seat for seat in sittings[0].promises if seat.seat.name == "New Delhi").seat
    link, _token = make.link(hall, Role.OFFICE, delhi)
    office = sign_in(app.test_client(), links=(link,))
    page = text_of(office.get(f"/office/polio/{delhi.position}"))
    assert "11:30" in page.partition("There is 1 other sitting")[0]
    assert "20:30" in page.partition("There is 1 other sitting")[2]

    host = next(seat for seat in sittings[0].promises if seat.seat.name == "Kinshasa").seat
    link, _token = make.link(hall, Role.OFFICE, host)
    office = sign_in(app.test_client(), links=(link,))
    assert "You are asked to all 2 sittings." in text_of(office.get("/office/polio/1"))


def test_the_public_pages_show_every_sitting(organizer, client, app, db):
    send(organizer, db, EARLY, LATE)
    viewer = app.test_client()
    for address in ("/t/polio", "/l/polio"):
        said = text_of(viewer.get(address))
        assert "06:00" in said, address
        assert "15:00" in said, address
    second = db.query(Sitting).order_by(Sitting.starts_at.desc()).first()
    entry = viewer.get(f"/t/polio/event.ics?sitting={second.number}").get_data(as_text=True)
    assert "DTSTART:20261209T150000Z" in entry
    assert "DTSTART:20261209T060000Z" in viewer.get("/t/polio/event.ics").get_data(as_text=True)
    assert viewer.get("/t/polio/event.ics?sitting=99").status_code == 404


def test_the_preview_of_a_move_names_who_changes_sitting(organizer, db):
    send(organizer, db, EARLY, LATE)
    organizer.submit("/organizer/t/polio/choose", start=["2026-12-09T04:00Z", LATE])
    said = text_of(organizer.get("/organizer/t/polio/draft"))
    assert "The sitting moves" in said
    mail = organizer.get("/organizer/t/polio/draft/1")
    assert "It is held in 2 sittings" in text_of(mail)


def test_one_of_two_is_cancelled_and_held_after_all(organizer, db):
    send(organizer, db, EARLY, LATE)
    late = db.query(Sitting).filter(Sitting.starts_at == AT[1]).one().number
    organizer.submit("/organizer/t/polio/call-off", sitting=str(late))
    preview = text_of(organizer.get("/organizer/t/polio/draft"))
    assert "The sitting is cancelled" in preview
    assert "Its hour stays, its people change" in preview
    reread(db)
    version = db.query(Draft).one().version
    organizer.submit("/organizer/t/polio/send", version=str(version))
    assert organizer.submit("/organizer/t/polio/reopen", sitting=str(late)).status_code == 303
    assert "The sitting is held after all" in text_of(organizer.get("/organizer/t/polio/draft"))


def test_a_plan_shown_by_a_link_has_nothing_to_press(app, sign_in, make, hall):
    link, _token = make.link(hall, Role.VIEWER)
    viewer = sign_in(app.test_client(), links=(link,))
    page = viewer.get("/organizer/t/polio/plan")
    assert page.status_code == 200
    assert "Choose these hours" not in text_of(page)


def test_something_tried_that_cannot_be_is_said_and_the_plan_stays(organizer):
    page = organizer.get("/organizer/t/polio/plan?weight-1=900")
    assert page.status_code == 422
    assert "Fairest hours" in text_of(page)


def part(page, name):
    """Return the words of one part of the page."""
    found = re.search(rf'<(section|div)[^>]* id="{name}".*?</\1>', page.text, re.DOTALL)[0]
    return found, " ".join(re.sub(r"<[^>]+>", " ", found).split())


def test_the_heat_map_tells_what_all_would_pay_with_one_sitting_elsewhere(organizer):
    markup, said = part(plan(organizer, EARLY, LATE), "heat")
    assert "Sitting 1 Wed 9 Dec, 07:00 Sitting 2 Wed 9 Dec, 16:00" in said
    row = re.search(r'<bdi dir="auto">New York</bdi>.*?</tr>', markup, re.DOTALL)[0]
    # The other sitting costs it nothing, so it attends this one only where it is as good and first.
    assert row.count("elsewhere") == 23
    link = re.search(r'href="([^"]*start=2026-12-09T04:00Z[^"]*)"', row)[1].replace("&amp;", "&")
    assert f"start={LATE}" in link
    assert "map=2026-12-09T04:00Z" in link
    assert "05:00–06:00 · Wednesday 9 December, 16:00–17:00" in text_of(organizer.get(link))
    worst = re.search(r"<tfoot>.*?</tfoot>", markup, re.DOTALL)[0]
    assert worst.count("–") == 17, "too near to the other for who attends both"


def test_the_heat_map_is_of_the_sitting_that_was_asked_for_or_slid(organizer):
    asked = organizer.get(f"/organizer/t/polio/plan?start={EARLY}&start={LATE}&map={LATE}")
    assert re.search(r'aria-current="true">Sitting 2', asked.text)
    slid = organizer.get(f"/organizer/t/polio/plan?start={EARLY}&slide=2026-12-09T00:00Z&later=900")
    assert re.search(r'aria-current="true">Sitting 2', slid.text)


@pytest.mark.parametrize(
    "query, says",
    [
        ("weight-3=1&required-4=out", "The fairest hours stay Wed 9 Dec, 07:00"),
        ("never-1=07:00-08:00", "The fairest hours would be"),
        ("also=Nairobi", "The fairest hours stay"),
        ("never-1=00:00-00:00", "With these changes no hour fits any more."),
    ],
)
def test_a_change_is_tried_on_several_sittings(organizer, query, says):
    page = organizer.get(f"/organizer/t/polio/plan?{query}")
    assert says in part(page, "keep")[1]
    assert "Keep these changes" in text_of(page)


def test_what_was_tried_is_kept(organizer, db, hall):
    page = organizer.get("/organizer/t/polio/plan?weight-3=2&also=Nairobi")
    assert "Nairobi" in part(page, "beside")[1]
    version = str(db.get_one(TownHall, hall.id).version)
    kept = {"version": version, "weight-3": "2"}
    assert organizer.submit("/organizer/t/polio/plan", **kept).status_code == 303
    reread(db)
    assert db.get_one(TownHall, hall.id).seats[2].weight == 2


def test_of_very_many_places_those_that_pay_most_are_shown(organizer, make, hall):
    for number in range(30):
        make.seat(hall, f"Town {number}", zone="Asia/Tokyo", country=None, position=10 + number)
    page = organizer.get("/organizer/t/polio/plan")
    assert page.text.count('class="ribbon"') == 24
    assert "Shown are 24 of 34 places" in part(page, "fold")[1]
    assert page.text.count('name="weight-') == 24
    whole = organizer.get("/organizer/t/polio/plan?places=all&required-39=no&seat=38")
    assert whole.text.count('class="ribbon"') == 34
    assert "Show fewer" in part(whole, "fold")[1]
    assert 'name="weight-39"' in whole.text
    picture = organizer.get("/organizer/t/polio/plan.svg").get_data(as_text=True)
    assert picture.count("Town ") < 30


def test_where_nothing_fits_many_places_are_folded_too(organizer, make, hall):
    for number in range(30):
        make.seat(
            hall, f"Town {number}", country=None, position=10 + number, never=[["00:00", "00:00"]]
        )
    page = organizer.get("/organizer/t/polio/plan")
    assert "No 2 sittings fit" in text_of(page)
    assert page.text.count('name="weight-') == 24


def end_the_first(db):
    """Have the first sitting be over."""
    first = db.query(Sitting).order_by(Sitting.starts_at).first()
    first.starts_at = NOW - timedelta(hours=2)
    db.commit()


def test_once_one_is_over_those_left_are_planned_for_who_had_none(organizer, db, hall):
    send(organizer, db, EARLY, LATE)
    end_the_first(db)
    said = text_of(plan(organizer))
    assert "1 of 2 sittings are over." in said
    assert "Fairest hour:" in said
    why = part(plan(organizer), "why")[1]
    assert "New York" in why
    assert "Kinshasa" in why
    assert "New Delhi" not in why
    assert "<svg" in organizer.get("/organizer/t/polio/plan.svg").text
    assert organizer.get("/organizer/t/polio/shortlist").status_code == 200


def test_a_place_that_has_had_its_sitting_keeps_none_from_moving(organizer, db, hall):
    send(organizer, db, EARLY, LATE)
    delhi = db.get_one(TownHall, hall.id).seats[2]
    delhi.never = [["20:00", "23:30"]]
    end_the_first(db)
    moved = organizer.submit("/organizer/t/polio/choose", start=["2026-12-09T16:00Z"])
    assert moved.status_code == 303


def test_the_shortlist_offers_the_hours_of_the_best_set(organizer):
    page = organizer.get("/organizer/t/polio/shortlist")
    assert f'value="{EARLY}"' in page.text
    assert f'value="{LATE}"' in page.text
    assert "the hours of the best set of 2 sittings" in text_of(page)


def test_a_series_and_several_sittings_are_not_combined(organizer):
    said = text_of(organizer.get("/organizer/t/polio/repeat"))
    assert "A series has one sitting for each occurrence, not 2." in said


def test_the_form_asks_how_many(organizer, db, hall):
    page = organizer.get("/organizer/t/polio/edit").get_data(as_text=True)
    assert 'name="sittings_wanted" type="number" value="2"' in page
    fields = {
        "title": "Polio",
        "minutes": "60",
        "sittings_wanted": "3",
        "window_zone": "UTC",
        "window_from_at": "2026-12-09T00:00",
        "window_until_at": "2026-12-10T00:00",
        "version": str(hall.version),
    }
    assert organizer.submit("/organizer/t/polio/edit", **fields).status_code == 303
    reread(db)
    assert db.get_one(TownHall, hall.id).sittings_wanted == 3
    refused = organizer.submit("/organizer/t/polio/edit", **{**fields, "sittings_wanted": "13"})
    assert refused.status_code == 422
