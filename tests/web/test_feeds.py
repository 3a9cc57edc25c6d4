"""Calendars to subscribe to: what stands in them, who may read them, how cheap that is."""

import re
from datetime import timedelta
from html import unescape

import pytest
import vobject
from sqlalchemy import event, select

from tests.fixtures.make import NOW
from tests.fixtures.web import SECRET, reread, text_of
from tests.services.test_sittings import LATER, Story, entry
from townhall.db import transaction
from townhall.domain import feeds, tokens
from townhall.domain.access import Role
from townhall.domain.feeds import Owner
from townhall.domain.states import SittingState
from townhall.models.accounts import AuditEntry
from townhall.models.planning import Promise
from townhall.models.series import Occurrence, Series, Solve
from townhall.web import throttle

DAY = timedelta(days=1)


def secret(owner, number, renewals=0):
    return f"/feeds/{owner}/{number}/{feeds.proof(SECRET, owner, number, renewals)}.ics"


def entries(answer):
    """Return the entries of a feed, as vobject reads them."""
    assert answer.status_code == 200
    return vobject.readOne(answer.get_data(as_text=True)).contents.get("vevent", [])


def told(answer):
    """Return what each entry says of itself: UID, SEQUENCE, DTSTAMP, start and status."""
    return [what_it_says(each) for each in entries(answer)]


def what_it_says(event):
    status = event.status.value if hasattr(event, "status") else ""
    return event.uid.value, event.sequence.value, event.dtstamp.value, event.dtstart.value, status


def lines(answer):
    return answer.get_data().replace(b"\r\n ", b"").decode().split("\r\n")


def promise(db, sitting, seat):
    with transaction(db):
        db.add(
            Promise(
                sitting_id=sitting.id,
                seat_id=seat.id,
                zone=seat.zone,
                local_start="2026-12-02T16:30+05:00",
                burden=0,
            )
        )


@pytest.fixture
def story(db, make):
    return Story(db, make)


@pytest.fixture
def hall(make):
    return make.town_hall(code="polio", language="ar")


@pytest.fixture
def office(make):
    return make.office("Pakistan")


@pytest.fixture
def seat(make, hall, office):
    return make.seat(hall, "Karachi", position=1, office_id=office.id)


@pytest.fixture
def series(make, hall):
    halls = [hall, make.town_hall(code="second")]
    with transaction(make.db):
        series = Series(every_days=7, clock="Asia/Karachi", created_at=NOW - DAY)
        make.db.add(series)
        for number, each in enumerate(halls, 1):
            series.occurrences.append(Occurrence(town_hall=each, number=number))
    return series


def of_town_hall(client, hall):
    return client.get(f"/t/{hall.code}/feed.ics")


def test_a_feed_says_what_the_mails_said_through_a_whole_life(client, clock, story):
    def mailed():
        return what_it_says(entry(story.mails()[-1]).vevent)

    assert told(of_town_hall(client, story.hall)) == []
    sitting = story.send(story.choose())
    story.hand_to_worker()
    first = told(of_town_hall(client, story.hall))
    assert first == [mailed()]
    clock.advance(hours=1)
    story.send(story.choose(LATER, now=clock.now), now=clock.now)
    story.hand_to_worker()
    [moved] = told(of_town_hall(client, story.hall))
    assert moved == mailed()
    assert moved == (sitting.uid, "1", NOW + timedelta(hours=1), LATER, "CONFIRMED")
    clock.advance(hours=1)
    story.send(story.call_off(now=clock.now), now=clock.now)
    [off] = told(of_town_hall(client, story.hall))
    assert off == mailed()
    assert off[1] == "2"
    assert off[4] == "CANCELLED"
    clock.advance(days=30, seconds=-1)
    assert told(of_town_hall(client, story.hall)) == [off]
    clock.advance(seconds=1)
    assert told(of_town_hall(client, story.hall)) == []


def test_a_feed_names_nobody_and_says_when_to_come_back(client, story):
    story.send(story.choose())
    answer = of_town_hall(client, story.hall)
    assert answer.content_type == "text/calendar; charset=utf-8; method=PUBLISH"
    said = lines(answer)
    for line in (
        "METHOD:PUBLISH",
        "NAME:A town hall on polio",
        "X-WR-CALNAME:A town hall on polio",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ):
        assert said.count(line) == 1
    assert not [line for line in said if line.startswith("ATTENDEE")]
    for person in story.people:
        assert person.address not in answer.text


def test_a_feed_speaks_its_own_language_whoever_asks(client, make, hall):
    make.sitting(hall)
    answer = client.get("/t/polio/feed.ics", headers={"Accept-Language": "en"})
    assert answer.headers["Content-Language"] == "ar"
    assert "To join" not in answer.text
    assert answer.headers.getlist("Set-Cookie") == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_who_has_a_feed_is_told_so_until_it_changes(client, clock, make, db, hall):
    sitting = make.sitting(hall)
    answer = of_town_hall(client, hall)
    tag, date = answer.headers["ETag"], answer.headers["Last-Modified"]
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert date == "Mon, 23 Nov 2026 09:00:00 GMT"

    def status(**headers):
        again = client.get("/t/polio/feed.ics", headers=headers)
        assert (again.status_code == 304) == (again.get_data() == b"")
        return again.status_code

    assert status(If_None_Match=tag) == 304
    assert status(If_None_Match=f"W/{tag}") == 304
    assert status(If_Modified_Since=date) == 304
    assert status(If_None_Match='"another"', If_Modified_Since=date) == 200
    assert client.head("/t/polio/feed.ics").headers["ETag"] == tag
    clock.advance(minutes=1)
    with transaction(db):
        sitting.sequence, sitting.revised_at = 1, clock.now
    assert status(If_None_Match=tag) == 200
    assert status(If_Modified_Since=date) == 200


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_304_says_how_long_it_holds(client, make, hall):
    make.sitting(hall)
    tag = of_town_hall(client, hall).headers["ETag"]
    answer = client.get("/t/polio/feed.ics", headers={"If-None-Match": tag})
    assert answer.headers["ETag"] == tag
    assert answer.headers["Cache-Control"] == "public, max-age=300"


def test_a_sitting_that_was_merely_not_held_was_not_called_off(client, make, hall):
    make.sitting(hall, state=SittingState.CANCELLED, took_place=False)
    [only] = told(of_town_hall(client, hall))
    assert only[4] == "CONFIRMED"


def test_an_office_reads_the_sittings_that_it_is_asked_to(client, make, db, hall, office, seat):
    other = make.town_hall(code="measles")
    own = make.seat(other, "Karachi", office_id=office.id)
    foreign = make.seat(other, "Suva")
    asked, also = make.sitting(hall), make.sitting(other, starts_at=NOW + 2 * DAY)
    not_asked = make.sitting(other)
    for sitting, place in ((asked, seat), (also, own), (also, foreign), (not_asked, foreign)):
        promise(db, sitting, place)
    answer = client.get(secret(Owner.OFFICE, office.id))
    assert [each[0] for each in told(answer)] == [also.uid, asked.uid]
    assert "X-WR-CALNAME:Town halls: Pakistan" in lines(answer)
    assert answer.headers["Cache-Control"] == "private, max-age=300"


def test_a_person_reads_every_sitting_that_they_are_invited_to(client, make, hall, seat):
    person = make.contact("Amina Diallo", language="ar")
    invited, left, foreign = (make.sitting(hall) for _ in range(3))
    make.invitation(invited, seat, person)
    make.invitation(left, seat, person, removed_at=NOW)
    make.invitation(foreign, seat)
    answer = client.get(secret(Owner.PERSON, person.id))
    assert [each[0] for each in told(answer)] == [invited.uid]
    assert "X-WR-CALNAME:اللقاءات: Amina Diallo" in lines(answer)
    assert person.address not in answer.text


def test_a_person_who_was_never_invited_reads_an_empty_calendar(client, make):
    assert told(client.get(secret(Owner.PERSON, make.contact().id))) == []


def test_a_series_is_read_as_one_calendar(client, make, db, series):
    first, second = (place.town_hall for place in series.occurrences)
    sittings = [make.sitting(second), make.sitting(first, starts_at=NOW + DAY)]
    make.sitting(make.town_hall())
    answer = client.get(secret(Owner.SERIES, series.id))
    assert [each[0] for each in told(answer)] == [sittings[1].uid, sittings[0].uid]
    assert answer.headers["Last-Modified"] == "Mon, 23 Nov 2026 09:00:00 GMT"
    with transaction(db):
        db.add(Solve(series_id=series.id, time_limit_s=10, asked_at=NOW + timedelta(minutes=5)))
    changed = client.get(secret(Owner.SERIES, series.id)).headers["Last-Modified"]
    assert changed == "Mon, 23 Nov 2026 09:05:00 GMT", "what left it left with a new plan"


def test_only_a_true_secret_opens_a_feed(client, make, office):
    person = make.contact(erased_at=NOW, address=None)
    for path in (
        secret(Owner.OFFICE, office.id).replace(".ics", "0.ics"),
        secret(Owner.PERSON, office.id).replace("/person/", "/office/"),
        secret(Owner.OFFICE, office.id, renewals=1),
        secret(Owner.OFFICE, 4711),
        f"/feeds/town-hall/{office.id}/{tokens.sign(SECRET, 'feed', 'town-hall', '1', '0')}.ics",
        secret(Owner.PERSON, person.id),
        "/t/nowhere/feed.ics",
    ):
        assert client.get(path).status_code == 404, path
    assert client.get(secret(Owner.OFFICE, office.id)).status_code == 200


@pytest.mark.parametrize("owner", [None, *Owner])
def test_a_feed_costs_as_many_questions_for_one_sitting_as_for_three(
    client, app, make, db, hall, office, seat, series, owner
):
    person = make.contact()
    numbers = {Owner.SERIES: series.id, Owner.OFFICE: office.id, Owner.PERSON: person.id}
    path = secret(owner, numbers[owner]) if owner else "/t/polio/feed.ics"
    statements = []

    def cost():
        statements.clear()
        count = len(entries(client.get(path)))
        return count, len([each for each in statements if each.startswith("SELECT")])

    def another():
        sitting = make.sitting(hall)
        promise(db, sitting, seat)
        make.invitation(sitting, seat, person)

    engine = app.extensions["townhall"].engine
    event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    another()
    assert cost()[0] == 1
    one = cost()
    another()
    another()
    assert cost() == (3, one[1])
    assert one[1] <= 4


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_who_asks_too_often_waits(client, make, office):
    path = secret(Owner.OFFICE, office.id)
    answers = [client.get(path) for _ in range(throttle.FEED.count + 60)]
    assert {answer.status_code for answer in answers[: throttle.FEED.count]} == {200}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert int(refused.headers["Retry-After"]) >= 1


def shown(page):
    """Return the address of the feed that a page offers."""
    html = page.get_data(as_text=True)
    address = unescape(re.search(r'id="feed-address" value="([^"]+)"', html)[1])
    assert f'href="{address.replace("http:", "webcal:")}"' in html
    return address.removeprefix("http://localhost")


def renewed(browser, page, action):
    """Press the page's button, and return the addresses before and after; the first is dead."""
    before = shown(browser.get(page))
    assert browser.get(before).status_code == 200
    answer = browser.submit(action)
    assert answer.status_code == 303
    assert answer.location == f"{page}#feed"
    after = shown(browser.get(page))
    assert browser.get(before).status_code == 404
    assert browser.get(after).status_code == 200
    return before, after


def test_an_invited_person_finds_their_calendar_and_renews_it(client, make, db, hall, seat):
    invitation = make.invitation(make.sitting(hall), seat)
    page = f"/i/{invitation.code}/{tokens.sign(SECRET, 'reply', invitation.code)}"
    before, after = renewed(client, page, f"{page}/feed")
    number = invitation.contact_id
    assert (before, after) == (secret(Owner.PERSON, number), secret(Owner.PERSON, number, 1))
    made_up = f"/i/{invitation.code}/{tokens.sign('no', 'reply', invitation.code)}/feed"
    assert client.submit(made_up).status_code == 404
    reread(db)
    entry = db.scalars(select(AuditEntry).where(AuditEntry.action == "feed.renewed")).one()
    assert (entry.actor, entry.object) == (f"contact:{number}", f"contact:{number}")
    assert (entry.town_hall_id, entry.after) == (hall.id, {"feed_renewals": 1})


def test_an_offices_calendar_stands_on_its_seats_page(client, make, sign_in, hall, office, seat):
    link, _token = make.link(hall, Role.OFFICE, seat)
    both = renewed(sign_in(client, links=(link,)), "/office/polio/1", "/office/polio/1/feed")
    assert both == (secret(Owner.OFFICE, office.id), secret(Owner.OFFICE, office.id, 1))


def test_a_seat_of_no_office_is_offered_the_town_halls_calendar(client, make, sign_in, hall):
    own = make.seat(hall, "Mia Farrow", position=5)
    link, _token = make.link(hall, Role.SPEAKER, own)
    sign_in(client, links=(link,))
    assert shown(client.get("/office/polio/5")) == "/t/polio/feed.ics"
    assert client.submit("/office/polio/5/feed").status_code == 404


def test_who_only_looks_at_a_seat_does_not_read_the_offices_other_town_halls(
    client, make, sign_in, hall, seat
):
    owner = make.account()
    make.member(owner, hall, Role.OWNER)
    sign_in(client, owner)
    assert shown(client.get("/office/polio/1")) == "/t/polio/feed.ics"


def test_the_organizers_find_an_offices_calendar_in_the_directory(client, make, sign_in, office):
    sign_in(client, make.account())
    page = f"/organizer/offices/{office.id}"
    renewed(client, page, f"{page}/feed")
    assert "feed-address" not in client.get("/organizer/offices/new").text


def test_the_organizers_find_the_calendars_of_a_town_hall_and_its_series(
    client, make, sign_in, seat, series
):
    owner = make.account()
    for place in series.occurrences:
        make.member(owner, place.town_hall, Role.OWNER)
    sign_in(client, owner)
    make.seat(series.occurrences[1].town_hall)
    assert shown(client.get("/organizer/t/polio")) == "/t/polio/feed.ics"
    renewed(client, "/organizer/t/polio/series", "/organizer/t/polio/series/feed")


def test_a_series_is_renewed_by_who_may_change_all_of_it(client, make, sign_in, series):
    owner = make.account()
    make.member(owner, series.occurrences[0].town_hall, Role.OWNER)
    sign_in(client, owner)
    assert client.submit("/organizer/t/polio/series/feed").status_code == 404
    lone = make.town_hall(owner, code="lone")
    assert client.submit(f"/organizer/t/{lone.code}/series/feed").status_code == 404


def test_the_public_page_offers_a_copy_and_the_calendar(client, make, hall):
    make.sitting(hall)
    page = unescape(client.get("/t/polio").get_data(as_text=True))
    for host in (
        "https://calendar.google.com/calendar/render?",
        "https://outlook.live.com/calendar/0/deeplink/compose?",
        "https://outlook.office.com/calendar/0/deeplink/compose?",
        "https://calendar.yahoo.com/?",
    ):
        assert f'href="{host}' in page
    assert "dates=20261202T113000Z%2F20261202T123000Z" in page
    assert 'href="webcal://localhost/t/polio/feed.ics"' in page


def test_a_cancelled_sitting_is_not_offered_for_a_copy(client, make, hall, seat):
    make.sitting(hall, state=SittingState.CANCELLED)
    page = client.get("/t/polio")
    assert "calendar.google.com" not in page.text
    assert "Cancelled" in text_of(page)
