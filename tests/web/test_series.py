"""The series on its page: made, planned, drafted, held, lengthened, left."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.fixtures.make import NOW
from tests.fixtures.web import reread, text_of
from tests.services.test_series import FIRST, Story
from townhall.db import transaction
from townhall.domain.access import Role
from townhall.domain.cautions import Kind
from townhall.domain.states import SittingState, SolveState
from townhall.queries import rotation
from townhall.services import series
from townhall.services.series import Plan

PAGE = "/organizer/t/first/series"


@pytest.fixture
def story(db, make):
    return Story(db, make)


@pytest.fixture
def organizer(client, story, sign_in):
    return sign_in(client, story.account)


@pytest.fixture
def planned(story):
    """A series of four whose hours are planned."""
    story.repeat()
    story.solve()
    return story


def test_one_press_makes_the_town_halls_of_the_trial(organizer, story):
    said = text_of(organizer.get("/organizer/t/first/repeat?count=4&distinct_times=any"))
    assert "Make these 4 town halls" in said
    form = {"count": 4, "every_days": 7, "distinct_times": "any"}
    answer = organizer.submit("/organizer/t/first/repeat", **form)
    assert answer.location.endswith(PAGE)
    assert len(story.halls()) == 4
    assert story.halls()[0].occurrence.series.distinct_times is None
    said = text_of(organizer.get(PAGE))
    assert "The search for the hours begins in a moment." in said
    assert "no hour yet" in said
    said = text_of(organizer.get("/organizer/t/first/repeat?count=4&distinct_times=any"))
    assert "This town hall is part of a series already." in said


def test_who_only_sees_the_plan_is_not_offered_to_make_a_series(app, make, story, sign_in):
    link, _token = make.link(story.hall, Role.VIEWER)
    reader = sign_in(app.test_client(), links=(link,))
    assert "Make these" not in text_of(reader.get("/organizer/t/first/repeat?count=4"))


def test_the_page_tells_who_pays_what_and_what_a_fixed_hour_would_cost(organizer, planned):
    said = text_of(organizer.get(PAGE))
    assert "The place that pays most pays 78." in said
    assert "This is proven: what is left cannot be planned better." in said
    assert "The place that pays most would pay 128." in said
    assert "This is proven: no other hour that never changes is better." in said
    assert "if the hour never changed" in said
    assert "Gini index" in said
    row = r"1\. [A-Z][a-z]{2} \d+ Dec 2026, \d\d:\d\d \d+ · [A-Z][\w ·]* planned Draft this hour"
    assert re.search(row, said)
    assert said.count("Draft this hour") == 4
    assert "Times of day on the clock of New York:" in said


def test_how_far_the_search_is_can_be_asked_for_and_ended(organizer, db, story):
    story.repeat()
    with transaction(db):
        solve = story.newest()
        solve.state, solve.milliseconds, solve.worst, solve.bound = (
            SolveState.RUNNING,
            4200,
            80,
            70,
        )
    said = text_of(organizer.get(f"{PAGE}/progress"))
    assert "Looking for the fairest hours: 4 of at most 10 seconds." in said
    assert "Best so far: the place that pays most pays 80. None can cost it less than 70." in said
    organizer.submit(f"{PAGE}/stop")
    assert story.newest().stop_wanted
    with transaction(db):
        solve = story.newest()
        solve.state, solve.ended_at = SolveState.DONE, NOW
    said = text_of(organizer.get(f"{PAGE}/progress"))
    assert said == "The search has ended. Look at the hours"
    said = text_of(organizer.get(PAGE))
    assert "the best plan known when the search was ended" in said
    with transaction(db):
        story.newest().stop_wanted = False
    assert "the best plan found in the time" in text_of(organizer.get(PAGE))


def test_where_nothing_fits_the_page_says_what_would_help(organizer, db, story):
    story.repeat()
    with transaction(db):
        second = story.halls()[1]
        day = second.window_from_at
        busy = [f"{at:%Y-%m-%dT%H:%MZ}" for at in (day, day + timedelta(days=2))]
        second.seats[1].busy = [busy]
    story.solve()
    said = text_of(organizer.get(PAGE))
    assert "Town hall 2 of the series fits nowhere" in said
    assert "There would be an hour if these need not be there: Kinshasa." in said
    assert "No one hour fits every sitting." in said
    assert "The time was too short" not in said
    with transaction(db):
        solve = story.newest()
        solve.stuck = {**solve.stuck, "relax_complete": False}
    said = text_of(organizer.get(PAGE))
    assert "The time was too short to find all that would help." in said


def test_where_a_rule_is_in_the_way_the_page_names_it_and_no_seat(organizer, db, story):
    story.repeat()
    rules = {"distinct_times": "3", "apart_days": "8", "clock": "UTC", "time_limit_s": "10"}
    organizer.submit(f"{PAGE}/plan", **rules)
    story.solve()
    said = text_of(organizer.get(PAGE))
    assert "Town hall 2 of the series fits nowhere" in said
    assert "There would be a plan without this: the least distance between two sittings." in said
    assert "need not be there" not in said
    # What was found before the fields were named is shown as far as it goes.
    with transaction(db):
        story.newest().stuck = {"number": 2, "relax": []}
    said = text_of(organizer.get(PAGE))
    assert "Town hall 2 of the series fits nowhere" in said
    assert "There would be" not in said


@pytest.mark.parametrize(
    "kept, says, status",
    [
        (
            {"verdict": "bounded", "paid": {}, "bound": 120},
            "none can cost the worst-off place less than 120.",
            "bounded",
        ),
        ({"verdict": "unknown", "paid": {}, "bound": 0}, "nor that there is none.", "unknown"),
        ({"verdict": "impossible", "paid": {}, "bound": 0}, "No one hour fits", "impossible"),
        # As it was written at first: whether no hour fits, or none was found, was not kept apart.
        ({}, "nor that there is none.", "unknown"),
        (None, "This is known when the hours are planned.", ""),
    ],
)
def test_what_is_known_of_an_hour_that_never_changes_is_said(
    organizer, db, planned, kept, says, status
):
    kin = next(seat.kin for seat in planned.halls()[0].seats)
    with transaction(db):
        if kept and kept["verdict"] == "bounded":
            kept["paid"][kin] = 128
        planned.newest().fixed = kept
    assert says in text_of(organizer.get(PAGE))
    assert (says in text_of(organizer.get(f"{PAGE}.svg"))) == bool(status)
    text = organizer.get(f"{PAGE}.csv").get_data(as_text=True).removeprefix("\ufeff")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert {line["fixed_status"] for line in lines} == {status}
    assert [line["fixed"] for line in lines if line["fixed"]] == ["128"] * (status == "bounded")


def test_a_search_that_failed_says_why(organizer, db, story):
    story.repeat()
    with transaction(db):
        solve = story.newest()
        solve.state = SolveState.FAILED
        message = "In %(value)s seconds no series was found, nor that there is none."
        solve.problem = {"message": message, "values": {"value": "10"}}
    assert "In 10 seconds no series was found" in text_of(organizer.get(PAGE))


def test_every_planned_hour_becomes_a_draft_with_one_press(organizer, planned):
    organizer.submit(f"{PAGE}/drafts")
    starts = [hall.draft.steps[0].starts_at for hall in planned.halls()]
    assert starts == planned.planned()
    assert text_of(organizer.get(PAGE)).count("Look at the draft") == 4
    # Drafts that wait stay as they are.
    organizer.submit(f"{PAGE}/drafts")
    assert {hall.draft.version for hall in planned.halls()} == {1}


def test_a_draft_that_the_plan_has_overtaken_says_so_and_takes_the_new_hour(organizer, db, planned):
    organizer.submit(f"{PAGE}/drafts")
    path = "/organizer/t/first/draft"
    assert "The series plans another hour" not in text_of(organizer.get(path))
    drafted = planned.planned()[0]
    with transaction(db):
        planned.halls()[0].occurrence.planned_at = drafted + timedelta(hours=1)
    said = text_of(organizer.get(path))
    assert "The series plans another hour" in said
    assert re.search(r"The plan is .* by now, instead of .*\.", said)
    said = text_of(organizer.get(PAGE))
    assert "the plan is another hour by now" in said
    assert said.count("Take the planned hour") == 1
    start = f"{drafted + timedelta(hours=1):%Y-%m-%dT%H:%MZ}"
    organizer.submit("/organizer/t/first/choose", start=start)
    assert planned.halls()[0].draft.steps[0].starts_at == drafted + timedelta(hours=1)
    assert "another hour" not in text_of(organizer.get(path))


def test_the_page_says_first_what_is_next_and_what_waits(organizer, db, planned, clock):
    said = text_of(organizer.get(PAGE))
    assert re.search(r"Next is town hall 1 of 4: \w{3} \d+ Dec 2026, .* New York\. planned", said)
    assert "What waits for you" not in said
    planned.hold(1)
    organizer.submit(f"/organizer/t/{planned.halls()[2].code}/choose", start=planned_start(planned))
    later(organizer, clock)
    said = text_of(organizer.get(PAGE))
    waiting, rest = said.split("What waits for you")[1].split("Next is town hall 2 of 4")
    assert re.search(r"1\. \w{3} \d+ Dec 2026, \d\d:\d\d Did it take place\? Yes No", waiting)
    assert "1 draft waits to be sent: Town hall 3" in waiting
    assert "Did it take place?" not in rest
    organizer.submit("/organizer/t/first/sittings/1/outcome", took_place="yes")
    clock.now = FIRST + timedelta(days=9)
    said = text_of(organizer.get(PAGE))
    waiting, rest = said.split("What waits for you")[1].split("Next is town hall 3 of 4")
    assert "The planned hour has passed, and nobody was invited to it." in waiting
    # An hour that is gone can no longer be drafted, the two that are left can.
    assert (rest.count("Draft this hour"), rest.count("Look at the draft")) == (1, 1)


def planned_start(planned):
    """The hour that is planned for the third town hall."""
    return f"{planned.planned()[2]:%Y-%m-%dT%H:%MZ}"


def test_a_series_that_is_over_says_how_many_were_held(organizer, story, clock):
    story.repeat(Plan(2, 7))
    story.solve()
    story.hold(1)
    later(organizer, clock)
    organizer.submit("/organizer/t/first/sittings/1/outcome", took_place="yes")
    with transaction(story.db):
        story.halls()[1].occurrence.planned_at = None
    clock.now = FIRST + timedelta(days=9)
    said = text_of(organizer.get(PAGE))
    assert "The series is over: 1 of its 2 town halls were held." in said
    assert "Plan what is left" not in said


def later(organizer, clock):
    """Let it be two days after the first window; the session is used meanwhile."""
    clock.now = FIRST - timedelta(days=6)
    organizer.get("/organizer/")
    clock.now = FIRST + timedelta(days=2)


def test_a_sitting_that_is_over_asks_whether_it_took_place(organizer, db, planned, clock):
    planned.hold(1)
    planned.solve()
    said = text_of(organizer.get(PAGE))
    assert "scheduled" in said
    later(organizer, clock)
    assert "Did it take place?" in text_of(organizer.get(PAGE))
    assert "Did it take place?" in text_of(organizer.get("/organizer/t/first"))
    outcome = "/organizer/t/first/sittings/1/outcome"
    organizer.submit(outcome, took_place="yes")
    reread(db)
    assert planned.halls()[0].sittings[0].state is SittingState.HELD
    assert "It was not held" in text_of(organizer.get(PAGE))
    organizer.submit(outcome, took_place="no")
    reread(db)
    assert planned.halls()[0].sittings[0].state is SittingState.CANCELLED
    assert "its days have passed" in text_of(organizer.get(PAGE))
    for unclear in ({}, {"took_place": "perhaps"}):
        assert organizer.submit(outcome, **unclear).status_code == 422
    reread(db)
    assert planned.halls()[0].sittings[0].state is SittingState.CANCELLED


def test_a_town_hall_without_a_series_can_be_held_too(organizer, make, story, clock):
    make.sitting(story.hall, number=1)
    later(organizer, clock)
    answer = organizer.submit("/organizer/t/first/sittings/1/outcome", took_place="yes")
    assert answer.location.endswith("/organizer/t/first")


def test_an_hour_is_compared_with_the_one_held_before_it_whatever_its_number(db, planned):
    """Clocks in New York change on 14 March 2027; the second town hall is held before the first."""
    with transaction(db):
        first, second, *others = [hall.occurrence for hall in planned.halls()]
        first.planned_at = datetime(2027, 3, 16, 14, tzinfo=UTC)
        second.planned_at = datetime(2027, 3, 9, 14, tzinfo=UTC)
        for each in others:
            each.planned_at = None
    rows = rotation.rotation(db, first.series, now=NOW).rows
    told = [any(each.kind is Kind.PREVIOUS for each in row.option.cautions) for row in rows[:2]]
    assert told == [True, False]


def test_the_ledger_comes_as_a_table(organizer, db, planned):
    planned.hold(1)
    with transaction(db):
        for hall in planned.halls()[1:]:
            hall.seats[3].name = "=Suva"
    text = organizer.get("/organizer/t/first/series.csv").get_data(as_text=True)
    lines = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [line["name"] for line in lines] == ["New York", "Kinshasa", "New Delhi", "'=Suva"]
    for line in lines:
        parts = ("began", "paid", "promised", "planned")
        assert sum(int(line[name]) for name in parts) == int(line["total"])
    assert max(int(line["fixed"]) for line in lines) == 128
    assert {line["fixed_status"] for line in lines} == {"optimal"}


def test_a_series_is_planned_again_lengthened_left_and_shortened(organizer, planned):
    organizer.submit(f"{PAGE}/plan", time_limit_s=300)
    assert planned.newest().time_limit_s == 300
    organizer.submit(f"{PAGE}/extend", count=2)
    assert len(planned.halls()) == 6
    last = planned.halls()[-1].code
    assert organizer.submit(f"/organizer/t/{last}/series/leave").location.endswith(last)
    assert len(planned.halls()) == 5
    answer = organizer.submit(f"/organizer/t/{planned.halls()[-1].code}/series/remove")
    assert answer.location.endswith("/organizer/")
    assert len(planned.halls()) == 4


def test_its_rules_are_shown_and_changed_with_a_new_plan(organizer, planned):
    form = {"weekdays": ["wed", "fri"], "apart_days": "3", "clock": "Pacific/Fiji"}
    organizer.submit(f"{PAGE}/plan", distinct_times="2", time_limit_s=60, **form)
    own = planned.halls()[0].occurrence.series
    assert (own.distinct_times, own.weekdays, own.apart_days) == (2, ["wed", "fri"], 3)
    assert own.clock == "Pacific/Fiji"
    page = organizer.get(PAGE).get_data(as_text=True)
    assert page.count(" checked>") == 2
    assert '<option value="60" selected>' in page
    answer = organizer.submit(f"{PAGE}/plan", apart_days="never")
    assert answer.status_code == 422
    assert "“never” is not a whole number from 0 to 366." in text_of(answer)
    assert planned.halls()[0].occurrence.series.apart_days == 3


def test_a_town_hall_that_is_in_no_series_leads_to_the_trial(organizer, story):
    for path in (PAGE, f"{PAGE}/progress", f"{PAGE}.csv", f"{PAGE}.svg"):
        assert organizer.get(path).location.endswith("/organizer/t/first/repeat")
    for path in (f"{PAGE}/drafts", f"{PAGE}/plan"):
        assert organizer.submit(path).status_code == 404


def test_who_may_not_see_all_of_a_series_sees_none_of_it(organizer, db, make, planned):
    from townhall.queries import planning

    with transaction(db):
        db.delete(planning.memberships(db, planned.halls()[2])[0])
    assert organizer.get(PAGE).status_code == 404


def test_a_secret_link_to_one_town_hall_leads_to_nothing_of_the_others(
    app, make, planned, sign_in, clock
):
    planned.hold(1)
    link, _token = make.link(planned.halls()[0], Role.PRODUCER)
    producer = sign_in(app.test_client(), links=(link,))
    first = planned.halls()[0]
    seat = f"/organizer/t/first/seats/{first.seats[1].position}"
    for path in ("/organizer/t/first", "/organizer/t/first/repeat?count=2", seat):
        page = producer.get(path)
        assert page.status_code == 200
        assert "/series" not in page.get_data(as_text=True), path
        assert "town halls of the series" not in text_of(page)
    for path in (PAGE, f"{PAGE}/progress", f"{PAGE}.csv", f"{PAGE}.svg"):
        assert producer.get(path).status_code == 404
    later(producer, clock)
    answer = producer.submit("/organizer/t/first/sittings/1/outcome", took_place="yes")
    assert answer.location.endswith("/organizer/t/first")


def test_home_leads_to_no_series_of_which_not_all_is_seen(organizer, db, planned):
    from townhall.queries import planning

    assert PAGE in organizer.get("/organizer/").get_data(as_text=True)
    with transaction(db):
        db.delete(planning.memberships(db, planned.halls()[2])[0])
    assert PAGE not in organizer.get("/organizer/").get_data(as_text=True)


def test_home_shows_a_series_once_and_a_town_hall_its_place(organizer, make, planned):
    make.town_hall(planned.account, title="Another")
    said = text_of(organizer.get("/organizer/"))
    assert "a series of 4 town halls" in said
    assert "Another" in said
    said = text_of(organizer.get("/organizer/t/first"))
    assert "Town hall 1 of 4 in its series" in said


def test_home_says_of_a_series_what_is_next_and_what_waits(organizer, db, story, clock):
    story.repeat()
    assert "The hours are being planned" in text_of(organizer.get("/organizer/"))
    story.solve()
    said = text_of(organizer.get("/organizer/"))
    assert re.search(r"Next: 1\. \w+ \d+ December 2026.* · planned", said)
    for nothing in ("being planned", "take place?", "fits nowhere", "draft"):
        assert nothing not in said
    story.hold(1)
    organizer.submit(f"/organizer/t/{story.halls()[2].code}/choose", start=planned_start(story))
    said = text_of(organizer.get("/organizer/"))
    assert re.search(r"Next: 1\. .* · scheduled .*1 draft waits a series of 4 town halls", said)
    later(organizer, clock)
    said = text_of(organizer.get("/organizer/"))
    assert re.search(r"Next: 2\. .* · planned .*Did 1 sitting take place\? 1 draft waits", said)
    with transaction(db):
        solve = story.newest()
        solve.state, solve.stuck = SolveState.DONE, {"number": 4, "relax": []}
    assert "Number 4 fits nowhere" in text_of(organizer.get("/organizer/"))
    with transaction(db):
        story.newest().state = SolveState.FAILED
    said = text_of(organizer.get("/organizer/"))
    assert "The search for the hours has failed" in said
    assert "fits nowhere" not in said


def test_what_became_of_a_search_is_not_told_once_nothing_is_left_to_plan(organizer, db, story):
    story.repeat(Plan(2, 7))
    story.solve()
    problem = {"message": "Something broke.", "values": {}}
    for number in (1, 2):
        story.hold(number)
        is_left = number == 1
        with transaction(db):
            solve = story.newest()
            solve.state, solve.problem = SolveState.FAILED, problem
        assert (
            "search for the hours has failed" in text_of(organizer.get("/organizer/"))
        ) is is_left
        assert ("Something broke." in text_of(organizer.get(PAGE))) is is_left
        with transaction(db):
            solve = story.newest()
            solve.state, solve.stuck = SolveState.DONE, {"number": 2, "relax": []}
        assert ("Number 2 fits nowhere" in text_of(organizer.get("/organizer/"))) is is_left


def test_a_seat_is_changed_in_the_later_town_halls_unless_told_otherwise(organizer, planned):
    first = planned.halls()[0]
    page = f"/organizer/t/first/seats/{first.seats[1].position}"
    label = "Also in the later town halls of the series that have no hour yet"
    assert label in text_of(organizer.get(page))
    form = {"name": "Goma", "zone": "Africa/Kigali", "version": first.version, "later": "on"}
    organizer.submit(page, **form)
    assert [hall.seats[1].name for hall in planned.halls()] == ["Goma"] * 4
    del form["later"]
    form |= {"name": "Bukavu", "version": planned.halls()[0].version}
    organizer.submit(page, **form)
    assert [hall.seats[1].name for hall in planned.halls()] == ["Bukavu", *["Goma"] * 3]
    organizer.submit(f"{page}/remove", version=planned.halls()[0].version, later="on")
    assert [len(hall.seats) for hall in planned.halls()] == [3] * 4


def test_a_town_hall_that_lost_its_seats_does_not_break_the_page(organizer, db, planned):
    last = planned.halls()[-1]
    for seat in list(last.seats):
        path = f"/organizer/t/{last.code}/seats/{seat.position}/remove"
        organizer.submit(path, version=planned.halls()[-1].version)
    assert planned.halls()[-1].seats == []
    assert organizer.get(PAGE).status_code == 200


def test_a_series_before_its_first_plan_has_nothing_to_compare(db, story):
    made = story.repeat(Plan(count=2, every_days=7))
    found = rotation.rotation(db, made, now=NOW)
    assert (found.worst, found.worst_fixed, found.fixed) == (0, None, None)
    assert found.inequality == found.inequality_fixed == 0
    series.stop(db, story.actor, "first", now=NOW)
    assert not rotation.rotation(db, made, now=NOW).is_searching


def test_the_ledger_comes_as_a_picture(organizer, db, planned):
    path = f"{PAGE}.svg"
    with transaction(db):
        for hall in planned.halls():
            hall.seats[3].name = "<Suva>"
    answer = organizer.get(path)
    assert answer.content_type == "image/svg+xml; charset=utf-8"
    said = text_of(answer)
    for part in (
        "What each place pays over 4 town halls",
        "paid promised planned if the hour never changed",
        "The place that pays most pays 78. If the hour never changed it would be 128.",
        "Inequality (Gini index):",
    ):
        assert part in said
    assert re.search(r"&lt;Suva&gt; \d\d points 128 points", said)
    assert "<script" not in answer.text
    # Each bar is as long as its points: the widths of a place's parts add up to its share.
    found = rotation.rotation(db, planned.halls()[0].occurrence.series, now=NOW)
    widths = [
        float(each) for each in re.findall(r'<rect x="\S+" y="156" width="(\S+)"', answer.text)
    ]
    new_york = next(iter(found.shares.values()))
    assert sum(widths) == pytest.approx(600 * new_york.total / 128, abs=0.5)
    mirrored = organizer.get(f"{path}?lang=ar").text
    assert 'text-anchor="end"' in mirrored
    png = organizer.get(f"{PAGE}.png")
    assert png.content_type == "image/png"
    assert png.get_data().startswith(b"\x89PNG")
    assert organizer.get(f"{PAGE}.gif").status_code == 422


def test_the_picture_of_a_series_without_a_plan_compares_nothing(organizer, story):
    story.repeat()
    said = text_of(organizer.get(f"{PAGE}.svg"))
    assert "New York 0 points" in said
    assert "if the hour never changed" not in said


@pytest.fixture
def crowd(make, story):
    """Twenty-five places more, all on one clock."""
    for number in range(25):
        seat = make.seat(story.hall, f"Place {number}", zone="Europe/Zurich", country=None)
        make.site(story.hall, seat)
    return story


def test_of_very_many_places_those_that_pay_most_are_shown_first(organizer, crowd):
    crowd.repeat(Plan(2, 7))
    crowd.solve()
    page = organizer.get(PAGE)
    said = text_of(page)
    assert said.count("Shown are the 24 of 29 places that pay most. Show all") == 3
    found = rotation.rotation(crowd.db, crowd.halls()[0].occurrence.series, now=NOW)
    totals = [share.total for share in found.dearest(24).values()]
    assert totals == sorted((share.total for share in found.shares.values()), reverse=True)[:24]
    heads = re.findall(r'<th scope="row"><bdi dir="auto">([^<]+)', page.text)
    assert heads == [share.name for share in found.dearest(24).values()] * 2
    whole = organizer.get(f"{PAGE}?places=all")
    heads = re.findall(r'<th scope="row"><bdi dir="auto">([^<]+)', whole.text)
    assert heads == [share.name for share in found.shares.values()] * 2
    assert text_of(whole).count("Show fewer") == 3
    # The files tell of everybody.
    assert organizer.get(f"{PAGE}.csv").text.count("\r\n") == 1 + 29


def test_more_town_halls_than_a_sheet_of_paper_is_wide_stand_in_blocks(organizer, story):
    story.repeat(Plan(14, 7))
    story.solve()
    page = organizer.get(PAGE).text
    assert "Each hour on each clock: 1 to 7" in page
    assert "Each hour on each clock: 8 to 14" in page
    assert page.count('<table class="heat') == 2


def test_a_series_of_which_no_hour_is_known_shows_no_noughts(organizer, story):
    story.repeat()
    said = text_of(organizer.get(PAGE))
    assert "What the planned hours cost is known when the search has ended." in said
    for part in ("The ledger", "Each hour on each clock", "pays most pays 0", "promised"):
        assert part not in said


def test_of_very_many_places_the_picture_shows_those_that_pay_most(organizer, crowd):
    crowd.repeat(Plan(2, 7))
    assert "5 more places" in text_of(organizer.get(f"{PAGE}.svg"))
