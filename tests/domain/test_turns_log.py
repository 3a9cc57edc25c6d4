"""The log of turns: any order of queries and events ends where a plain fold ends."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.domain.plain_log import PlainLog, without_undone
from townhall.domain.states import Mode
from townhall.domain.turns import events as log
from townhall.domain.turns.state import State, replay
from townhall.errors import InputError, NotFoundError, TransitionError

SITES = st.sampled_from(["public", "Goma", "Delhi"])
PEOPLE = st.integers(1, 9)
QUESTIONS = st.integers(1, 7)
TRUST = st.sampled_from([Decimal(1), Decimal("0.2"), Decimal("0.333")])
WEIGHTS = st.none() | st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(3), Decimal("0.000001")])
COMMON = [
    st.builds(
        log.Approved,
        QUESTIONS,
        SITES,
        st.integers(1, 3),
        st.lists(PEOPLE, max_size=2, unique=True).map(tuple),
        st.sampled_from(["page", "page", "sms"]),
    ),
    st.builds(log.Supported, QUESTIONS, PEOPLE),
    st.builds(log.Supported, QUESTIONS, PEOPLE),
    st.builds(log.Taken, QUESTIONS),
]
RARE = [
    st.builds(
        log.Tuned,
        st.none() | st.sampled_from([Decimal(0), Decimal("0.3"), Decimal("0.5"), Decimal(1)]),
        st.none() | st.sampled_from([Decimal(0), Decimal(1), Decimal("1.7")]),
        st.none() | st.integers(100, 200),
    ),
    st.builds(log.Weighed, SITES, WEIGHTS),
    st.builds(log.Proxied, SITES, st.none() | st.integers(0, 9)),
    st.builds(log.Moved, PEOPLE, SITES, TRUST),
    st.builds(log.Unsupported, QUESTIONS, PEOPLE),
    st.builds(log.Merged, QUESTIONS, QUESTIONS),
    st.builds(log.Split, QUESTIONS),
    st.builds(log.Closed, QUESTIONS),
    st.builds(log.Reopened, QUESTIONS),
    st.builds(log.Ended, QUESTIONS, st.integers(1, 500)),
    st.builds(log.Undone, QUESTIONS),
]
ARRIVALS = st.lists(
    st.builds(log.Joined, st.just(0), SITES, TRUST, st.sampled_from([False, False, True])),
    min_size=9,
    max_size=9,
).map(
    lambda joined: [
        log.Joined(at, one.site, one.trust, one.by_phone) for at, one in enumerate(joined, 1)
    ]
)
BOARD = st.lists(SITES, min_size=3, max_size=3).map(
    lambda sites: [log.Approved(at, site, at, (at,)) for at, site in enumerate(sites, 1)]
)
HAPPENINGS = st.lists(st.one_of(*COMMON, *COMMON, *COMMON, *RARE), min_size=12, max_size=30)
"""What might happen; what cannot happen when its time comes is refused and left out."""


def happened(arrivals, happenings, ask=lambda _: None):
    """Return the state and the log of what could happen, asking after each event."""
    state, events = State(), []
    for event in [*arrivals, *happenings]:
        before = summary(state)
        try:
            state.apply(event)
        except (TransitionError, NotFoundError):
            assert summary(state) == before
        else:
            events.append(event)
            ask(state)
    return state, events


def summary(state):
    """Return all that a state tells."""
    people = {}
    for person in range(1, 10):
        try:
            people[person] = state.paid(person)
        except NotFoundError:
            continue
    return (
        people,
        state.peak,
        [state.weight(site) for site in ("public", "Goma", "Delhi")],
        state.levels(),
        {mode: state.order(mode) for mode in Mode},
        state.look_ahead(3),
    )


@settings(max_examples=50, deadline=None)
@given(ARRIVALS, BOARD, HAPPENINGS)
def test_state_equals_the_plain_fold_of_its_log(arrivals, board, happenings):
    state, events = happened(arrivals, [*board, *happenings])
    plain = PlainLog(without_undone(events))
    assert {p: Fraction(state.paid(p)) for p in range(1, 10)} == {
        p: plain.paid(p) for p in range(1, 10)
    }
    assert Fraction(state.peak) == plain.peak
    assert {key: None if t is None else Fraction(t) for key, t in state.levels().items()} == (
        plain.levels()
    )
    assert state.order() == plain.order()


@settings(max_examples=50, deadline=None)
@given(ARRIVALS, BOARD, HAPPENINGS, st.randoms(use_true_random=False))
def test_replay_equals_one_by_one_whatever_was_asked_between(arrivals, board, happenings, random):
    def ask(state):
        for _ in range(random.randrange(3)):
            state.order(random.choice(list(Mode)))
            state.next()

    state, events = happened(arrivals, [*board, *happenings], ask)
    assert summary(replay(events)) == summary(state)


@given(ARRIVALS, BOARD, HAPPENINGS)
@settings(max_examples=50, deadline=None)
def test_event_survives_json(arrivals, board, happenings):
    for event in [*arrivals, *board, *happenings]:
        assert log.from_json(event.kind, log.to_json(event)) == event


@pytest.mark.parametrize(
    "kind, data, sentence",
    [
        ("stolen", {}, "kind: There is no event of the kind “stolen”."),
        (
            "taken",
            {"question": 1, "when": 2},
            "data: An event of the kind “taken” has other data than “question, when”.",
        ),
    ],
)
def test_row_that_is_no_event_is_refused(kind, data, sentence):
    with pytest.raises(InputError) as refused:
        log.from_json(kind, data)
    assert str(refused.value) == sentence


def test_stored_events_keep_their_form():
    approved = log.Approved("q", "Goma", 7, (1, "a"), "sms")
    assert (approved.kind, log.to_json(approved)) == (
        "approved",
        {"question": "q", "site": "Goma", "at": 7, "askers": [1, "a"], "via": "sms"},
    )
    assert log.to_json(log.Joined(1, "public", Decimal("0.2"))) == {
        "person": 1,
        "site": "public",
        "trust": "0.2",
        "by_phone": False,
    }
    assert log.to_json(log.Taken(1, Mode.ROUND_ROBIN)) == {"question": 1, "mode": "round-robin"}


def test_next_stays_right_however_often_it_is_asked():
    state = State()
    for person in range(1, 10):
        state.apply(log.Joined(person, "Goma"))
        state.apply(log.Approved(person, "Goma", person, (person,)))
    for person in (2, 3, 4):
        state.apply(log.Supported(1, person))
    for _ in range(20):
        state.apply(log.Supported(9, 5))
        assert state.next() == 1
        state.apply(log.Unsupported(9, 5))
        assert state.next() == 1
    assert state.order() == [1, 5, 6, 7, 8, 9, 2, 3, 4]


def test_order_names_a_question_once_however_often_it_moved():
    steps = [
        [
            log.Joined(1, "Bukavu"),
            log.Approved(1, "Bukavu", 1, (1,)),
            *(log.Joined(person, "public", Decimal("0.2")) for person in (2, 3, 4)),
            log.Approved(2, "public", 2, (2,)),
            log.Approved(3, "public", 3, (3,)),
        ],
        [log.Supported(3, 4)],
        [log.Supported(1, 2)],
        [log.Supported(2, 4)],
    ]
    state = State()
    for step in steps:
        for event in step:
            state.apply(event)
        order = state.order()
        assert sorted(order) == [1, 2, 3]
    assert order == replay([event for step in steps for event in step]).order()
