"""Sittings in their organizer's own calendar: marked by every change, put by a worker."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
import vobject

from tests.fixtures.make import NOW
from tests.services.own_calendars import ADDRESS, GIVEN, MINUTE, ON_SQLITE, Organizer, refusal
from tests.services.test_sittings import LATER, SENDER, START
from townhall.db import transaction
from townhall.domain import own_calendar as rules
from townhall.domain.access import ANYONE, Role
from townhall.domain.own_calendar import Keeping
from townhall.domain.replies import Reply
from townhall.domain.states import PartStat, SittingState
from townhall.errors import UnavailableError
from townhall.models.accounts import Membership
from townhall.models.planning import SeatContact
from townhall.queries import invitations
from townhall.services import accounts, answers, keeping, own_entries, sittings


@pytest.fixture
def story(db, make, sessions):
    return Organizer(db, make, sessions)


@pytest.fixture
def kept(story):
    """Return an organizer whose one sitting is in step."""
    story.give()
    story.hold()
    assert story.work() == 1
    story.server.methods()
    return story


def entry(story, sitting):
    return vobject.readOne(story.octets(sitting).decode()).vevent


def shown(story, sitting):
    """Return what the calendar shows of a sitting."""
    found = entry(story, sitting)
    return (
        int(found.sequence.value),
        found.dtstamp.value,
        found.dtstart.value,
        found.status.value,
        found.summary.value,
    )


def test_every_change_of_a_sitting_reaches_the_calendar_as_the_mails_tell_it(story):
    story.give()
    sitting = story.plan()
    assert story.server.objects == {}, "nothing is put in a request"
    assert story.work() == 1
    assert shown(story, sitting) == (0, NOW, START, "CONFIRMED", "A town hall on polio")
    with transaction(story.db):
        story.hall.title = "Polio, now"
    story.now += MINUTE
    story.send(
        sittings.revise(story.db, story.actor, story.hall.code, now=story.now), now=story.now
    )
    story.work()
    assert shown(story, sitting) == (0, NOW + MINUTE, START, "CONFIRMED", "Polio, now")
    story.plan(LATER)
    story.work()
    assert shown(story, sitting)[::2] == (1, LATER, "Polio, now")
    story.send(story.call_off(now=story.now), now=story.now)
    story.work()
    assert shown(story, sitting)[0::3] == (2, "CANCELLED")
    again = sittings.reopen(story.db, story.actor, story.hall.code, sitting.number, now=story.now)
    story.send(again, now=story.now)
    story.work()
    assert shown(story, sitting)[0::3] == (3, "CONFIRMED")
    assert len(story.server.objects) == 1
    row = story.row()
    assert (row.state, row.kept, row.kept_at, row.problem) == (Keeping.KEPT, 5, story.now, None)
    assert story.work() == 0, "what is in step is left alone"


def test_two_sittings_are_two_objects(story):
    story.give()
    story.hall.sittings_wanted = 2
    story.db.commit()
    both = sittings.choose(
        story.db, story.actor, story.hall.code, START, START + timedelta(hours=9), now=NOW
    )
    sent = story.send_all(both)
    assert story.work() == 2
    assert {name for _, name in story.server.objects} == {f"{each.uid}.ics" for each in sent}


def test_a_change_that_is_rolled_back_is_not_put(kept):
    with suppress(RuntimeError), transaction(kept.db):
        [sitting] = kept.hall.sittings
        own_entries.changed(kept.db, sitting, NOW)
        raise RuntimeError
    assert kept.work() == 0
    assert kept.server.methods() == []


@ON_SQLITE
def test_a_newer_change_takes_the_place_of_one_that_waits(kept):
    kept.hold(LATER)
    kept.hold(START)
    assert kept.work() == 1
    assert kept.server.methods() == ["GET", "PUT"]


@ON_SQLITE
def test_who_is_not_of_the_team_is_told_nothing(story, make):
    stranger, viewer = make.account(), make.account()
    make.member(viewer, story.hall, Role.VIEWER)
    for account in (stranger, viewer):
        session, _token = make.session(account)
        story.owner = keeping_actor(story, session)
        story.give()
    story.hold()
    assert story.rows() == []


def keeping_actor(story, session):
    from townhall.queries import accounts as queries

    return queries.actor(story.db, session)


@ON_SQLITE
def test_what_is_off_is_not_put_where_it_never_stood(story):
    story.hold()
    story.off()
    story.give()
    assert story.rows() == []
    story.hold()
    story.off()
    assert (story.row().kept, story.row().wanted) == (0, 2)
    assert story.work() == 1
    assert story.server.objects == {}
    with transaction(story.db):
        story.db.delete(story.row())
    story.off()
    assert story.rows() == []


@ON_SQLITE
def test_an_entry_that_the_organizer_took_out_comes_back_with_the_next_change(kept):
    kept.server.objects.clear()
    kept.hold(LATER)
    kept.work()
    assert len(kept.server.objects) == 1


@ON_SQLITE
def test_additions_of_the_organizer_stay(kept):
    [(key, stored)] = kept.server.objects.items()
    mine = stored.octets.replace(b"END:VEVENT", b"CATEGORIES:Polio\r\nEND:VEVENT")
    kept.server.put(key, mine)
    sitting = kept.hold(LATER)
    kept.work()
    assert entry(kept, sitting).categories.value == ["Polio"]


@ON_SQLITE
def test_what_is_right_as_it_is_is_not_written_again(kept):
    [sitting] = kept.hall.sittings
    with transaction(kept.db):
        own_entries.changed(kept.db, sitting, NOW)
    assert kept.work() == 1
    assert kept.server.methods() == ["GET"]


@ON_SQLITE
def test_who_changes_the_object_meanwhile_is_read_again(kept):
    """The organizer's program and the worker at once: both changes stand."""
    [(key, stored)] = kept.server.objects.items()
    changes = iter([b"CATEGORIES:One\r\n"])

    def meanwhile():
        for change in changes:
            kept.server.put(key, stored.octets.replace(b"END:VEVENT", change + b"END:VEVENT"))
            break

    kept.server.meanwhile = meanwhile
    sitting = kept.hold(LATER)
    assert kept.work() == 1
    assert kept.server.methods() == ["GET", "PUT", "GET", "PUT"]
    assert entry(kept, sitting).categories.value == ["One"]
    assert entry(kept, sitting).dtstart.value == LATER


@ON_SQLITE
def test_an_object_that_changes_all_the_time_is_tried_later(kept):
    [(key, stored)] = kept.server.objects.items()
    kept.server.meanwhile = lambda: kept.server.put(key, stored.octets)
    kept.hold(LATER)
    assert kept.work() == 0
    row = kept.row()
    assert (row.state, row.due_at) == (Keeping.WAITING, NOW + MINUTE)
    assert "another program" in row.problem["message"]


@ON_SQLITE
def test_a_newer_revision_is_never_overwritten(kept):
    """A second installation on the same calendar, or a database of yesterday."""
    [(key, stored)] = kept.server.objects.items()
    newer = stored.octets.replace(b"REVISION:0", b"REVISION:9")
    kept.server.put(key, newer)
    kept.hold(LATER)
    assert kept.work() == 0
    assert kept.server.objects[key].octets == newer
    row = kept.row()
    assert (row.state, row.kept) == (Keeping.FAILED, 1)
    assert "newer version" in row.problem["message"]


def test_a_worker_that_slept_changes_nothing(kept):
    """The zombie reads, sleeps through its lease, and wakes after a newer change was put."""
    kept.hold(LATER)
    zombie = keeping.claim(kept.db, SENDER, now=NOW)
    kept.now = NOW + rules.LEASE
    kept.hold(START)
    assert kept.work() == 1
    [(key, stored)] = kept.server.objects.items()
    assert keeping._kept(kept.db, kept.server, zombie) is not None, "it finds a newer revision"
    assert kept.server.objects[key] == stored
    before = kept.row().fence, kept.row().state
    keeping.mark(kept.db, zombie, refusal(), now=kept.now, draw=0.5)
    assert (kept.row().fence, kept.row().state) == before


def test_a_worker_whose_entry_is_anothers_writes_nothing(kept):
    kept.hold(LATER)
    zombie = keeping.claim(kept.db, SENDER, now=NOW)
    assert keeping.claim(kept.db, SENDER, now=NOW) is None, "it is held"
    successor = keeping.claim(kept.db, SENDER, now=NOW + rules.LEASE)
    assert successor.fence == zombie.fence + 1
    assert keeping._kept(kept.db, kept.server, zombie) is None
    assert kept.server.methods() == ["GET"]


@ON_SQLITE
def test_a_lease_of_a_clock_that_was_put_back_does_not_hold(kept):
    kept.hold(LATER)
    keeping.claim(kept.db, SENDER, now=NOW + timedelta(hours=2))
    assert kept.work() == 1


def test_a_change_while_the_entry_is_in_hand_is_put_after_it(kept):
    kept.hold(LATER)
    task = keeping.claim(kept.db, SENDER, now=NOW)
    kept.hold(START)
    assert kept.row().state is Keeping.IN_HAND
    keeping.mark(kept.db, task, None, now=NOW, draw=0.5)
    row = kept.row()
    assert (row.state, row.kept, row.wanted, row.due_at) == (Keeping.WAITING, 2, 3, NOW)
    assert kept.work() == 1


@ON_SQLITE
def test_a_change_while_the_server_refuses_gets_a_try_of_its_own(kept):
    kept.hold(LATER)
    task = keeping.claim(kept.db, SENDER, now=NOW)
    kept.hold(START)
    keeping.mark(kept.db, task, refusal(), now=NOW, draw=0.5)
    assert (kept.row().state, kept.row().due_at) == (Keeping.WAITING, NOW)


def test_a_server_that_is_away_is_asked_again_after_1_5_15_and_60_minutes(kept):
    kept.hold(LATER)
    kept.server.failing = refusal("503 Busy", again=True, whole=True)
    for minutes in (1, 5, 15, 60, 60):
        assert kept.work() == 0
        row = kept.row()
        assert (row.state, row.due_at) == (Keeping.WAITING, kept.now + minutes * MINUTE)
        assert row.problem["values"] == {"words": "503 Busy"}
        kept.now += minutes * MINUTE - timedelta(seconds=1)
        kept.server.methods()
        kept.work()
        assert kept.server.methods() == [], "not a second earlier"
        kept.now += timedelta(seconds=1)
    kept.server.failing = None
    assert kept.work() == 1
    assert (kept.row().problem, kept.row().attempts) == (None, 0)


@ON_SQLITE
def test_a_refusal_is_not_tried_again_by_itself(kept):
    kept.hold(LATER)
    kept.server.failing = refusal()
    kept.work()
    assert kept.row().state is Keeping.FAILED
    kept.now += timedelta(days=1)
    kept.server.methods()
    kept.work()
    assert kept.server.methods() == []


@ON_SQLITE
def test_trying_ends_with_the_sitting(kept):
    kept.hold(LATER)
    kept.server.failing = refusal("503 Busy", again=True, whole=True)
    kept.now = LATER + timedelta(minutes=59, seconds=30)
    kept.work()
    assert kept.row().state is Keeping.FAILED, "the next try would be too late"
    with transaction(kept.db):
        kept.row().state = Keeping.WAITING
    kept.now += timedelta(days=2)
    kept.server.methods()
    kept.work()
    assert (kept.server.methods(), kept.row().state) == ([], Keeping.FAILED)


@pytest.mark.parametrize("again", [True, False])
def test_one_entry_at_a_time_finds_out_whether_a_server_is_back(story, again):
    """Twelve entries with a wrong password would be twelve wrong passwords."""
    story.give()
    story.double()
    story.server.failing = refusal("401 Unauthorized", again=again, whole=True)
    story.server.methods()
    story.work()
    assert story.server.methods() == ["GET"]
    state, due = (Keeping.WAITING, NOW + MINUTE) if again else (Keeping.FAILED, NOW)
    assert [(row.state, row.due_at) for row in story.rows()] == [(state, due)] * 2
    assert {row.problem["values"]["words"] for row in story.rows()} == {"401 Unauthorized"}


def test_other_calendars_are_not_kept_waiting_by_it(story, make):
    story.give()
    other = make.account()
    make.member(other, story.hall, Role.PRODUCER)
    session, _token = make.session(other)
    first, story.owner = story.owner, keeping_actor(story, session)
    story.give(replace(GIVEN, address="https://elsewhere.example/cal/"))
    story.owner = first
    story.hold()
    task = keeping.claim(story.db, SENDER, now=NOW)
    keeping.mark(story.db, task, refusal(again=True, whole=True), now=NOW, draw=0.5)
    assert story.work() == 1


def test_who_leaves_the_team_or_closes_the_account_is_told_no_more(kept, db):
    kept.hold(LATER)
    with transaction(db):
        membership = db.query(Membership).filter_by(account_id=kept.account.id).one()
        db.delete(membership)
    assert kept.work() == 0
    assert kept.server.methods() == []
    assert kept.rows() == []


def test_closing_an_account_forgets_its_calendar(kept):
    accounts.close(kept.db, ANYONE, kept.account.contact.address, now=NOW)
    assert kept.calendars() == []
    assert kept.rows() == []


def test_who_joins_a_team_finds_its_sittings_before_long(story, make):
    other = make.account()
    session, _token = make.session(other)
    story.owner = keeping_actor(story, session)
    story.give()
    story.hold()
    assert keeping.catch_up(story.db, now=NOW) == 0
    make.member(other, story.hall, Role.PRODUCER)
    assert keeping.catch_up(story.db, now=NOW) == 1
    assert keeping.catch_up(story.db, now=NOW) == 0
    assert story.work() == 1


@ON_SQLITE
def test_nobody_is_listed_unless_the_organizer_wants_it(kept):
    [(_, stored)] = kept.server.objects.items()
    assert b"ATTENDEE" not in stored.octets
    assert b"@example.org" not in stored.octets.replace(b"townhall@example.org", b"")


def test_the_invited_are_listed_with_their_answers(story, make):
    story.give(replace(GIVEN, lists_people=True))
    make.staffer(story.hall, make.contact("Moe"), required=False)
    make.registration(story.hall)
    sitting = story.plan()
    story.work()
    listed = entry(story, sitting).contents["attendee"]
    assert [(line.params["CN"], line.params["PARTSTAT"]) for line in listed] == [
        (["Ann"], ["NEEDS-ACTION"]),
        (["Dev"], ["NEEDS-ACTION"]),
        (["Sana"], ["NEEDS-ACTION"]),
        (["Moe"], ["NEEDS-ACTION"]),
    ]
    assert [line.params["ROLE"][0] for line in listed][-2:] == ["OPT-PARTICIPANT"] * 2
    assert {tuple(line.params["SCHEDULE-AGENT"]) for line in listed} == {("CLIENT",)}
    answer(story, sitting, 0)
    assert story.work() == 0, "it waits for others"
    answer(story, sitting, 1)
    story.server.methods()
    story.now += rules.LULL
    assert story.work() == 1
    assert story.server.methods() == ["GET", "PUT"], "both at once"
    listed = entry(story, sitting).contents["attendee"]
    assert [line.params["PARTSTAT"][0] for line in listed] == [
        "ACCEPTED",
        "ACCEPTED",
        "NEEDS-ACTION",
        "NEEDS-ACTION",
    ]


def answer(story, sitting, number):
    with transaction(story.db):
        row = invitations.live(story.db, sitting)[number]
        reply = Reply(PartStat.ACCEPTED, sequence=sitting.sequence)
        answers.keep(story.db, ANYONE, row, reply, said_at=story.now, now=story.now)


@ON_SQLITE
def test_an_answer_changes_nothing_where_nobody_is_listed(kept, make):
    [sitting] = kept.hall.sittings
    make.invitation(sitting, kept.seats[0])
    answer(kept, sitting, 0)
    assert (kept.row().wanted, kept.row().state) == (1, Keeping.KEPT)


@ON_SQLITE
def test_answers_do_not_ask_a_server_more_often_that_refused(story):
    story.give(replace(GIVEN, lists_people=True))
    sitting = story.plan()
    story.server.failing = refusal()
    story.work()
    answer(story, sitting, 0)
    assert (story.row().state, story.row().wanted) == (Keeping.FAILED, 2)


def test_an_answer_after_the_end_is_put_for_another_day(story):
    story.give(replace(GIVEN, lists_people=True))
    sitting = story.plan()
    story.work()
    story.now = sitting.ends_at + timedelta(days=3)
    answer(story, sitting, 0)
    assert story.row().give_up_at == story.now + timedelta(days=1)


@ON_SQLITE
def test_who_is_taken_off_is_listed_no_more(story, db):
    story.give(replace(GIVEN, lists_people=True))
    sitting = story.plan()
    story.work()
    with transaction(db):
        story.seats[1].contacts = []
    story.send(sittings.revise(db, story.actor, story.hall.code, now=NOW))
    story.work()
    listed = entry(story, sitting).contents["attendee"]
    assert [line.params["CN"] for line in listed] == [["Ann"], ["Sana"]]


@ON_SQLITE
def test_what_no_calendar_can_carry_is_said_and_keeps_nothing_waiting(story, db):
    story.give(replace(GIVEN, lists_people=True))
    sitting = story.plan()
    with transaction(db):
        db.add(SeatContact(seat_id=story.seats[0].id, contact=story.people[1]))
        invitations.live(db, sitting)[0].contact.name = "Ann\x07"
    assert story.work() == 0
    row = story.row()
    assert (row.state, row.problem["values"]["code"]) == (Keeping.FAILED, "U+0007")
    assert story.server.methods() == ["PROPFIND"]


@ON_SQLITE
def test_a_sitting_that_was_not_held_after_all_is_not_called_off(kept, db):
    with transaction(db):
        [sitting] = kept.hall.sittings
        sitting.state, sitting.took_place = SittingState.CANCELLED, False
        own_entries.changed(db, sitting, NOW)
    kept.work()
    assert shown(kept, sitting)[3] == "CONFIRMED"


def test_a_new_sequence_alone_is_put_before_long(kept, db):
    with transaction(db):
        [sitting] = kept.hall.sittings
        sitting.sequence += 1
        sitting.revision += 1
        own_entries.renumbered(db, sitting, NOW)
    assert kept.work() == 0
    kept.now += rules.LULL
    assert kept.work() == 1
    assert shown(kept, sitting)[0] == 1


@ON_SQLITE
def test_a_worker_that_is_told_to_stop_takes_nothing_more(kept):
    kept.hold(LATER)
    stopped = {"stopped": lambda: True, "now": lambda: NOW, "draw": lambda: 0.5}
    assert keeping.work(kept.sessions, kept.server, SENDER, **stopped) == 0
    assert kept.server.methods() == []


@ON_SQLITE
def test_an_entry_that_another_worker_took_first_is_let_go(kept):
    assert keeping.claim(kept.db, SENDER, now=NOW) is None


def test_a_database_that_is_away_loses_nothing(kept, monkeypatch):
    kept.hold(LATER)

    def gone(*_args, **_values):
        raise UnavailableError("away")

    with monkeypatch.context() as patch:
        patch.setattr(keeping, "mark", gone)
        with pytest.raises(UnavailableError):
            kept.work()
    kept.now += rules.LEASE
    assert kept.work() == 1
    assert kept.row().state is Keeping.KEPT
    assert kept.server.methods() == ["GET", "PUT", "GET"], "put once"
    assert kept.calendars()[0].address == ADDRESS
