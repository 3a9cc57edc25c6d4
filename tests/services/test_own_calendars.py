"""An organizer's own calendar: given, tried, left out of, given up."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.fixtures.make import NOW
from tests.services.own_calendars import ADDRESS, GIVEN, ON_SQLITE, Organizer, refusal
from tests.services.test_sittings import LATER, START
from townhall.domain.access import ANYONE, Role
from townhall.domain.own_calendar import Keeping, KeepingError
from townhall.errors import InputError, NotAllowedError, NotFoundError, SignInRequiredError
from townhall.models.accounts import AuditEntry
from townhall.queries import accounts
from townhall.queries import own_calendars as queries
from townhall.services import own_calendars, own_entries

ELSEWHERE = "https://elsewhere.example/cal/"


@pytest.fixture
def story(db, make, sessions):
    return Organizer(db, make, sessions)


@pytest.fixture
def kept(story):
    """Return an organizer whose one sitting is in step."""
    story.give()
    story.hold()
    story.work()
    story.server.methods()
    return story


def states(story):
    return [(row.state, row.leaves) for row in story.rows()]


def test_giving_a_calendar_puts_the_sittings_to_come(story, db):
    story.hold()
    row = story.give()
    assert (row.address, row.user_name, row.password, row.name) == (
        ADDRESS,
        "ana",
        "app password",
        "Work",
    )
    assert states(story) == [(Keeping.WAITING, False)]
    assert story.work() == 1
    entry = db.scalars(select(AuditEntry).where(AuditEntry.action == "own_calendar.kept")).one()
    assert entry.after == {"lists_people": False, "is_another": True}
    assert entry.actor == f"account:{story.account.id}"


@ON_SQLITE
def test_sittings_that_are_over_or_off_are_not_put(story):
    story.hold()
    story.off()
    story.give()
    assert story.rows() == []
    story.hold()
    story.now = START + timedelta(minutes=1)
    story.db.delete(story.row())
    story.db.commit()
    story.give()
    assert story.rows() == []


@ON_SQLITE
def test_nothing_is_kept_of_a_calendar_that_refuses(story):
    story.server.failing = KeepingError(
        "The calendar's server says: %(words)s",
        again=False,
        whole=True,
        field="password",
        words="401 Unauthorized",
    )
    with pytest.raises(InputError) as caught:
        story.give()
    assert str(caught.value) == "password: The calendar's server says: 401 Unauthorized"
    assert story.calendars() == []


@ON_SQLITE
@pytest.mark.parametrize("field, given", [("address", "x"), ("user", ""), ("password", "")])
def test_what_is_missing_is_said_before_any_server_is_asked(story, field, given):
    with pytest.raises(InputError) as caught:
        story.give(replace(GIVEN, **{field: given}))
    assert caught.value.field == field
    assert story.server.asked == []


@ON_SQLITE
def test_the_kept_password_serves_its_own_address_and_user_alone(kept):
    kept.give(replace(GIVEN, password="", lists_people=True))
    [row] = kept.calendars()
    assert (row.password, row.lists_people) == ("app password", True)
    for change in ({"address": ELSEWHERE}, {"user": "eve"}):
        with pytest.raises(InputError) as caught:
            kept.give(replace(GIVEN, password="", **change))
        assert caught.value.field == "password"


@ON_SQLITE
def test_a_new_password_alone_puts_nothing_anew_but_what_failed(kept):
    kept.give()
    assert states(kept) == [(Keeping.KEPT, False)]
    kept.hold(LATER)
    kept.server.failing = refusal()
    kept.work()
    kept.server.failing = None
    kept.give()
    assert kept.work() == 1


def test_another_calendar_gets_every_sitting_to_come(kept):
    kept.give(replace(GIVEN, address=ELSEWHERE))
    assert kept.row().kept == 0
    assert kept.work() == 1
    assert sorted(address for address, _ in kept.server.objects) == [ADDRESS, ELSEWHERE]
    assert len(kept.calendars()) == 1


@ON_SQLITE
def test_another_calendar_gets_nothing_that_is_over_or_off(kept):
    kept.off()
    kept.work()
    kept.give(replace(GIVEN, address=ELSEWHERE))
    assert kept.rows() == []


@ON_SQLITE
def test_another_calendar_gets_nothing_that_is_over(kept):
    kept.now = START + timedelta(hours=2)
    kept.give(replace(GIVEN, address=ELSEWHERE))
    assert kept.rows() == []


@ON_SQLITE
def test_looking_says_what_the_server_says(kept):
    assert own_calendars.look(kept.db, kept.server, kept.owner) == "Work"
    kept.server.failing = refusal("403 Forbidden")
    with pytest.raises(InputError, match="403 Forbidden"):
        own_calendars.look(kept.db, kept.server, kept.owner)


@ON_SQLITE
def test_trying_again_tries_what_is_not_in_step(kept):
    assert own_calendars.try_again(kept.db, kept.owner, now=NOW) == 0
    kept.hold(LATER)
    kept.server.failing = refusal()
    kept.work()
    kept.server.failing = None
    assert kept.work() == 0
    assert own_calendars.try_again(kept.db, kept.owner, now=NOW) == 1
    assert kept.work() == 1


@pytest.mark.parametrize("takes_out", [True, False])
def test_a_town_hall_is_left_out_and_taken_in(kept, takes_out):
    own_calendars.leave_out(kept.db, kept.owner, kept.hall.code, takes_out=takes_out, now=NOW)
    kept.work()
    assert kept.rows() == []
    assert len(kept.server.objects) == (0 if takes_out else 1)
    [part] = queries.parts(kept.db, kept.calendars()[0], now=NOW)
    assert (part.town_hall, part.is_left_out, part.entries) == (kept.hall, True, ())
    kept.hold(LATER)
    assert kept.rows() == []
    own_calendars.leave_out(kept.db, kept.owner, kept.hall.code, takes_out=takes_out, now=NOW)
    for _ in range(2):
        own_calendars.take_in(kept.db, kept.owner, kept.hall.code, now=NOW)
        kept.work()
    [sitting] = kept.hall.sittings
    assert kept.found(sitting).sequence == sitting.sequence


@ON_SQLITE
def test_one_that_is_taken_in_before_it_was_taken_out_stays(kept):
    own_calendars.leave_out(kept.db, kept.owner, kept.hall.code, takes_out=True, now=NOW)
    assert states(kept) == [(Keeping.WAITING, True)]
    own_calendars.take_in(kept.db, kept.owner, kept.hall.code, now=NOW)
    assert states(kept) == [(Keeping.WAITING, False)]
    kept.work()
    assert len(kept.server.objects) == 1


@ON_SQLITE
def test_what_was_never_put_is_not_taken_out(story):
    story.give()
    story.hold()
    own_calendars.leave_out(story.db, story.owner, story.hall.code, takes_out=True, now=NOW)
    assert story.rows() == []


@ON_SQLITE
def test_what_is_gone_already_is_out(kept):
    kept.server.objects.clear()
    own_calendars.leave_out(kept.db, kept.owner, kept.hall.code, takes_out=True, now=NOW)
    kept.work()
    assert (kept.rows(), kept.server.methods()) == ([], ["GET"])


@pytest.mark.parametrize("takes_out", [True, False])
def test_giving_a_calendar_up_forgets_its_password(kept, takes_out):
    own_calendars.remove(kept.db, kept.owner, takes_out=takes_out, now=NOW)
    assert len(kept.calendars()) == takes_out
    kept.work()
    assert (kept.calendars(), kept.rows()) == ([], [])
    assert len(kept.server.objects) == (0 if takes_out else 1)
    kept.hold(LATER)
    assert kept.rows() == []


@ON_SQLITE
def test_a_calendar_without_entries_is_given_up_at_once(story):
    story.give()
    own_calendars.remove(story.db, story.owner, takes_out=True, now=NOW)
    assert story.calendars() == []


def test_one_that_is_being_given_up_takes_nothing_new_and_can_be_given_again(kept):
    own_calendars.remove(kept.db, kept.owner, takes_out=True, now=NOW)
    kept.hold(LATER)
    assert states(kept) == [(Keeping.WAITING, True)]
    kept.give()
    assert states(kept) == [(Keeping.WAITING, False)]
    assert kept.work() == 1


@ON_SQLITE
def test_one_that_is_being_given_up_is_sorted_no_more(kept):
    own_calendars.remove(kept.db, kept.owner, takes_out=True, now=NOW)
    for call in (
        lambda: own_calendars.take_in(kept.db, kept.owner, kept.hall.code, now=NOW),
        lambda: own_calendars.leave_out(
            kept.db, kept.owner, kept.hall.code, takes_out=False, now=NOW
        ),
    ):
        with pytest.raises(NotFoundError):
            call()
    assert states(kept) == [(Keeping.WAITING, True)]
    kept.work()
    assert (kept.calendars(), kept.rows(), kept.server.objects) == ([], [], {})


@ON_SQLITE
def test_a_sitting_that_changed_while_its_calendar_was_given_up_does_not_keep_it(kept):
    own_calendars.remove(kept.db, kept.owner, takes_out=True, now=NOW)
    own_entries.ask(kept.row(), NOW, leaves=False)  # as by a change that was under way
    kept.db.commit()
    kept.work()
    assert (kept.calendars(), kept.rows()) == ([], [])


@ON_SQLITE
@pytest.mark.parametrize("lists_people", [True, False])
def test_giving_a_calendar_again_goes_on_taking_out_what_is_left_out(kept, lists_people):
    kept.server.failing = refusal("503 Busy", again=True, whole=True)
    own_calendars.leave_out(kept.db, kept.owner, kept.hall.code, takes_out=True, now=NOW)
    kept.work()
    kept.server.failing = None
    kept.give(replace(GIVEN, lists_people=lists_people))
    assert states(kept) == [(Keeping.WAITING, True)]
    kept.work()
    assert (kept.rows(), kept.server.objects) == ([], {})


@ON_SQLITE
def test_another_calendar_gets_nothing_that_is_left_out(kept):
    own_calendars.leave_out(kept.db, kept.owner, kept.hall.code, takes_out=True, now=NOW)
    kept.give(replace(GIVEN, address=ELSEWHERE))
    kept.work()
    assert kept.rows() == []
    assert [address for address, _ in kept.server.objects] == [ADDRESS]


@ON_SQLITE
def test_trying_again_goes_on_taking_out(kept):
    own_calendars.remove(kept.db, kept.owner, takes_out=True, now=NOW)
    kept.server.failing = refusal(again=True, whole=True)
    kept.work()
    own_calendars.try_again(kept.db, kept.owner, now=NOW)
    assert states(kept) == [(Keeping.WAITING, True)]


@ON_SQLITE
@pytest.mark.parametrize("whole", [True, False])
def test_a_server_that_refuses_to_take_out_is_left_alone(kept, whole):
    own_calendars.remove(kept.db, kept.owner, takes_out=True, now=NOW)
    kept.server.failing = refusal("401 Unauthorized", whole=whole)
    kept.work()
    assert (kept.calendars(), kept.rows()) == ([], [])


def test_a_server_that_is_away_is_asked_for_a_day(kept):
    own_calendars.remove(kept.db, kept.owner, takes_out=True, now=NOW)
    kept.server.failing = refusal("503 Busy", again=True, whole=True)
    kept.work()
    assert len(kept.calendars()) == 1
    kept.now += timedelta(days=1)
    kept.work()
    assert (kept.calendars(), kept.rows()) == ([], [])


def test_a_refusal_for_all_takes_the_waiting_ones_along(story):
    story.give()
    story.double()
    story.work()
    own_calendars.remove(story.db, story.owner, takes_out=True, now=NOW)
    story.server.failing = refusal("401 Unauthorized", whole=True)
    story.server.methods()
    story.work()
    assert story.server.methods() == ["GET"]
    assert (story.calendars(), story.rows()) == ([], [])


@ON_SQLITE
def test_an_object_that_changed_before_it_was_taken_out_is_taken_out_all_the_same(kept):
    [(key, stored)] = kept.server.objects.items()
    changes = iter([stored.octets])

    def meanwhile():
        for octets in changes:
            kept.server.put(key, octets)
            break

    kept.server.meanwhile = meanwhile
    own_calendars.remove(kept.db, kept.owner, takes_out=True, now=NOW)
    kept.work()
    assert kept.server.methods() == ["GET", "DELETE", "GET", "DELETE"]
    assert kept.server.objects == {}


@ON_SQLITE
def test_taking_out_that_another_worker_took_over_takes_out_nothing(kept):
    from tests.services.test_sittings import SENDER
    from townhall.services import keeping

    own_calendars.remove(kept.db, kept.owner, takes_out=True, now=NOW)
    zombie = keeping.claim(kept.db, SENDER, now=NOW)
    own_calendars.remove(kept.db, kept.owner, takes_out=False, now=NOW)
    assert keeping._kept(kept.db, kept.server, zombie) is None
    assert len(kept.server.objects) == 1


@ON_SQLITE
def test_what_is_to_be_put_again_while_it_is_taken_out_is_put(kept):
    from tests.services.test_sittings import SENDER
    from townhall.services import keeping

    own_calendars.leave_out(kept.db, kept.owner, kept.hall.code, takes_out=True, now=NOW)
    task = keeping.claim(kept.db, SENDER, now=NOW)
    own_calendars.take_in(kept.db, kept.owner, kept.hall.code, now=NOW)
    assert keeping._kept(kept.db, kept.server, task) is None
    keeping.mark(kept.db, task, None, now=NOW, draw=0.5)
    kept.work()
    assert len(kept.server.objects) == 1


@ON_SQLITE
def test_a_calendar_is_its_accounts_alone(kept, make, db):
    with pytest.raises(SignInRequiredError):
        own_calendars.keep(db, kept.server, ANYONE, GIVEN, now=NOW)
    session, _token = make.session(make.account())
    other = accounts.actor(db, session)
    for call in (
        lambda: own_calendars.look(db, kept.server, other),
        lambda: own_calendars.try_again(db, other, now=NOW),
        lambda: own_calendars.remove(db, other, takes_out=True, now=NOW),
        lambda: own_calendars.take_in(db, other, kept.hall.code, now=NOW),
    ):
        with pytest.raises(NotFoundError):
            call()
    assert kept.server.asked == []


@ON_SQLITE
def test_a_town_hall_of_others_is_neither_left_out_nor_taken_in(kept, make, db):
    foreign, seen = make.town_hall(), make.town_hall()
    make.member(kept.account, seen, Role.MODERATOR)
    session, _token = make.session(kept.account)
    owner = accounts.actor(db, session)
    for hall, error in ((foreign, NotFoundError), (seen, NotAllowedError)):
        with pytest.raises(error):
            own_calendars.leave_out(db, owner, hall.code, takes_out=False, now=NOW)
        with pytest.raises(error):
            own_calendars.take_in(db, owner, hall.code, now=NOW)


def test_the_page_lists_what_is_to_come_and_what_is_not_in_step(kept, make, db):
    [calendar] = kept.calendars()
    quiet = make.town_hall(kept.account)
    later = make.town_hall(kept.account)
    make.sitting(later, starts_at=LATER + timedelta(days=9))
    make.sitting(quiet, starts_at=NOW - timedelta(days=9))
    assert [part.town_hall for part in queries.parts(db, calendar, now=NOW)] == [kept.hall, later]
    kept.now = LATER + timedelta(hours=3)
    assert [part.town_hall for part in queries.parts(db, calendar, now=kept.now)] == [later]
    kept.row().state = Keeping.FAILED
    db.commit()
    first, _ = queries.parts(db, calendar, now=kept.now)
    assert (first.town_hall, len(first.entries)) == (kept.hall, 1)
