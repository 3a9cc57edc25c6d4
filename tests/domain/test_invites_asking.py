"""The letters that ask a place when it can."""

from datetime import UTC, datetime

from townhall.domain import invites
from townhall.domain.invites import Place
from townhall.domain.invites.plain import plain
from townhall.i18n import speech

STARTS = [
    datetime(2026, 12, 9, 12, 15, tzinfo=UTC),
    datetime(2026, 12, 10, 20, 0, tzinfo=UTC),
]
DEADLINE = datetime(2026, 12, 4, 18, 0, tzinfo=UTC)


def letter(language="en", **changes):
    values = {"minutes": 60, "deadline_at": DEADLINE, **changes}
    return invites.asking(
        "Polio: a live conversation",
        Place("New Delhi", "Asia/Kolkata"),
        STARTS,
        "https://townhall.example/a/x/y",
        speech(language),
        **values,
    )


def test_the_letter_tells_each_hour_on_the_places_own_clock():
    made = letter(note="Please ask your health team too.")

    assert made.subject == "When could you? Polio: a live conversation"
    assert plain(made) == (
        "When could New Delhi take part in “Polio: a live conversation”?\n"
        "\n"
        "Say yes, if need be or no to each of these hours, until Fri 4 Dec 2026,\n"
        "23:30 UTC+05:30.\n"
        "\n"
        "Hour 1  Wednesday 9 December 2026, 17:45 to 18:45, UTC+05:30\n"
        "Hour 2  Friday 11 December 2026, 01:30 to 02:30, UTC+05:30\n"
        "\n"
        "Say when you can\n"
        "https://townhall.example/a/x/y\n"
        "\n"
        "The times are on the clock of New Delhi.\n"
        "\n"
        "The organizers say:\n"
        "Please ask your health team too.\n"
        "\n"
        "You can change your answer until then.\n"
    )


def test_a_reminder_says_that_an_answer_is_missing():
    made = letter(reminds=True)

    assert made.subject == (
        "Please answer until Fri 4 Dec 2026, 23:30 UTC+05:30: Polio: a live conversation"
    )
    assert "still waits for your answer" in plain(made)


def test_the_letter_speaks_the_readers_language_and_tells_a_demonstration():
    made = letter("ar", demo=True)

    assert (made.language, made.direction) == ("ar", "rtl")
    assert "This mail comes from a demonstration" not in plain(made)
    assert len(made.blocks) == len(letter("ar").blocks) + 1
