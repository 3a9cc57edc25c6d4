"""A new plan of a series is asked for by whatever its places say, once and not more."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from tests.fixtures.make import NOW
from tests.fixtures.web import reread
from tests.services.test_calendars import ADDRESS, BAD, Source, busy
from tests.services.test_series import Story
from tests.services.test_sittings import SENDER
from townhall.db import transaction
from townhall.domain.availability import Said, Wish
from townhall.domain.ports import Read
from townhall.domain.slots import Answer
from townhall.models.availability import Asked
from townhall.models.series import Series, Solve
from townhall.queries import rotation
from townhall.queries import series as queries
from townhall.services import availability, calendars, replans, series, shortlists, sittings
from townhall.services.series import Plan

HOUR = timedelta(hours=1)


@pytest.fixture
def story(db, make):
    """A series of four that is planned."""
    story = Story(db, make)
    story.repeat()
    story.solve()
    return story


def living(db):
    """Return how many searches are to be carried through."""
    reread(db)
    wanted = select(Solve).where(Solve.state.in_(queries.LIVING))
    return len(db.scalars(wanted).all())


def asked(story, *starts):
    """Ask the places of the second town hall about some starts; return who was asked."""
    second, actor = story.halls()[1], story.actor
    wish = Wish(starts, NOW + timedelta(days=2))
    made = shortlists.make(story.db, actor, second.code, wish, now=NOW)
    shortlists.send(story.db, actor, second.code, SENDER, version=made.version, now=NOW)
    return story.db.scalars(select(Asked).order_by(Asked.id)).all()


def test_an_answer_of_a_place_asks_for_one_new_plan_that_keeps_to_it(db, story):
    before = story.planned()[1]
    other = before + HOUR
    people = asked(story, before, other)
    for person in people:
        said = Said({before: Answer.NO, other: Answer.YES})
        availability.answer(db, person.code, said, now=NOW)
        assert living(db) == 1
    # The same answer again is no news.
    story.solve()
    availability.answer(db, people[0].code, said, now=NOW)
    assert living(db) == 0
    assert story.planned()[1] not in {None, before}


def test_a_town_hall_with_its_hour_is_not_planned_again_by_an_answer(db, story):
    start = story.planned()[1]
    (person, *_) = asked(story, start + HOUR, start + 2 * HOUR)
    second = story.halls()[1]
    (sitting,) = [story.make.sitting(second, starts_at=start)]
    assert queries.standing(story.halls()[1]) == [sitting]
    said = Said({start + HOUR: Answer.YES, start + 2 * HOUR: Answer.NO})
    availability.answer(db, person.code, said, now=NOW)
    assert living(db) == 0


def test_a_calendar_asks_for_a_new_plan_when_its_busy_times_change(db, story):
    second, actor = story.halls()[1], story.actor
    code, position = second.code, second.seats[1].position
    planned = story.planned()[1]
    calendars.keep(db, Source(busy(planned)), actor, code, position, given=ADDRESS, now=NOW)
    assert living(db) == 1
    story.solve()
    moved = story.planned()[1]
    assert not planned - HOUR < moved < planned + HOUR

    def refreshed(read):
        hall = story.halls()[1]
        calendars.refresh(db, Source(read), actor, hall, now=NOW)
        return living(db)

    assert refreshed(busy(planned)) == 0, "nothing is new"
    assert refreshed(busy(planned, planned + timedelta(days=90))) == 0, "nothing is near"
    assert refreshed(Read((), BAD)) == 0, "nothing was read"
    assert refreshed(busy(moved)) == 1
    story.solve()
    assert not moved - HOUR < story.planned()[1] < moved + HOUR
    calendars.forget(db, actor, code, position, now=NOW)
    assert living(db) == 1
    story.solve()
    assert story.planned()[1] == planned


def test_a_plan_that_moved_on_overtakes_a_draft(db, story):
    sittings.choose_planned(db, story.actor, "first", now=NOW)
    assert not any(queries.overtaken(each.occurrence) for each in story.halls())
    second, actor = story.halls()[1], story.actor
    position = second.seats[1].position
    planned = story.planned()[1]
    calendars.keep(db, Source(busy(planned)), actor, second.code, position, given=ADDRESS, now=NOW)
    story.solve()
    found = queries.overtaken(story.halls()[1].occurrence)
    assert (found.drafted, found.planned) == (planned, story.planned()[1])
    sittings.choose(db, actor, second.code, found.planned, now=NOW)
    assert queries.overtaken(story.halls()[1].occurrence) is None


def test_two_who_ask_at_once_leave_one_search(db, story, sessions):
    own = story.halls()[0].occurrence.series_id
    db.rollback()

    def ask_too():
        with sessions() as other, transaction(other):
            replans.ask(other, other.get_one(Series, own), NOW)

    with ThreadPoolExecutor(1) as threads:
        with transaction(db):
            replans.ask(db, db.get_one(Series, own), NOW)
            second = threads.submit(ask_too)
            with pytest.raises(TimeoutError):
                second.result(timeout=0.3)
        second.result()
    assert living(db) == 1


def test_a_longer_series_asks_the_database_no_more(db, make):
    story = Story(db, make)
    own = story.repeat(Plan(3, 7)).id
    story.solve()
    story.hold(1)
    sittings.choose_planned(db, story.actor, "first", now=NOW)
    before = statements(db, own)
    series.extend(db, story.actor, "first", 9, now=NOW)
    story.solve()
    sittings.choose_planned(db, story.actor, "first", now=NOW)
    assert statements(db, own) == before


def statements(db, series_id):
    """Return how many statements a series' page and its task for a worker take."""
    reread(db)
    said = []

    def keep(*call):
        said.append(call[2])

    engine = db.get_bind()
    event.listen(engine, "before_cursor_execute", keep)
    own = db.get_one(Series, series_id)
    rotation.rotation(db, own, now=NOW)
    page = len(said)
    reread(db)
    queries.task(db, own, now=NOW, time_limit_s=1)
    event.remove(engine, "before_cursor_execute", keep)
    return page, len(said) - page
