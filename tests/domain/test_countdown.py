from datetime import UTC, datetime, timedelta

import pytest

from townhall.domain.countdown import countdown
from townhall.i18n import ENGLISH

START = datetime(2026, 12, 2, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "before, sentence",
    [
        (timedelta(days=9, hours=23), "It starts in 9 days."),
        (timedelta(days=2), "It starts in 2 days."),
        (timedelta(hours=47, minutes=59), "It starts in 47 hours."),
        (timedelta(hours=2), "It starts in 2 hours."),
        (timedelta(minutes=119, seconds=59), "It starts in 119 minutes."),
        (timedelta(minutes=1), "It starts in a minute."),
        (timedelta(seconds=59), "It starts now."),
        (timedelta(), "It is on now, for another 60 minutes."),
        (timedelta(minutes=-58, seconds=-30), "It is on now, for another minute."),
        (timedelta(minutes=-59, seconds=-30), "It is on now, for another minute."),
        (timedelta(minutes=-60), "It is over."),
        (timedelta(days=-60), "It is over."),
    ],
)
def test_countdown_says_how_long_until_the_start(before, sentence):
    end = START + timedelta(minutes=60)
    assert countdown(START, end, ENGLISH, now=START - before) == sentence
