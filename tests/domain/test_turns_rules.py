"""An example for each rule of the fair order: docs/questions.md, turns."""

from decimal import Decimal

import pytest

from townhall.domain.states import Mode
from townhall.domain.turns import events as log
from townhall.domain.turns.answer import answer
from townhall.domain.turns.state import State, replay
from townhall.errors import NotFoundError, TransitionError


def state(*events):
    """Return the state after events; lists of them count as their items."""
    flat = []
    for event in events:
        flat.extend(event if isinstance(event, list) else [event])
    return replay(flat)


def people(site, *keys, trust=1, by_phone=False):
    return [log.Joined(key, site, Decimal(str(trust)), by_phone) for key in keys]


def asked(key, site, *askers, via="page"):
    return log.Approved(key, site, key, askers, via)


def backed(key, *persons):
    return [log.Supported(key, person) for person in persons]


def level(found, key):
    return str(found.levels()[key])


GOMA = people("Goma", *range(1, 5))
DELHI = people("Delhi", *range(11, 20))
PUBLIC = people("public", *range(21, 121), trust=0.2)
ALL_ASK = [asked(key, "Goma", key) for key in range(1, 5)]


# Rule 1


@pytest.mark.parametrize(
    "alpha, weight", [("1", "9.000000"), ("0", "1.000000"), ("0.5", "3.000000")]
)
def test_alpha_says_how_much_more_a_larger_site_weighs(alpha, weight):
    voted = [DELHI, asked(1, "Delhi"), backed(1, *range(11, 20))]
    found = state(log.Tuned(alpha=Decimal(alpha)), *voted)
    assert str(found.weight("Delhi")) == weight


def test_people_count_once_they_vote_or_have_a_question_approved():
    found = state(log.Tuned(alpha=Decimal(1)), GOMA, asked(1, "Goma", 1))
    assert found.weight("Goma") == 1
    for person in (2, 2, 1):
        found.apply(log.Supported(1, person))
    assert found.weight("Goma") == 2


def test_site_weighs_no_less_when_votes_are_taken_back():
    found = state(GOMA, ALL_ASK, backed(1, 2, 3, 4))
    for person in (2, 3, 4):
        found.apply(log.Unsupported(1, person))
    assert found.weight("Goma") == 2


def test_weight_set_by_hand_stays_until_it_is_let_go():
    found = state(GOMA, ALL_ASK, log.Weighed("Goma", Decimal("7.5")))
    assert found.weight("Goma") == Decimal("7.5")
    found.apply(log.Weighed("Goma", None))
    assert found.weight("Goma") == 2


def test_public_weighs_at_most_what_the_largest_office_weighs():
    crowd = backed(1, *range(21, 121))
    found = state(PUBLIC, asked(1, "public"), crowd)
    assert found.weight("public") == Decimal("4.472136")
    for event in [*GOMA, *ALL_ASK[1:2]]:
        found.apply(event)
    assert found.weight("public") == 1
    for event in backed(2, 1, 2, 3, 4):
        found.apply(event)
    assert found.weight("public") == 2


# Rule 2


def test_person_weighs_their_share_of_the_site_by_trust():
    trusted = [people("Goma", 1), people("Goma", 2, trust=0.2), log.Weighed("Goma", Decimal(6))]
    found = state(trusted[0], trusted[1], trusted[2], asked(1, "Goma", 1), asked(2, "Goma", 2))
    assert (level(found, 1), level(found, 2)) == ("0.200000000", "1.000000000")


def test_site_of_no_weight_supports_without_a_level():
    found = state(GOMA, ALL_ASK, log.Weighed("Goma", Decimal(0)), DELHI, asked(5, "Delhi", 11))
    assert found.levels() == {1: None, 2: None, 3: None, 4: None, 5: Decimal(1)}
    assert found.order() == [5, 1, 2, 3, 4]


# Rule 3


SENDERS = people("Goma", "a", "b", "c", by_phone=True)


def test_proxy_supports_all_that_came_by_phone_from_its_site():
    found = state(SENDERS, asked(1, "Goma", "a", via="sms"), asked(2, "Goma", "b", "c", via="sms"))
    assert found.levels() == {1: Decimal("0.577350205"), 2: Decimal("0.577350205")}
    assert found.weight("Goma") == Decimal("1.732051")
    assert [found.people(key) for key in (1, 2)] == [3, 3]
    assert found.order() == [2, 1]


def test_sender_of_two_questions_is_one_of_the_proxys_people():
    found = state(SENDERS, asked(1, "Goma", "a", via="sms"), asked(2, "Goma", "a", via="phone"))
    assert found.people(1) == 1


def test_proxy_stands_for_as_many_as_the_organizer_says():
    found = state(SENDERS, asked(1, "Goma", "a", via="radio"), log.Proxied("Goma", 9))
    assert (found.people(1), found.weight("Goma")) == (9, 3)
    found.apply(log.Proxied("Goma", None))
    assert (found.people(1), found.weight("Goma")) == (1, 3)


def test_who_moves_from_sms_to_the_page_keeps_what_the_proxy_paid():
    sent = [asked(key, "Goma", sender, via="sms") for key, sender in ((1, "a"), (2, "b"))]
    found = state(SENDERS, sent, log.Taken(1), log.Moved("a", "Goma"))
    assert found.paid("a") == found.paid("b") == found.peak > 0
    assert found.weight("Goma") == Decimal("1.414214")
    assert found.people(2) == 1


def test_person_by_phone_cannot_vote():
    with pytest.raises(TransitionError, match="takes part by phone"):
        state(SENDERS, asked(1, "Goma", "a", via="sms"), backed(1, "a"))


# Rule 4


def test_merge_makes_a_union_and_chains():
    found = state(GOMA, ALL_ASK, backed(1, 2), backed(3, 2, 4), log.Merged(3, 2), log.Merged(2, 1))
    assert found.people(3) == found.people(1) == 4
    assert found.levels().keys() == {1, 4}


def test_merge_can_be_undone():
    before = state(GOMA, ALL_ASK, backed(1, 2))
    after = state(GOMA, ALL_ASK, backed(1, 2), log.Merged(2, 1), log.Split(2))
    assert after.levels() == before.levels()
    assert after.order() == before.order()


def test_asker_supports_their_question_though_they_take_a_vote_back():
    found = state(GOMA, ALL_ASK, backed(1, 1, 2), log.Unsupported(1, 1), log.Unsupported(1, 2))
    assert found.people(1) == 1


# Rule 5


def test_level_is_where_supporters_can_pay_together_from_what_they_have_left():
    blocks = [
        {"site": "Goma", "size": 1, "paid": 0.5, "approves": ["q"]},
        {"site": "Goma", "size": 1, "paid": 0.9, "approves": ["q"]},
        {"site": "Goma", "size": 1, "paid": 9, "approves": ["q"]},
    ]
    questions = [{"id": "q", "site": "Goma", "at": 1}]
    found = answer({"questions": questions, "blocks": blocks})
    assert found["levels"] == {"q": "1.200000000"}


# Rule 6


def test_older_is_by_the_oldest_of_a_merge():
    events = [people("Goma", 1), people("Goma", 2), people("Goma", 3)]
    found = state(
        *events,
        log.Approved(1, "Goma", 10, (1,)),
        log.Approved(2, "Goma", 20, (2,)),
        log.Approved(3, "Goma", 5),
        log.Merged(3, 2),
    )
    assert found.order() == [2, 1]


def test_askers_of_a_merge_are_counted_once_each():
    found = state(
        GOMA,
        log.Approved(1, "Goma", 1, (1, 2)),
        log.Approved(2, "Goma", 2, (1, 2)),
        log.Approved(3, "Goma", 3, (3, 4)),
        backed(3, 1),
        backed(2, 3),
        log.Approved(4, "Goma", 0, (2,)),
        log.Merged(4, 2),
    )
    assert [found.people(key) for key in (1, 2, 3)] == [2, 3, 3]
    assert found.order() == [2, 3, 1]


# Rule 7


def test_whoever_supports_what_is_taken_pays_its_level():
    found = state(GOMA, ALL_ASK, backed(2, 1), log.Taken(2, Mode.OLDEST))
    assert found.peak == found.paid(1) == found.paid(2) == Decimal("1.000000000000")
    assert (found.paid(3), found.levels().keys()) == (0, {1, 3, 4})


def test_voting_on_what_is_taken_is_over():
    with pytest.raises(TransitionError, match="Voting on question 1 is over"):
        state(GOMA, ALL_ASK, log.Taken(1), backed(1, 2))


def test_closing_without_a_turn_costs_nothing():
    found = state(GOMA, ALL_ASK, log.Closed(1))
    assert (found.peak, found.paid(1)) == (0, 0)


def test_long_answer_is_charged_by_its_airtime():
    found = state(log.Tuned(nominal=100), GOMA, ALL_ASK, log.Taken(1), log.Ended(1, 250))
    assert found.peak == found.paid(1) == 5


def test_short_answer_is_charged_one_turn():
    found = state(GOMA, ALL_ASK, log.Taken(1), log.Ended(1, 20))
    assert found.paid(1) == 2


def test_take_that_is_undone_never_was():
    taken = [log.Taken(1), log.Ended(1, 999), *backed(2, 3), log.Undone(1)]
    assert state(GOMA, ALL_ASK, taken).levels() == state(GOMA, ALL_ASK, backed(2, 3)).levels()


def test_take_can_follow_one_that_was_undone():
    found = state(GOMA, ALL_ASK, log.Taken(1))
    found.apply(log.Undone(1))
    found.apply(log.Taken(1))
    assert found.paid(1) == 2
    with pytest.raises(TransitionError, match="Question 2 is not on air"):
        found.apply(log.Undone(2))


def test_vote_withdrawn_later_refunds_nothing():
    found = state(GOMA, ALL_ASK, backed(1, 2), log.Taken(1), log.Unsupported(1, 2))
    assert found.paid(2) == 1


def test_merged_into_one_already_taken_closes_with_it_and_costs_nothing():
    found = state(GOMA, ALL_ASK, log.Taken(1), log.Merged(2, 1), log.Ended(1, 999))
    assert (found.paid(2), found.levels().keys()) == (0, {3, 4})


# Rule 8


def test_who_kept_silent_has_at_most_one_turn_of_their_site_left():
    main = [*people("Main", 1), *[asked(key, "Main", 1) for key in range(1, 8)]]
    late = [*people("Late", 2), *[asked(key, "Late", 2) for key in range(11, 18)]]
    found = state(main, [log.Taken(key) for key in range(1, 6)], late)
    assert (found.peak, found.paid(2)) == (5, 4)
    assert found.order()[:4] == [11, 6, 12, 7]


def test_who_waits_keeps_all_credit():
    early = [*people("Main", 1), *people("Late", 2), asked(11, "Late", 2)]
    main = [asked(key, "Main", 1) for key in range(1, 8)]
    found = state(early, main, [log.Taken(key) for key in range(1, 6)], asked(12, "Late", 2))
    assert found.paid(2) == 0


def test_question_that_comes_back_finds_its_supporters_silent_meanwhile():
    early = [*people("Main", 1), *people("Late", 2), asked(11, "Late", 2), log.Closed(11)]
    main = [asked(key, "Main", 1) for key in range(1, 8)]
    found = state(early, main, [log.Taken(key) for key in range(1, 6)], log.Reopened(11))
    assert found.paid(2) == 4


def test_question_split_from_one_that_was_taken_is_open_and_its_supporters_begin_anew():
    early = [*people("Main", 1), *people("Late", 2), asked(11, "Late", 2)]
    main = [asked(key, "Main", 1) for key in range(1, 8)]
    merged = [log.Taken(1), log.Merged(11, 1), *[log.Taken(key) for key in range(2, 6)]]
    found = state(early, main, merged)
    assert (found.paid(2), 11 in found.order()) == (0, False)
    found.apply(log.Split(11))
    assert (found.paid(2), 11 in found.order()) == (4, True)


def test_cap_is_what_the_organizer_sets():
    main = [*people("Main", 1), *[asked(key, "Main", 1) for key in range(1, 8)]]
    taken = [log.Taken(key) for key in range(1, 6)]
    found = state(
        log.Tuned(cap=Decimal("2.5")), main, taken, people("Late", 2), asked(11, "Late", 2)
    )
    assert found.paid(2) == Decimal("2.5")


# Rule 9


@pytest.mark.parametrize(
    "weight, shown",
    [(1024, "0.000976563"), (512, "0.001953125"), (2048, "0.000488281")],
)
def test_levels_are_half_up_at_9_decimals(weight, shown):
    found = state(log.Weighed("Goma", Decimal(weight)), people("Goma", 1), asked(1, "Goma", 1))
    assert level(found, 1) == shown


def test_what_is_paid_is_half_up_at_12_decimals():
    goma = [log.Weighed("Goma", Decimal(8192)), *people("Goma", 1), asked(1, "Goma", 1)]
    assert str(state(goma, log.Taken(1)).paid(1)) == "0.000122070313"


def test_levels_that_differ_beyond_9_decimals_are_equal():
    weights = [log.Weighed("Goma", Decimal(900_000)), log.Weighed("Delhi", Decimal("900000.01"))]
    goma = [*people("Goma", 1, 2), asked(1, "Goma", 1, 2)]
    found = state(weights, goma, people("Delhi", 3), asked(2, "Delhi", 3))
    assert found.order() == [1, 2]


# Rule 10


@pytest.mark.parametrize("gone", [log.Closed(1), log.Merged(1, 2)])
def test_what_leaves_the_board_changes_no_other_level(gone):
    before = state(GOMA, ALL_ASK)
    after = state(GOMA, ALL_ASK, gone)
    assert {key: after.levels()[key] for key in (3, 4)} == {
        key: before.levels()[key] for key in (3, 4)
    }


def test_look_ahead_changes_nothing():
    found = state(GOMA, ALL_ASK, backed(1, 2))
    before = found.levels()
    assert list(found.look_ahead(2)) == found.order()[:2] == [1, 3]
    assert found.levels() == before


# Modes


def test_modes_choose_by_their_own_rule():
    found = state(
        GOMA,
        DELHI,
        log.Approved(1, "Goma", 9, (1,)),
        log.Approved(2, "Goma", 8, (1,)),
        log.Approved(3, "Delhi", 7, (11,)),
        log.Approved(4, "Delhi", 6, (12,)),
        backed(3, *range(13, 20)),
    )
    assert {mode: found.order(mode) for mode in Mode} == {
        Mode.FAIR: [3, 2, 1, 4],
        Mode.MOST_SUPPORTED: [3, 4, 2, 1],
        Mode.OLDEST: [4, 3, 2, 1],
        Mode.ROUND_ROBIN: [3, 2, 4, 1],
    }
    found.apply(log.Taken(3, Mode.MOST_SUPPORTED))
    assert found.next(Mode.ROUND_ROBIN) == 2
    assert found.next(Mode.MOST_SUPPORTED) == 4


def test_board_without_questions_has_no_next():
    assert [State().next(mode) for mode in Mode] == [None] * 4


# What cannot be


@pytest.mark.parametrize(
    "event, error, sentence",
    [
        (log.Supported(9, 1), NotFoundError, "question: There is no question 9."),
        (log.Supported(1, 99), NotFoundError, "person: There is no person 99."),
        (log.Joined(1, "Goma"), TransitionError, "person: Person 1 has joined already."),
        (asked(1, "Goma"), TransitionError, "question: Question 1 was approved already."),
        (log.Merged(1, 1), TransitionError, "into: Question 1 cannot be merged into itself."),
        (log.Split(1), TransitionError, "question: Question 1 was not merged."),
        (log.Reopened(1), TransitionError, "question: Question 1 cannot come back to the board."),
        (log.Ended(1, 60), TransitionError, "question: Question 1 is not on air."),
        (log.Taken(4), TransitionError, "question: Question 4 is not on the board."),
        (log.Merged(1, 4), TransitionError, "into: Question 4 is not on the board."),
    ],
    ids=lambda value: value.kind if hasattr(value, "kind") else "",
)
def test_event_that_cannot_follow_is_refused(event, error, sentence):
    found = state(GOMA, ALL_ASK, log.Closed(4))
    with pytest.raises(error) as refused:
        found.apply(event)
    assert str(refused.value) == sentence
