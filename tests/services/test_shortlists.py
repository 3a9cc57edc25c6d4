"""A shortlist made, looked at, sent, ended: rows and mails."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from tests.fixtures.make import NOW
from townhall.domain import invites, tokens
from townhall.domain.access import ANYONE, Role
from townhall.domain.availability import Wish
from townhall.domain.states import Delivery, MailKind
from townhall.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from townhall.models.accounts import AuditEntry
from townhall.models.availability import Asked, Shortlist
from townhall.models.invitations import OutboxMessage
from townhall.queries import availability
from townhall.services import asks, shortlists
from townhall.services.senders import Sender

STARTS = (
    datetime(2026, 12, 2, 11, 30, tzinfo=UTC),
    datetime(2026, 12, 3, 5, 0, tzinfo=UTC),
)
WISH = Wish(STARTS, NOW + timedelta(days=3), "Ask your teams too.")
SENDER = Sender(
    organizer=invites.Mailbox("townhall@example.org", "UNICEF"),
    base_url="https://townhall.example",
    key="a key that signs the links of these tests",
)


@pytest.fixture
def hall(db, make):
    hall = make.town_hall()
    karachi = make.seat(hall, "Islamabad")
    delhi = make.seat(hall, "New Delhi", zone="Asia/Kolkata", country="IN")
    make.seat_contact(karachi, make.contact("Sana", address="sana@example.org", language="ar"))
    make.seat_contact(delhi, make.contact("Dev", address="dev@example.org"))
    make.seat_contact(delhi, make.contact("Erased", address=None))
    db.expire_all()
    return hall


@pytest.fixture
def actor(make, hall):
    return make.actor(hall)


def mails(db):
    return db.scalars(
        select(OutboxMessage).order_by(OutboxMessage.id).options(undefer(OutboxMessage.whole))
    ).all()


def ask(db, actor, hall, wish=WISH, now=NOW):
    made = shortlists.make(db, actor, hall.code, wish, now=now)
    return shortlists.send(db, actor, hall.code, SENDER, version=made.version, now=now)


def test_a_shortlist_is_made_and_nobody_is_asked(db, hall, actor):
    made = shortlists.make(db, actor, hall.code, WISH, now=NOW)

    db.expire_all()
    assert (made.instants, made.deadline_at, made.note) == (
        list(STARTS),
        WISH.deadline_at,
        WISH.note,
    )
    assert (made.sent_at, made.ended_at, made.version) == (None, None, 1)
    assert availability.current(hall) is made
    assert availability.newest_sent(hall) is None
    assert mails(db) == []
    assert db.scalars(select(AuditEntry.action)).all() == ["shortlist.made"]


def test_a_shortlist_made_again_takes_the_place_of_the_one_not_sent(db, hall, actor):
    first = shortlists.make(db, actor, hall.code, WISH, now=NOW)
    again = shortlists.make(db, actor, hall.code, Wish(STARTS[:1], WISH.deadline_at), now=NOW)

    assert again is first
    assert (again.starts, again.version) == (["2026-12-02T11:30Z"], 2)
    with pytest.raises(ConflictError, match="Look at it again"):
        shortlists.send(db, actor, hall.code, SENDER, version=1, now=NOW)
    assert mails(db) == []


def test_everyone_with_an_address_is_asked_in_their_language_on_their_clock(db, hall, actor):
    sent = ask(db, actor, hall)

    db.expire_all()
    assert sent.sent_at == NOW
    rows = mails(db)
    asked = db.scalars(select(Asked).order_by(Asked.id)).all()
    assert [(each.seat.name, each.contact.name) for each in asked] == [
        ("Islamabad", "Sana"),
        ("New Delhi", "Dev"),
    ]
    assert [(row.contact.name, row.kind, row.due_at, row.give_up_at) for row in rows] == [
        ("Sana", MailKind.ASK, NOW, WISH.deadline_at),
        ("Sana", MailKind.REMINDER, WISH.remind_at, WISH.deadline_at),
        ("Dev", MailKind.ASK, NOW, WISH.deadline_at),
        ("Dev", MailKind.REMINDER, WISH.remind_at, WISH.deadline_at),
    ]
    assert len({row.thread for row in rows}) == 4, "a reminder never takes the first mail's place"
    arabic, english = (
        message_from_bytes(rows[number].octets, policy=policy.default) for number in (0, 2)
    )
    assert (arabic["Content-Language"], english["Content-Language"]) == ("ar", "en")
    text = english.get_body(("plain",)).get_content()
    assert "Wednesday 2 December 2026, 17:00 to 18:00, UTC+05:30" in text
    assert "Ask your teams too." in text
    proof = tokens.sign(SENDER.key, "when", asked[1].code)
    assert f"https://townhall.example/a/{asked[1].code}/{proof}" in text


def test_nobody_is_reminded_where_less_than_a_day_is_left(db, hall, actor):
    ask(db, actor, hall, Wish(STARTS, NOW + timedelta(days=1)))

    assert [row.kind for row in mails(db)] == [MailKind.ASK, MailKind.ASK]


def test_a_preview_is_the_mail_without_its_link(db, hall, actor):
    made = shortlists.make(db, actor, hall.code, WISH, now=NOW)
    octets = asks.preview(made, availability.voices(hall)[1], SENDER, now=NOW)

    text = message_from_bytes(octets, policy=policy.default).get_body(("plain",)).get_content()
    assert "https://townhall.example/a/preview" in text
    assert "17:00 to 18:00" in text


def test_a_shortlist_is_sent_once(db, hall, actor):
    sent = ask(db, actor, hall)
    with pytest.raises(ConflictError):
        shortlists.send(db, actor, hall.code, SENDER, version=sent.version, now=NOW)
    assert len(mails(db)) == 4


def test_a_second_shortlist_waits_for_the_end_of_the_first(db, hall, actor):
    ask(db, actor, hall)
    with pytest.raises(ConflictError, match="being asked already"):
        shortlists.make(db, actor, hall.code, WISH, now=NOW)

    later = WISH.deadline_at
    wish = Wish(STARTS, later + timedelta(days=1))
    second = ask(db, actor, hall, wish, now=later)

    first = db.scalars(select(Shortlist).order_by(Shortlist.id)).first()
    assert (first.ended_at, second.sent_at) == (WISH.deadline_at, later)
    assert availability.newest_sent(hall) is second


def test_ending_takes_back_the_mails_that_wait_and_keeps_what_was_said(db, hall, actor):
    sent = ask(db, actor, hall)
    first, *_rest = mails(db)
    first.state = Delivery.SENT
    db.commit()

    shortlists.end(db, actor, hall.code, now=NOW)

    db.expire_all()
    assert [row.state for row in mails(db)] == [Delivery.SENT] + [Delivery.SUPERSEDED] * 3
    assert (sent.ended_at, availability.current(hall)) == (NOW, None)
    assert availability.newest_sent(hall) is sent
    shortlists.end(db, actor, hall.code, now=NOW)
    assert db.scalars(select(AuditEntry.action)).all() == [
        "shortlist.made",
        "shortlist.sent",
        "shortlist.ended",
    ]


def test_what_was_not_sent_is_thrown_away(db, hall, actor):
    shortlists.make(db, actor, hall.code, WISH, now=NOW)
    shortlists.end(db, actor, hall.code, now=NOW)

    assert db.scalars(select(Shortlist)).all() == []


def test_a_deadline_that_has_passed_stops_making_and_sending(db, hall, actor):
    with pytest.raises(InputError, match="has passed") as caught:
        shortlists.make(db, actor, hall.code, WISH, now=WISH.deadline_at)
    assert caught.value.field == "deadline"

    made = shortlists.make(db, actor, hall.code, WISH, now=NOW)
    with pytest.raises(InputError, match="has passed"):
        shortlists.send(db, actor, hall.code, SENDER, version=made.version, now=WISH.deadline_at)
    assert mails(db) == []


def test_sending_needs_somebody_to_ask(db, make):
    hall = make.town_hall()
    make.seat(hall)
    actor = make.actor(hall)
    made = shortlists.make(db, actor, hall.code, WISH, now=NOW)
    with pytest.raises(InputError, match="Nobody can be asked") as caught:
        shortlists.send(db, actor, hall.code, SENDER, version=made.version, now=NOW)
    assert caught.value.field == "seats"


def test_only_the_team_asks(db, make, hall):
    moderator = make.actor(hall, Role.MODERATOR)
    for stranger, error in ((moderator, NotAllowedError), (ANYONE, NotFoundError)):
        with pytest.raises(error):
            shortlists.make(db, stranger, hall.code, WISH, now=NOW)
        with pytest.raises(error):
            shortlists.send(db, stranger, hall.code, SENDER, version=1, now=NOW)
        with pytest.raises(error):
            shortlists.end(db, stranger, hall.code, now=NOW)
    assert db.scalars(select(Shortlist)).all() == []
