"""When a mail is tried, tried again, or no more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.domain.outbox import IN_HAND, Row, Verdict, judge, next_try, stays_here
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
