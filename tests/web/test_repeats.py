"""What a town hall would cost its places if it were held again and again."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.fixtures.web import text_of

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
    from townhall.db import transaction

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
    from townhall.db import transaction

    with transaction(db):
        hall.seats[0].busy = [["2026-12-09T00:00Z", "2026-12-09T12:00Z"]]
        hall.seats[1].busy = [["2026-12-16T12:00Z", "2026-12-17T00:30Z"]]
    said = text_of(organizer.get("/organizer/t/polio/repeat?count=2"))
    assert "No one hour fits every sitting." in said


def test_a_town_hall_without_seats_is_asked_for_them(organizer, make, account):
    make.town_hall(account, code="empty")
    assert "Who takes part?" in text_of(organizer.get("/organizer/t/empty/repeat"))


def test_a_series_keeps_to_the_weekdays_the_clock_and_the_distance(organizer, db, hall):
    from townhall.db import transaction

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
    from townhall.db import transaction

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
