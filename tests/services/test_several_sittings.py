"""Two sittings of one town hall: who is asked to which, and what each mail says of the other."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.fixtures.make import NOW
from tests.services.test_sittings import SENDER, Story, entry, steps, text
from townhall.db import transaction
from townhall.domain.states import DraftAction, MailKind, SeatRole, SittingState
from townhall.errors import ConflictError, InputError, NotFoundError
from townhall.models.invitations import Invitation
from townhall.models.planning import Sitting
from townhall.queries import drafts, invitations, planning
from townhall.services import occasions, promises, sittings

EARLY = datetime(2026, 12, 9, 6, tzinfo=UTC)
LATE = datetime(2026, 12, 9, 15, tzinfo=UTC)


class Halves(Story):
    """A host who attends every sitting, and two places that attend the nearer one."""

    def __init__(self, db, make):
        super().__init__(db, make)
        with transaction(db):
            self.hall.sittings_wanted = 2
            new_york, delhi, suva = self.seats
            new_york.everywhere = True
            new_york.zone = "Africa/Kinshasa"
            new_york.country = "CD"
            delhi.country = None
            suva.name, suva.zone, suva.country = "Lima", "America/Lima", None

    def choose_all(self, *starts, now=NOW):
        return sittings.choose(self.db, self.actor, self.hall.code, *starts, now=now)

    def hold(self, *starts):
        """Choose, send, and let every mail be delivered."""
        found = self.send_all(self.choose_all(*starts))
        self.hand_to_worker()
        return found

    def invited(self, sitting):
        return [row.contact.name for row in invitations.live(self.db, sitting)]

    def fresh(self):
        """Return the mails that no worker has had yet: who, about which start, what."""
        return [
            (row.contact.name, entry(row).vevent.dtstart.value, row.kind, row.sequence)
            for row in self.mails()
            if not row.fence
        ]


@pytest.fixture
def story(db, make):
    return Halves(db, make)


def test_each_person_is_asked_to_their_own_sitting_and_the_host_to_all(story):
    early, late = story.hold(EARLY, LATE)
    assert (early.starts_at, late.starts_at) == (EARLY, LATE)
    assert (early.number, late.number) == (1, 2)
    assert early.uid != late.uid
    assert (story.invited(early), story.invited(late)) == (["Ann", "Dev"], ["Ann", "Sana"])
    assert [row.seat.name for row in early.promises] == ["New York", "New Delhi"]
    assert [row.seat.name for row in late.promises] == ["New York", "Lima"]


def test_a_mail_says_how_many_sittings_there_are_and_that_this_one_is_yours(story):
    story.hold(EARLY, LATE)
    said = {}
    for row in story.mails():
        said.setdefault(row.contact.name, " ".join(text(row).split()))
    assert "It is held in 2 sittings; you are asked to all of them" in said["Ann"]
    assert (
        "It is held in 2 sittings, so that no place pays for all others; this one is yours."
        in (said["Dev"])
    )
    assert "يُعقد في جلستين" in said["Sana"]


def test_the_fairest_set_is_said_to_be_so(story, db):
    plan = planning.plan_document(story.hall)
    assert plan["sittings"] == 2
    story.hold(EARLY, LATE)
    fair = occasions.fairness(story.hall, [EARLY, LATE])
    assert (fair.sittings, fair.is_fairest) == (2, "fairest hours" in text(story.mails()[0]))


def test_hours_are_not_said_to_be_the_fairest_where_the_search_was_given_up(story):
    assert occasions.fairness(story.hall, [EARLY, LATE]).is_fairest
    assert not occasions.fairness(story.hall, [EARLY, LATE], limit_s=1e-9).is_fairest


def test_a_set_that_nobody_could_find_is_no_fairest(story, db):
    with transaction(db):
        story.seats[1].never = [["00:00", "00:00"]]
    assert not occasions.fairness(story.hall, [EARLY, LATE]).is_fairest


def test_sittings_that_move_keep_their_order_and_the_preview_says_what_is_sent(story, db):
    early, late = story.hold(EARLY, LATE)
    noon, night = LATE - timedelta(hours=3), LATE + timedelta(hours=6)
    draft = story.choose_all(noon, night)
    assert steps(draft) == [
        (DraftAction.MOVE, early.number, noon),
        (DraftAction.MOVE, late.number, night),
    ]
    outlook = drafts.outlook(db, story.hall, draft.steps, now=NOW)
    shown = [(person.contact.name, each.starts_at, person.mail) for each, person in outlook.people]
    story.send_all(draft)
    assert [mail[:3] for mail in story.fresh()] == shown
    assert story.invited(early) == [row.seat.contacts[0].contact.name for row in early.promises]


def test_who_changes_sitting_is_taken_off_one_and_asked_to_the_other(story, db):
    early, late = story.hold(EARLY, LATE)
    with transaction(db):
        story.seats[1].never = [["11:00", "13:00"]]  # New Delhi can no longer at 06:00 UTC
    draft = story.choose_all(EARLY, LATE + timedelta(minutes=15))
    assert steps(draft) == [(DraftAction.MOVE, late.number, LATE + timedelta(minutes=15))]
    story.send_all(draft)
    assert story.fresh() == [
        ("Dev", EARLY, MailKind.REMOVED, 1),
        ("Ann", LATE + timedelta(minutes=15), MailKind.MOVED, 1),
        ("Dev", LATE + timedelta(minutes=15), MailKind.INVITE, 1),
        ("Sana", LATE + timedelta(minutes=15), MailKind.MOVED, 1),
    ]
    taken_off = next(row for row in story.mails() if row.kind is MailKind.REMOVED)
    event = entry(taken_off)
    assert (event.method.value, hasattr(event.vevent, "status")) == ("CANCEL", False)
    assert "Your sitting is now Wed 9 Dec 2026, 20:45 UTC+05:30" in " ".join(
        text(taken_off).split()
    )
    assert (early.sequence, early.revision, late.sequence) == (1, 1, 1)
    assert [row.seat.name for row in early.promises] == ["New York"]


def test_cancelling_one_brings_its_people_to_the_other(story):
    early, late = story.hold(EARLY, LATE)
    draft = sittings.call_off(story.db, story.actor, story.hall.code, late.number, now=NOW)
    assert steps(draft) == [(DraftAction.CANCEL, late.number, None)]
    story.send_all(draft)
    assert story.fresh() == [
        ("Sana", EARLY, MailKind.INVITE, 1),
        ("Ann", LATE, MailKind.CANCELLED, 1),
        ("Sana", LATE, MailKind.CANCELLED, 1),
    ]
    assert (early.state, late.state) == (SittingState.SCHEDULED, SittingState.CANCELLED)
    assert story.invited(early) == ["Ann", "Dev", "Sana"]


def test_cancelling_all_tells_everyone_once_for_each_of_their_entries(story):
    story.hold(EARLY, LATE)
    story.send_all(story.call_off())
    assert [(name, kind) for name, _, kind, _ in story.fresh()] == [
        ("Ann", MailKind.CANCELLED),
        ("Dev", MailKind.CANCELLED),
        ("Ann", MailKind.CANCELLED),
        ("Sana", MailKind.CANCELLED),
    ]


def test_a_cancelled_sitting_is_held_after_all_as_the_same_entry(story, db):
    _early, late = story.hold(EARLY, LATE)
    uid = late.uid
    story.send_all(sittings.call_off(db, story.actor, story.hall.code, late.number, now=NOW))
    story.hand_to_worker()
    draft = sittings.reopen(db, story.actor, story.hall.code, late.number, now=NOW)
    assert steps(draft) == [(DraftAction.SCHEDULE, late.number, LATE)]
    story.send_all(draft)
    assert (late.state, late.sequence, late.uid) == (SittingState.SCHEDULED, 2, uid)
    assert story.fresh() == [
        ("Sana", EARLY, MailKind.REMOVED, 2),
        ("Ann", LATE, MailKind.INVITE, 2),
        ("Sana", LATE, MailKind.INVITE, 2),
    ]


def test_who_left_meanwhile_hears_nothing_of_a_sitting_held_after_all(story, db):
    _early, late = story.hold(EARLY, LATE)
    story.send_all(story.call_off())
    story.hand_to_worker()
    with transaction(db):
        story.seats[2].contacts = []
    story.send_all(sittings.reopen(db, story.actor, story.hall.code, late.number, now=NOW))
    # It is the only one now, so New Delhi comes to it.
    assert [(name, kind) for name, _, kind, _ in story.fresh()] == [
        ("Ann", MailKind.INVITE),
        ("Dev", MailKind.INVITE),
    ]
    assert story.invited(late) == ["Ann", "Dev"]


def test_only_a_cancelled_sitting_is_held_again(story, db):
    early, _late = story.hold(EARLY, LATE)
    with pytest.raises(ConflictError):
        sittings.reopen(db, story.actor, story.hall.code, early.number, now=NOW)
    with pytest.raises(NotFoundError):
        sittings.reopen(db, story.actor, story.hall.code, 9, now=NOW)


@pytest.mark.parametrize(
    "other, says",
    [
        (EARLY + timedelta(minutes=45), "overlap"),
        (EARLY + timedelta(hours=8), "New York attends every sitting"),
    ],
)
def test_sittings_too_near_each_other_are_refused(story, other, says):
    with pytest.raises(InputError, match=says):
        story.choose_all(EARLY, other)


def test_a_seat_that_can_attend_none_is_named(story, db):
    with transaction(db):
        story.seats[1].never = [["10:00", "22:00"]]
    with pytest.raises(InputError, match="New Delhi cannot take part in any of these sittings"):
        story.choose_all(EARLY, LATE)
    with transaction(db):
        story.seats[1].never = None
        story.seats[0].never = [["16:00", "17:00"]]
    with pytest.raises(InputError, match="New York cannot take part at 2026-12-09 15:00 UTC"):
        story.choose_all(EARLY, LATE)


def test_new_words_reach_the_people_of_every_sitting_and_nobody_changes_places(story, db):
    early, late = story.hold(EARLY, LATE)
    with transaction(db):
        story.hall.title = "Another title"
        story.seats[1].never = [["11:00", "13:00"]]
    story.send_all(sittings.revise(db, story.actor, story.hall.code, now=NOW))
    assert {kind for _, _, kind, _ in story.fresh()} == {MailKind.UPDATED}
    assert [(each.title, each.sequence, each.revision) for each in (early, late)] == [
        ("Another title", 0, 1)
    ] * 2
    assert story.invited(early) == ["Ann", "Dev"]


def test_a_seat_added_later_gets_its_best_sitting_at_the_next_update(story, db, make):
    early, late = story.hold(EARLY, LATE)
    quito = make.seat(story.hall, "Quito", zone="America/Guayaquil", country=None)
    make.seat_contact(quito, make.contact("Eva"))
    db.expire_all()
    draft = sittings.revise(db, story.actor, story.hall.code, now=NOW)
    assert steps(draft) == [(DraftAction.UPDATE, late.number, None)]
    story.send_all(draft)
    assert story.fresh() == [("Eva", LATE, MailKind.INVITE, 1)]
    assert story.invited(early) == ["Ann", "Dev"]


def test_a_seat_that_attends_all_from_now_on_is_asked_to_the_other_too(story, db):
    early, late = story.hold(EARLY, LATE)
    with transaction(db):
        story.seats[1].everywhere = True
    story.send_all(sittings.revise(db, story.actor, story.hall.code, now=NOW))
    assert story.fresh() == [("Dev", LATE, MailKind.INVITE, 1)]
    assert (story.invited(early), story.invited(late)) == (["Ann", "Dev"], ["Ann", "Dev", "Sana"])


def test_a_person_of_two_seats_with_two_sittings_is_told_so(story, db, make):
    with transaction(db):
        story.hall.sittings_wanted = 3
        story.seats[0].everywhere = False
    make.seat_contact(story.seats[2], story.people[1])
    db.expire_all()
    story.hold(EARLY, LATE, datetime(2026, 12, 9, 20, tzinfo=UTC))
    said = [" ".join(text(row).split()) for row in story.mails() if row.contact.name == "Dev"]
    assert len(said) == 2
    assert all("It is held in 3 sittings; this is one of yours." in each for each in said)


def test_whose_sitting_is_over_is_asked_to_no_other(story, db):
    story.hold(EARLY, LATE)
    between = EARLY + timedelta(hours=4)
    later = LATE + timedelta(minutes=30)
    draft = story.choose_all(later, now=between)
    assert [step[0] for step in steps(draft)] == [DraftAction.MOVE]
    story.send_all(draft, now=between)
    assert [(name, kind) for name, _, kind, _ in story.fresh()] == [
        ("Ann", MailKind.MOVED),
        ("Sana", MailKind.MOVED),
    ]


def test_a_set_with_one_sitting_less_calls_one_off_and_with_more_adds_one(story):
    early, late = story.hold(EARLY, LATE)
    less = story.choose_all(EARLY + timedelta(minutes=15))
    assert steps(less) == [
        (DraftAction.MOVE, early.number, EARLY + timedelta(minutes=15)),
        (DraftAction.CANCEL, late.number, None),
    ]
    more = story.choose_all(EARLY, LATE, datetime(2026, 12, 10, 0, tzinfo=UTC))
    assert steps(more) == [(DraftAction.SCHEDULE, None, datetime(2026, 12, 10, 0, tzinfo=UTC))]


def test_the_moment_is_kept_for_one_sitting_alone(story, db):
    early, late = story.hold(EARLY, LATE)
    with transaction(db):
        late.zone_release = "2025b"
        row = next(row for row in late.promises if row.seat.name == "Lima")
        row.local_start = "2026-12-09T11:00-04:00"
    promises.keep_instant(
        db,
        story.feed,
        story.actor,
        story.hall.code,
        SENDER,
        number=late.number,
        version=late.version,
        now=NOW,
    )
    assert story.fresh() == [("Sana", LATE, MailKind.UPDATED, 0)]
    assert (early.revision, late.revision) == (0, 1)
    with pytest.raises(NotFoundError):
        promises.keep_instant(
            db, story.feed, story.actor, story.hall.code, SENDER, number=9, version=1, now=NOW
        )


def test_the_next_sitting_is_the_first_that_is_not_over(story, db, make):
    assert planning.next_sitting(db, make.town_hall(), now=NOW) is None
    early, late = story.hold(EARLY, LATE)

    def following(now):
        return planning.next_sitting(db, story.hall, now=now)

    assert following(NOW) == early
    assert following(EARLY + timedelta(minutes=59)) == early
    assert following(EARLY + timedelta(hours=1)) == late
    assert following(LATE + timedelta(hours=1)) == late
    with transaction(db):
        for row in db.scalars(select(Sitting)):
            row.state = SittingState.CANCELLED
    assert following(NOW) == late
    assert planning.sittings(db, story.hall) == [late]


def test_a_host_alone_with_no_contacts_leaves_a_sitting_without_mails(story, db):
    with transaction(db):
        for seat in story.seats:
            seat.contacts = []
    early, late = story.hold(EARLY, LATE)
    assert db.scalars(select(Invitation)).all() == []
    assert [len(each.promises) for each in (early, late)] == [2, 2]
    assert story.seats[0].role is SeatRole.HOST


def test_after_all_sittings_are_over_others_are_for_everybody_again(story, db):
    early, late = story.hold(EARLY, LATE)
    with transaction(db):
        story.people[1].address = None
    after = LATE + timedelta(hours=2)
    another = LATE + timedelta(days=1)
    [third] = story.send_all(story.choose_all(another, now=after), now=after)
    assert third.number == 3
    assert [row.seat.name for row in third.promises] == ["New York", "New Delhi", "Lima"]
    assert story.invited(third) == ["Ann", "Sana"]
    assert (early.sequence, late.sequence) == (0, 0)
