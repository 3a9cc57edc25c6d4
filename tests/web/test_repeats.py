"""What a town hall would cost its places if it were held again and again."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.fixtures.web import text_of
from townhall.db import transaction
from townhall.domain.access import Role
from townhall.domain.series import planning
from townhall.errors import InputError
from townhall.web import throttle

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


@pytest.fixture
def organizer(client, account, sign_in):
    return sign_in(client, account)


@pytest.fixture
def account(make):
    return make.account("Dana")


@pytest.fixture
def hall(make, account):
    hall = make.town_hall(
        account,
        code="polio",
        window_from_at=datetime(2026, 12, 9, tzinfo=UTC),
        window_until_at=datetime(2026, 12, 10, tzinfo=UTC),
    )
    for name, zone in (
        ("New York", "America/New_York"),
        ("Kinshasa", "Africa/Kinshasa"),
        ("New Delhi", "Asia/Kolkata"),
        ("Suva", "Pacific/Fiji"),
    ):
        make.seat(hall, name, zone=zone, country=None)
    return hall


def test_the_burden_of_four_sittings_goes_around(organizer, hall):
    said = text_of(organizer.get("/organizer/t/polio/repeat?count=4&distinct_times=any"))
    assert "The place that pays most pays 78." in said
    assert "This is proven: no other plan is better." in said
    assert "The place that pays most would pay 128." in said
    assert "This is proven: no other hour that never changes is better." in said
    assert re.search(r" 1 [89] Dec \d\d:\d\d 2 1[56] Dec .* 3 2[23] Dec .* 4 (29|30) Dec", said)
    # The same when it is asked to plan, as its form does.
    told = text_of(organizer.get("/organizer/t/polio/repeat?count=4&distinct_times=any&search=yes"))
    assert "The place that pays most pays 78." in told
    assert "Look for a few seconds longer" not in said + told


def test_a_series_may_keep_to_one_time_of_day(organizer, hall):
    said = text_of(organizer.get("/organizer/t/polio/repeat?count=4&distinct_times=1"))
    assert "The place that pays most pays 128." in said


@pytest.mark.parametrize(
    "query,says",
    [
        ("count=many", "many"),
        ("count=53", "53"),
        ("every_days=0", "“0” is not a whole number from 1 to 92."),
        ("distinct_times=13", "13"),
    ],
)
def test_a_series_that_cannot_be_is_refused_beside_its_field(organizer, hall, query, says):
    answer = organizer.get(f"/organizer/t/polio/repeat?{query}")
    assert answer.status_code == 422
    assert says in text_of(answer)


def test_a_sitting_that_fits_nowhere_is_named(organizer, db, hall):
    with transaction(db):
        hall.seats[0].busy = [["2026-12-16T00:00Z", "2026-12-18T00:00Z"]]
    said = text_of(organizer.get("/organizer/t/polio/repeat?count=3"))
    assert "Sitting 2 fits nowhere" in said
    assert "There would be an hour if these need not be there: New York." in said
    assert "see which seat to make optional" in said


def test_a_rule_that_lets_nothing_fit_is_named_and_no_seat_is_blamed(organizer, hall):
    path = "/organizer/t/polio/repeat?count=3&every_days=7&weekdays=sat"
    said = text_of(organizer.get(path))
    assert "Sitting 1 fits nowhere" in said
    assert "There would be a plan without this: the choice of weekdays." in said
    assert "seat to make optional" not in said
    said = text_of(organizer.get(f"{path}&weekdays=wed&apart_days=8"))
    assert "Sitting 2 fits nowhere" in said
    assert "There would be a plan without this: the least distance between two sittings." in said


def test_a_fixed_hour_that_does_not_exist_is_said(organizer, db, hall):
    with transaction(db):
        hall.seats[0].busy = [["2026-12-09T00:00Z", "2026-12-09T12:00Z"]]
        hall.seats[1].busy = [["2026-12-16T12:00Z", "2026-12-17T00:30Z"]]
    said = text_of(organizer.get("/organizer/t/polio/repeat?count=2"))
    assert "No one hour fits every sitting." in said


def test_a_town_hall_without_seats_is_asked_for_them(organizer, make, account):
    make.town_hall(account, code="empty")
    assert "Who takes part?" in text_of(organizer.get("/organizer/t/empty/repeat"))


def test_a_series_keeps_to_the_weekdays_the_clock_and_the_distance(organizer, db, hall):
    with transaction(db):
        hall.window_until_at = datetime(2026, 12, 23, tzinfo=UTC)
    path = "/organizer/t/polio/repeat"
    # Two weeks each week: half a week between two sittings is proposed.
    page = organizer.get(f"{path}?count=3").get_data(as_text=True)
    assert 'name="apart_days" type="number" value="4"' in page
    query = "count=3&weekdays=tue&weekdays=mars&clock=Pacific/Fiji&apart_days=&distinct_times=any"
    page = organizer.get(f"{path}?{query}").get_data(as_text=True)
    assert 'name="apart_days" type="number" value=""' in page
    assert 'value="tue" checked' in page
    assert page.count("checked") == 1
    assert '<option value="Pacific/Fiji" selected>' in page
    answer = organizer.get(f"{path}?clock=Mars/Base")
    assert answer.status_code == 422
    assert "Mars/Base" in text_of(answer)


def test_what_a_moment_cannot_prove_comes_with_its_bound_and_is_searched_on_if_asked(
    organizer, make, account
):
    # Holidays make every week another one.
    first = datetime(2026, 12, 7, tzinfo=UTC)
    window = {"window_from_at": first, "window_until_at": first + timedelta(days=1)}
    hall = make.town_hall(account, code="hard", **window)
    for zone, country in (
        ("America/New_York", "US"),
        ("Europe/Zurich", "CH"),
        ("Africa/Kinshasa", "CD"),
        ("Africa/Nairobi", "KE"),
        ("Asia/Kolkata", "IN"),
        ("Asia/Karachi", "PK"),
        ("Asia/Bangkok", "TH"),
        ("Pacific/Fiji", "FJ"),
    ):
        make.seat(hall, zone, zone=zone, country=country)
    said = text_of(organizer.get("/organizer/t/hard/repeat"))
    told = re.search(r"best plan found in a moment; none can cost .* less than (\d+)\.", said)
    worst = re.search(r"The place that pays most pays (\d+)\.", said)
    assert 0 < int(told[1]) <= int(worst[1])
    assert "Look for a few seconds longer" in said
    # It is counted in work: another look finds the same.
    assert text_of(organizer.get("/organizer/t/hard/repeat")) == said


def test_so_many_starts_are_planned_when_asked_to_and_more_by_a_worker_alone(
    organizer, db, make, hall
):
    with transaction(db):
        hall.window_until_at = hall.window_from_at + timedelta(days=28)
    said = text_of(organizer.get("/organizer/t/polio/repeat?count=52"))
    assert "take some seconds to plan together" in said
    assert "pays most pays" not in said
    assert "Make these 52 town halls" in said
    for number in range(60):
        make.seat(hall, f"Place {number}", zone="Europe/Zurich", country=None)
    for path in ("?count=52", "?count=52&search=yes"):
        said = text_of(organizer.get(f"/organizer/t/polio/repeat{path}"))
        assert "too much to try out on a page" in said
        assert "Make these 52 town halls" in said


def test_of_very_many_places_those_that_pay_most_are_shown(organizer, make, hall):
    for number in range(26):
        make.seat(hall, f"Place {number}", zone="Europe/Zurich", country=None)
    page = organizer.get("/organizer/t/polio/repeat?count=2")
    said = text_of(page)
    assert "6 places more" in said
    assert "Shown are the 24 of 30 places that pay most." in said
    assert page.text.count('<div class="bar') == 24
    assert page.text.count('<th scope="row">') == 24 + 6
    whole = organizer.get("/organizer/t/polio/repeat?count=2&places=all")
    assert "Shown are" not in text_of(whole)
    assert "Show fewer" in text_of(whole)
    assert whole.text.count('<th scope="row">') == 30 + 6


def test_optional_places_are_shown_with_the_others(organizer, make, account):
    day = datetime(2026, 12, 9, tzinfo=UTC)
    window = {"window_from_at": day, "window_until_at": day + timedelta(hours=2)}
    optional = make.town_hall(account, code="optional", **window)
    for number in range(25):
        zone = "Pacific/Fiji" if number == 24 else "Europe/Zurich"
        make.seat(optional, f"Place {number}.", zone=zone, country=None, required=False)
    page = organizer.get("/organizer/t/optional/repeat?count=2&weekdays=wed&apart_days=")
    said = text_of(page)
    assert "Shown are the 24 of 25 places that pay most." in said
    assert "Place 23." in said
    assert "Place 24." not in said  # it is noon there
    link = re.search(r'href="([^"]*places=all[^"]*)"', page.text)[1].replace("&amp;", "&")
    assert "count=2&" in link
    assert "apart_days=&" in link
    assert "weekdays=wed" in link
    assert "Place 24." in text_of(organizer.get(link))


def test_who_reads_by_a_link_sees_the_plan_and_searches_so_often(app, make, hall):
    app.extensions["townhall.throttle"] = throttle.Throttle(lambda: 0.0)
    _link, token = make.link(hall, Role.VIEWER)
    reader = app.test_client()
    reader.get(f"/k/{token}")
    page = reader.get("/organizer/t/polio/repeat?count=2")
    assert "The organizers showed you their plan" in text_of(page)
    assert "Ask the places" not in page.text
    assert "Make these" not in page.text
    path = "/organizer/t/polio/repeat?count=2&search=yes"
    answers = [reader.get(path).status_code for _ in range(throttle.SEARCH.count + 1)]
    assert set(answers[:-1]) == {200}
    assert answers[-1] == 429
    # What a moment shows is not counted.
    assert reader.get("/organizer/t/polio/repeat?count=2").status_code == 200


def test_a_reader_is_not_told_to_make_what_only_organizers_make(app, make, db, hall):
    with transaction(db):
        hall.window_until_at = hall.window_from_at + timedelta(days=28)
    for number in range(60):
        make.seat(hall, f"Place {number}", zone="Europe/Zurich", country=None)
    _link, token = make.link(hall, Role.VIEWER)
    reader = app.test_client()
    reader.get(f"/k/{token}")
    page = reader.get("/organizer/t/polio/repeat?count=52")
    assert "too much to try out on a page." in text_of(page)
    assert "Make the series" not in page.text
    assert "<p data-lede>" in page.text


@pytest.fixture
def impatient(monkeypatch):
    """Let no search find anything in its time."""

    def plan(series, **_how):
        raise InputError("Nothing in %(value)s s.", field="time_limit_s", value=3)

    monkeypatch.setattr(planning, "plan", plan)


@pytest.mark.usefixtures("impatient")
def test_what_a_moment_does_not_find_is_looked_for_in_seconds_or_made(organizer, hall):
    said = text_of(organizer.get("/organizer/t/polio/repeat?count=3"))
    assert "In a moment no series was found, nor that there is none" in said
    assert "So many places" not in said
    answer = organizer.get("/organizer/t/polio/repeat?count=3&search=yes")
    assert answer.status_code == 422
    assert "Nothing in 3 s." in text_of(answer)
    assert "Make these 3 town halls" in text_of(answer)
    assert 'name="count" value="3"' in answer.text
    # A form that was refused asks for nothing that could be made.
    refused = organizer.get("/organizer/t/polio/repeat?count=3&time_limit_s=0")
    assert "Make these" not in text_of(refused)


def test_that_whom_to_excuse_was_not_searched_to_the_end_is_said(organizer, hall, monkeypatch):
    path = "/organizer/t/polio/repeat?count=3&weekdays=sat"
    hint = "The time was too short to find all that would help."
    assert hint not in text_of(organizer.get(path))
    whole = planning.plan

    def hasty(*asked, **how):
        found = whole(*asked, **how)
        number, reason = found.stuck or (0, None)
        return replace(found, stuck=reason and (number, replace(reason, complete=False)))

    monkeypatch.setattr(planning, "plan", hasty)
    assert hint in text_of(organizer.get(path))


def test_each_table_says_which_sittings_it_holds(organizer, hall):
    page = organizer.get("/organizer/t/polio/repeat?count=14&distinct_times=1").text
    assert re.findall(r'aria-label="(The sittings[^"]*)"', page) == [
        "The sittings: 1 to 7",
        "The sittings: 8 to 14",
    ]
