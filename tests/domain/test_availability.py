"""Shortlists and answers as values."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.domain.availability import (
    MOST_STARTS,
    NOTE_LIMIT,
    Said,
    Wish,
    check_open,
    usual_deadline,
    written,
)
from townhall.domain.slots import Answer
from townhall.errors import InputError, TransitionError

NOON = datetime(2026, 12, 9, 12, 0, tzinfo=UTC)
DEADLINE = NOON - timedelta(days=3)
QUARTER = timedelta(minutes=15)


def test_a_wish_holds_each_start_once_in_order():
    delhi = timezone(timedelta(hours=5, minutes=30))
    wish = Wish((NOON + QUARTER, NOON.astimezone(delhi), NOON), DEADLINE)

    assert wish.starts == (NOON, NOON + QUARTER)
    assert wish.starts[0].tzinfo is UTC
    assert wish.remind_at == DEADLINE - timedelta(days=1)


@pytest.mark.parametrize(
    "starts, deadline, note, field, says",
    [
        ((), DEADLINE, "", "starts", "0 hours are chosen; a shortlist has 1 to 12."),
        (
            tuple(NOON + number * QUARTER for number in range(MOST_STARTS + 1)),
            DEADLINE,
            "",
            "starts",
            "13 hours are chosen; a shortlist has 1 to 12.",
        ),
        (
            (NOON + timedelta(minutes=5),),
            DEADLINE,
            "",
            "starts",
            "Starts lie on quarter hours; 2026-12-09 12:05 UTC does not.",
        ),
        (
            (NOON,),
            NOON,
            "",
            "deadline",
            "The deadline, 2026-12-09 12:00 UTC, is not before the first of the hours",
        ),
        ((NOON,), DEADLINE, "a\0b", "note", "control character"),
    ],
)
def test_a_wish_that_cannot_be_asked_is_refused(starts, deadline, note, field, says):
    with pytest.raises(InputError) as caught:
        Wish(starts, deadline, note)
    assert caught.value.field == field
    assert says in str(caught.value)


def test_a_wish_whose_deadline_has_passed_is_refused():
    wish = Wish((NOON,), DEADLINE)
    wish.check(DEADLINE - timedelta(seconds=1))
    with pytest.raises(InputError, match="deadline: 2026-12-06 12:00 UTC has passed"):
        wish.check(DEADLINE)


def test_answers_are_written_as_the_planning_document_has_them():
    said = Said({NOON: Answer.IF_NEED_BE, NOON + QUARTER: Answer.NO, DEADLINE: Answer.YES})
    assert said.written([NOON, NOON + QUARTER]) == {
        "2026-12-09T12:00Z": "if-need-be",
        "2026-12-09T12:15Z": "no",
    }


def test_a_start_without_an_answer_is_named():
    with pytest.raises(InputError, match="2026-12-09 12:15 UTC has no answer") as caught:
        Said({NOON: Answer.YES}).written([NOON, NOON + QUARTER])
    assert caught.value.field == "answers"


def test_a_note_has_an_end():
    with pytest.raises(InputError, match="501 characters") as caught:
        Said({}, "x" * (NOTE_LIMIT + 1))
    assert caught.value.field == "note"


def test_answers_are_taken_until_the_deadline_told_on_the_own_clock():
    check_open(DEADLINE, None, "Asia/Karachi", now=DEADLINE - timedelta(seconds=1))
    with pytest.raises(TransitionError) as caught:
        check_open(DEADLINE, None, "Asia/Karachi", now=DEADLINE)
    assert str(caught.value) == (
        "The time to answer ended on 2026-12-06 17:00 (UTC+05:00). Write to the organizers if "
        "your answer has changed."
    )


def test_nothing_is_taken_once_nobody_asks():
    with pytest.raises(TransitionError, match="no longer ask about these hours"):
        check_open(DEADLINE, DEADLINE - QUARTER, "UTC", now=DEADLINE - QUARTER)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.timedeltas(timedelta(hours=4), timedelta(days=90)),
)
def test_the_usual_deadline_leaves_time_on_both_sides(now, ahead):
    deadline = usual_deadline(now + ahead, now)
    assert now < deadline < now + ahead
    assert deadline - now <= timedelta(days=5)
    assert (deadline.minute, deadline.second, deadline.microsecond) == (0, 0, 0)


@given(
    st.datetimes(datetime(1970, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
        lambda at: at.replace(second=0, microsecond=0)
    )
)
def test_a_written_instant_reads_back_as_itself(instant):
    assert datetime.fromisoformat(written(instant)) == instant
