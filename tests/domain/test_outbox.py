"""When a mail is tried, tried again, or no more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.domain.outbox import (
    BURST,
    IN_HAND,
    NEVER_USED,
    Row,
    Verdict,
    domain,
    judge,
    next_try,
    stays_here,
)
from townhall.domain.states import Delivery

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SOON = NOW + timedelta(seconds=1)
DUE = Row(
    id=10,
    revision=3,
    state=Delivery.QUEUED,
    handed=False,
    lease_until=None,
    cancels=False,
    give_up_at=NOW + timedelta(days=9),
)
SENT = replace(DUE, id=9, revision=2, state=Delivery.SENT, handed=True)
IN_FLIGHT = replace(SENT, state=Delivery.SENDING, lease_until=SOON)
REMINDER = replace(DUE, id=11, reminds=True)


@pytest.mark.parametrize(
    "row, others, verdict",
    [
        (DUE, [], Verdict.SEND),
        (DUE, [SENT], Verdict.SEND),
        (DUE, [replace(SENT, state=Delivery.FAILED)], Verdict.SEND),
        (DUE, [replace(DUE, id=9, revision=2)], Verdict.SEND),
        (DUE, [replace(DUE, id=9, revision=4)], Verdict.SUPERSEDE),
        (DUE, [replace(DUE, id=11)], Verdict.SUPERSEDE),
        (DUE, [replace(DUE, id=11, revision=4, state=Delivery.FAILED)], Verdict.SUPERSEDE),
        (DUE, [IN_FLIGHT], Verdict.WAIT),
        (DUE, [replace(IN_FLIGHT, lease_until=NOW)], Verdict.SEND),
        (replace(DUE, give_up_at=NOW), [], Verdict.GIVE_UP),
        (replace(DUE, give_up_at=NOW), [replace(DUE, id=11)], Verdict.SUPERSEDE),
        (replace(DUE, cancels=True), [], Verdict.SUPERSEDE),
        (replace(DUE, cancels=True), [replace(DUE, id=9, revision=2)], Verdict.SUPERSEDE),
        (replace(DUE, cancels=True), [SENT], Verdict.SEND),
        (replace(DUE, cancels=True, handed=True), [], Verdict.SEND),
        (DUE, [REMINDER], Verdict.SEND),
        (DUE, [replace(REMINDER, state=Delivery.SENDING, lease_until=SOON)], Verdict.WAIT),
        (replace(DUE, cancels=True), [replace(REMINDER, handed=True)], Verdict.SUPERSEDE),
        (REMINDER, [replace(DUE, state=Delivery.SENT)], Verdict.SEND),
        (REMINDER, [DUE], Verdict.WAIT),
        (REMINDER, [replace(DUE, revision=4)], Verdict.SUPERSEDE),
        (REMINDER, [replace(REMINDER, id=12)], Verdict.SEND),
    ],
    ids=[
        "alone",
        "older sent",
        "older failed",
        "older queued",
        "newer queued",
        "same revision, later row",
        "newer failed",
        "older in flight",
        "older's lease ran out",
        "too late",
        "too late and overtaken",
        "cancels nothing",
        "cancels what was never handed on",
        "cancels what was sent",
        "cancel tried before",
        "later reminder queued",
        "reminder in flight",
        "cancels what was only reminded of",
        "reminder of what was sent",
        "reminder of what is still to go",
        "reminder of what changed",
        "two reminders",
    ],
)
def test_verdict_keeps_order(row: Row, others: list[Row], verdict: Verdict):
    assert judge(row, others, NOW) is verdict


rows = st.builds(
    Row,
    id=st.integers(1, 6),
    revision=st.integers(0, 3),
    state=st.sampled_from(Delivery),
    handed=st.booleans(),
    lease_until=st.sampled_from([None, NOW - IN_HAND, SOON]),
    cancels=st.booleans(),
    give_up_at=st.sampled_from([NOW, NOW + IN_HAND]),
)


@given(st.lists(rows, min_size=1, max_size=6, unique_by=lambda row: row.id))
def test_at_most_the_newest_row_of_a_person_is_sent(thread: list[Row]):
    sent = [
        row
        for row in thread
        if judge(row, [other for other in thread if other is not row], NOW) is Verdict.SEND
    ]
    newest = max(thread, key=lambda row: (row.revision, row.id))
    assert sent in ([], [newest])


@pytest.mark.parametrize("attempts, minutes", [(1, 1), (2, 5), (3, 15), (4, 60), (5, 60), (99, 60)])
def test_wait_grows_to_an_hour(attempts: int, minutes: int):
    assert next_try(attempts, NOW, NOW + timedelta(days=1), 0.5) == NOW + timedelta(minutes=minutes)


@given(st.integers(1, 9), st.floats(0, 1, exclude_max=True))
def test_jitter_moves_the_wait_by_a_fifth_at_most(attempts: int, draw: float):
    end = NOW + timedelta(days=1)
    plain = next_try(attempts, NOW, end, 0.5) - NOW
    assert 0.8 * plain <= next_try(attempts, NOW, end, draw) - NOW <= 1.2 * plain


def test_no_try_comes_after_the_sitting_has_begun():
    begins = NOW + timedelta(minutes=1)
    assert next_try(1, NOW, begins, 0.5) is None
    assert next_try(1, NOW, begins, 0.0) == NOW + timedelta(seconds=48)


@pytest.mark.parametrize(
    "address, here",
    [
        ("a@demo.invalid", True),
        ("a@Demo.TEST", True),
        ("a@example", True),
        ("a@b.example.", True),
        ("a@example.org", False),
        ("a@test.example.org", False),
        ("test@invalidx", False),
    ],
)
def test_reserved_names_stay_here(address: str, here: bool):
    assert stays_here(address) is here


class Domain:
    """One domain's mails, a second between two looks at `waits`."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute, self.pace, self.at = per_minute, NEVER_USED, NOW

    def wait(self) -> float:
        self.pace, place = self.pace.placed(self.per_minute, self.at)
        return (place - self.at).total_seconds()


def test_pace_lets_a_burst_go_and_gives_the_others_places():
    mails = Domain(60)
    assert [mails.wait() for _ in range(13)] == [0.0] * 11 + [1.0, 2.0]
    mails.at += timedelta(seconds=1)
    assert [mails.wait(), mails.wait()] == [0.0, 2.0]


def test_pace_of_a_clock_that_was_put_back_holds_nothing_up():
    mails = Domain(60)
    assert not mails.wait()
    mails.at -= timedelta(hours=1)
    assert not mails.wait()


@pytest.mark.parametrize(
    "address, expected",
    [("a@Example.ORG", "example.org"), ("a@example.org.", "example.org"), ("nobody", "nobody")],
)
def test_domain_of_an_address(address: str, expected: str):
    assert domain(address) == expected


@given(st.integers(1, 6_000), st.lists(st.floats(0, 30), min_size=1, max_size=200))
def test_no_minute_has_more_than_its_mails_and_a_burst(per_minute: int, pauses: list[float]):
    mails = Domain(per_minute)
    gone = []
    for pause in pauses:
        mails.at += timedelta(seconds=pause)
        if not mails.wait():
            gone.append(mails.at)
    minute = timedelta(minutes=1)
    most = per_minute * (1 + BURST / minute) + 1
    assert all(sum(at <= each < at + minute for each in gone) <= most + 1 for at in gone)
