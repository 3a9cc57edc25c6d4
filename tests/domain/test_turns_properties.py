"""What the fair order promises, whoever votes for what."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.domain import plain_turns
from townhall.domain.turns import events as log
from townhall.domain.turns.answer import answer
from townhall.domain.turns.state import replay

IDS = [f"q{number}" for number in range(7)]
SITES = ["public", "Goma", "Delhi", "Quito"]
ALPHAS = st.sampled_from([0, 0.25, 0.3, 0.5, 0.7, 1])
PAID = st.sampled_from([0, 0, 0.5, 0.333333333333, 1, 2.75]) | st.floats(0, 3)
BLOCKS = st.lists(
    st.fixed_dictionaries(
        {
            "site": st.sampled_from(SITES),
            "size": st.sampled_from([1, 1, 2, 3, 50]),
            "trust": st.sampled_from([1, 1, 0.2, 0.333, 0]),
            "paid": PAID,
            "approves": st.lists(st.sampled_from(IDS), max_size=5),
        }
    ),
    max_size=7,
)


def board(draw):
    """Return questions, some of which were merged into an earlier one."""
    questions = [
        {
            "id": key,
            "site": draw(st.sampled_from(SITES)),
            "at": draw(st.integers(0, 3)),
            "askers": draw(st.integers(0, 2)),
            "via": draw(st.sampled_from(["page", "sms", "mail"])),
            "merged": [],
        }
        for key in IDS
    ]
    for number in range(1, len(IDS)):
        into = draw(st.none() | st.none() | st.integers(0, number - 1))
        if into is not None:
            questions[into]["merged"].append(IDS[number])
    return questions


@st.composite
def documents(draw):
    questions = board(draw)
    merged = {part for question in questions for part in question["merged"]}
    open_ids = [key for key in IDS if key not in merged]
    history = draw(st.lists(st.sampled_from(open_ids), max_size=3, unique=True))
    proxies = draw(st.dictionaries(st.sampled_from(SITES), st.integers(0, 9), max_size=2))
    weights = st.sampled_from([0, 0.5, 3, 0.000001])
    sites = sorted({question["site"] for question in questions})
    return {
        "questions": questions,
        "blocks": draw(BLOCKS),
        "proxies": [{"site": site, "people": people} for site, people in proxies.items()],
        "params": {"alpha": draw(ALPHAS)},
        "site_weights": draw(st.dictionaries(st.sampled_from(sites), weights, max_size=1)),
        "history": [{"id": key, "cost": draw(st.sampled_from([0, 1, 1.5, 3]))} for key in history],
    }


def answered(document):
    """Return the answer without its reasons."""
    found = answer(document)
    del found["reasons"]
    return found


def blocks_for(votes, site="HQ"):
    """Return a block of one for each person's questions."""
    return [{"site": site, "size": 1, "approves": sorted(approved)} for approved in votes]


def questions_for(keys, site="HQ"):
    return [{"id": key, "site": site, "at": at} for at, key in enumerate(keys)]


@settings(max_examples=60, deadline=None)
@given(documents())
def test_answer_equals_that_of_plain_fractions(document):
    assert answered(document) == plain_turns.answer(document)


@settings(max_examples=30, deadline=None)
@given(documents(), st.randoms(use_true_random=False))
def test_order_of_rows_is_irrelevant(document, random):
    expected = answered(document)
    for name in ("questions", "blocks", "proxies"):
        random.shuffle(document[name])
    for block in document["blocks"]:
        random.shuffle(block["approves"])
    assert answered(document) == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=9), ALPHAS)
def test_one_site_without_common_supporters_goes_by_support(crowds, alpha):
    blocks = [
        {"site": "HQ", "size": crowd, "approves": [number]} for number, crowd in enumerate(crowds)
    ]
    found = answer(
        {
            "questions": questions_for(range(len(crowds))),
            "blocks": blocks,
            "params": {"alpha": alpha},
        }
    )
    assert found["order"] == sorted(range(len(crowds)), key=lambda number: -crowds[number])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(SITES[1:]), st.sets(st.sampled_from(IDS))),
        min_size=1,
        max_size=8,
    ),
    st.lists(st.sampled_from(SITES[1:]), min_size=1, max_size=8),
    st.sets(st.sampled_from(IDS)),
    ALPHAS,
    st.integers(1, 6),
)
def test_group_that_agrees_gets_its_share_of_the_first(others, group, also, alpha, k):
    common = [f"c{number}" for number in range(6)]
    votes = [(site, approved) for site, approved in others]
    votes += [(site, {*common, *also}) for site in group]
    weight = plain_turns.weights(
        {site: Fraction(count) for site, count in Counter(site for site, _ in votes).items()},
        Fraction(str(alpha)),
        {},
    )
    counts = Counter(site for site, _ in votes)
    share = sum(weight[site] / counts[site] for site in group) / sum(weight.values())
    found = answer(
        {
            "questions": questions_for([*IDS, *common]),
            "blocks": [
                {"site": site, "size": 1, "approves": sorted(approved)} for site, approved in votes
            ],
            "params": {"alpha": alpha},
        }
    )
    first = found["order"][:k]
    assert len({*first} & {*common, *also}) >= share * k // 1


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sets(st.sampled_from(IDS)), min_size=1, max_size=8),
    st.lists(PAID, min_size=8, max_size=8),
    st.sampled_from(IDS),
    ALPHAS,
)
def test_one_more_supporter_moves_no_question_down(votes, paid, key, alpha):
    def standings(votes):
        blocks = [block | {"paid": x} for block, x in zip(blocks_for(votes), paid, strict=False)]
        levels = answer(
            {"questions": questions_for(IDS), "blocks": blocks, "params": {"alpha": alpha}}
        )["levels"]
        order = sorted(
            IDS,
            key=lambda key: (
                levels[key] is None,
                Decimal(levels[key] or 0),
                -sum(key in approved for approved in votes),
                IDS.index(key),
            ),
        )
        return order.index(key)

    assume(key not in votes[0])
    assert standings([votes[0] | {key}, *votes[1:]]) <= standings(votes)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 5))
def test_clones_buy_no_turns(some, others, clones):
    def turns(mine):
        yours = [f"b{number}" for number in range(8)]
        votes = [mine] * some + [yours] * others
        found = answer({"questions": questions_for([*mine, *yours]), "blocks": blocks_for(votes)})
        return [key[0] for key in found["order"][:8]]

    few = [f"a{number}" for number in range(8)]
    assert turns([*few, *(f"a{number}" for number in range(8, 8 + clones))]) == turns(few)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 4))
def test_pick_out_of_order_is_made_good(some, others, early):
    mine = [f"a{number}" for number in range(10)]
    yours = [f"b{number}" for number in range(10)]
    document = {
        "questions": questions_for([*mine, *yours]),
        "blocks": blocks_for([mine] * some + [yours] * others),
    }
    fair = answer(document)["order"]
    turns = next(k for k in range(21) if sum(key in mine for key in fair[:k]) >= early)
    after = answer(document | {"history": mine[:early]})["order"]
    assert {*mine[:early], *after[: turns - early]} == {*fair[:turns]}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sets(st.sampled_from(["a", "b", "c"])), max_size=9), st.permutations("abc"))
def test_merging_counts_nobody_twice(votes, chain):
    first, second, third = chain
    merged = [
        {"id": first, "site": "HQ", "at": 1, "merged": [second]},
        {"id": second, "site": "HQ", "at": 1, "merged": [third]},
        {"id": third, "site": "HQ", "at": 1},
    ]
    single = [{"id": first, "site": "HQ", "at": 1}]
    union = [{first} if approved else set() for approved in votes]
    assert answer({"questions": merged, "blocks": blocks_for(votes)}) == answer(
        {"questions": single, "blocks": blocks_for(union)}
    )


@settings(max_examples=30, deadline=None)
@given(documents(), st.data())
def test_levels_never_fall_after_a_take(document, data):
    before = answered(document)
    assume(before["next"] is not None)
    key = data.draw(st.sampled_from(before["order"]))
    document["history"].append({"id": key, "cost": data.draw(st.sampled_from([1, 2.5]))})
    after = answered(document)["levels"]
    for other, height in after.items():
        if height is None:
            assert before["levels"][other] is None
        else:
            assert Decimal(height) >= Decimal(before["levels"][other])


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.integers(1, 20), st.integers(1, 9))
def test_late_site_catches_up_by_a_turn_not_by_all_it_missed(size, missed, late_size):
    main = range(1, size + 1)
    late = range(100, 100 + late_size)
    events = [log.Tuned(alpha=Decimal(0))]
    events += [log.Joined(person, "Main") for person in main]
    events += [log.Joined(person, "Late") for person in late]
    events += [log.Approved(key, "Main", key, tuple(main)) for key in range(1, missed + 10)]
    events += [log.Taken(key) for key in range(1, missed + 1)]
    events += [log.Approved(key, "Late", key, tuple(late)) for key in range(1000, 1010)]
    order = replay(events).order()[:8]
    turns = sum(key >= 1000 for key in order)
    # Half of eight is their due, and the one turn that they had kept.
    assert turns in (4, 5)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 9), st.integers(1, 200))
def test_open_link_wins_no_more_than_the_share_of_one_office(size, crowd):
    office = {"site": "Goma", "size": size, "approves": [f"a{n}" for n in range(10)]}
    stuffed = {"site": "public", "size": crowd, "trust": 0.2, "approves": ["b0", "b1", "b2"]}
    stuffed["approves"] = [f"b{n}" for n in range(10)]
    keys = [*office["approves"], *stuffed["approves"]]
    document = {
        "questions": questions_for(keys),
        "blocks": [office, stuffed],
        "params": {"alpha": 0.5},
    }
    assert sum(key[0] == "b" for key in answer(document)["order"][:10]) <= 5
