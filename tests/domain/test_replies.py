from datetime import UTC, datetime, timedelta

import pytest

from townhall.domain.replies import ANSWERS, CLOSED, Reply, Standing, standing
from townhall.domain.states import PartStat, SittingState
from townhall.errors import InputError

END = datetime(2026, 12, 2, 12, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    "state, removed_at, now, expected",
    [
        (SittingState.SCHEDULED, None, END - MINUTE, Standing.OPEN),
        (SittingState.SCHEDULED, None, END, Standing.OVER),
        (SittingState.HELD, None, END - MINUTE, Standing.OVER),
        (SittingState.CANCELLED, None, END - MINUTE, Standing.CANCELLED),
        (SittingState.CANCELLED, None, END, Standing.CANCELLED),
        (SittingState.SCHEDULED, END, END - MINUTE, Standing.REMOVED),
        (SittingState.CANCELLED, END, END, Standing.REMOVED),
    ],
)
def test_standing_tells_whether_an_answer_is_taken(state, removed_at, now, expected):
    assert standing(state, END, removed_at, now=now) is expected


def test_every_closed_standing_has_its_sentence():
    assert set(CLOSED) == set(Standing) - {Standing.OPEN}


def test_a_reply_is_yes_maybe_or_no():
    for partstat in ANSWERS:
        assert Reply(partstat, 0).partstat is partstat
    with pytest.raises(InputError) as refused:
        Reply(PartStat.NEEDS_ACTION, 0)
    sentence = "answer: “NEEDS-ACTION” is not an answer: choose yes, maybe or no."
    assert str(refused.value) == sentence


@pytest.mark.parametrize("note", ["x" * 501, "bell\a", "nul\0"])
def test_a_reply_refuses_a_note_that_is_too_long_or_not_text(note):
    with pytest.raises(InputError) as refused:
        Reply(PartStat.ACCEPTED, 0, note)
    assert refused.value.field == "note"
