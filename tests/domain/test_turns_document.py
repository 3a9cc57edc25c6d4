"""The turns document: what is read, and what is refused in one sentence."""

import json
import re
import sys
from pathlib import Path

import pytest

from townhall.domain.turns.answer import answer
from townhall.domain.turns.document import APPROVALS, QUESTIONS, read
from townhall.errors import InputError, TooLargeError


def question(key, at=1, **more):
    return {"id": key, "site": "Goma", "at": at, **more}


def block(*approves, **more):
    return {"site": "Goma", "size": 1, "approves": list(approves), **more}


def answered(questions, blocks=(), **more):
    found = answer({"questions": questions, "blocks": list(blocks), **more})
    del found["reasons"]
    return found


def test_empty_board_has_no_next():
    assert answered([]) == {"next": None, "order": [], "levels": {}}


def test_question_without_weight_has_no_level_and_comes_last():
    found = answered([question("a"), question("b", 2)], [block("b")])
    assert found == {"next": "b", "order": ["b", "a"], "levels": {"a": None, "b": "1.000000000"}}


def test_numbers_are_compared_as_numbers():
    assert answered([question(10), question(9)])["order"] == [9, 10]


def test_texts_are_compared_as_texts_and_numbers_beside_them_too():
    assert answered([question("9"), question("10")])["order"] == ["10", "9"]
    found = answered([question(9), question("10")], [block(9)], history=["10"])
    assert found == {"next": "9", "order": ["9"], "levels": {"9": "1.000000000"}}


def test_approving_twice_counts_once():
    assert answered([question("a")], [block("a", "a")])["levels"] == {"a": "1.000000000"}


def test_block_without_approvals_makes_its_site_larger():
    found = answered([question("a")], [block("a"), block(size=3)], params={"alpha": 0.5})
    assert found["levels"] == {"a": "2.000000000"}


def test_proxy_backs_what_came_by_phone_even_to_a_merged_question():
    questions = [question("a", merged=["b"]), question("b", via="radio"), question("c", via="mail")]
    found = answered(questions, proxies=[{"site": "Goma", "people": 4, "paid": 0.5}])
    assert found["levels"] == {"a": "0.750000000", "c": None}


def test_askers_of_a_merge_are_those_given_for_the_question_that_stands():
    questions = [question("a", merged=["b"]), question("b", askers=9), question("c", askers=2)]
    assert answered(questions)["order"] == ["c", "a"]


def test_take_closes_a_question_and_all_that_was_merged_into_it():
    questions = [question("a", merged=["b"]), question("b", merged=["c"]), question("c")]
    found = answered([*questions, question("d")], [block("c", "d")], history=["a"])
    assert found["levels"] == {"d": "2.000000000"}


def test_written_answer_costs_nothing():
    questions = [question("a"), question("b")]
    found = answered(questions, [block("a", "b")], history=[{"id": "a", "cost": 0}])
    assert found["levels"] == {"b": "1.000000000"}


def test_hand_set_weights_hold_the_public_down_too():
    questions = [question("a"), question("b", site="public") | {"site": "public"}]
    crowd = block("b", size=100) | {"site": "public"}
    found = answered(questions, [block("a"), crowd], site_weights={"Goma": 5})
    assert found["levels"] == {"a": "0.200000000", "b": "0.200000000"}


def test_public_alone_is_not_held_down():
    crowd = block("a", size=100) | {"site": "public"}
    assert answered([question("a")], [crowd])["levels"] == {"a": "0.010000000"}


def test_floats_are_the_decimals_that_were_written():
    found = answered([question("a")], [block("a", trust=0.1), block(trust=0.2)])
    assert found["levels"] == {"a": "10.000000000"}


def test_huge_numbers_stay_exact():
    blocks = [block("a", size=10**9, paid=999_999.999999999999), block("a", paid=0.25)]
    found = answered([question("a")], blocks, site_weights={"Goma": 0.000001})
    assert found["levels"] == {"a": "1999999.999000000"}


QUESTION = [question("a")]


@pytest.mark.parametrize(
    "document, sentence",
    [
        ([], "[] is not an object."),
        ({}, "questions: This field is missing."),
        ({"questions": [], "blocks": 1}, "blocks: 1 is not a list."),
        ({"questions": [], "blocks": [1]}, "blocks[0]: 1 is not an object."),
        (
            {"questions": [], "blocks": [{"site": "x", "size": 1, "approves": "a"}]},
            'blocks[0].approves: "a" is not a list.',
        ),
        ({"questions": {}}, "questions: {} is not a list."),
        ({"questions": [1]}, "questions[0]: 1 is not an object."),
        ({"questions": [{"id": 1}]}, "questions[0].site: This field is missing."),
        ({"questions": [{"site": "x"}]}, "questions[0].id: This field is missing."),
        (
            {"questions": [question("a", askrs=1)]},
            'questions[0].askrs: There is no field "askrs" here; near it is askers.',
        ),
        (
            {"questions": [question(True)]},
            (
                "questions[0].id: true is not a whole number from -9223372036854775808 to"
                " 9223372036854775808."
            ),
        ),
        ({"questions": [question("")]}, 'questions[0].id: "" is not a text.'),
        (
            {"questions": [question(1), question("1")]},
            'questions[1].id: The id "1" is given to two questions.',
        ),
        (
            {"questions": [question("a", at="noon")]},
            (
                'questions[0].at: "noon" is not a number from -1000000000000000000 to'
                " 1000000000000000000."
            ),
        ),
        (
            {"questions": [question("a", askers=1.5)]},
            "questions[0].askers: 1.5 is not a whole number from 0 to 1000000000.",
        ),
        (
            {"questions": [question("a", via="SMS")]},
            'questions[0].via: Write a channel in small letters, such as sms or page, not "SMS".',
        ),
        (
            {"questions": [question("a", merged=["z"])]},
            'questions[0].merged[0]: There is no question "z".',
        ),
        (
            {
                "questions": [
                    question("a", merged=["c"]),
                    question("b", merged=["c"]),
                    question("c"),
                ]
            },
            "questions[1].merged[0]: Question c was merged twice.",
        ),
        (
            {"questions": [question("a", merged=["b"]), question("b", merged=["a"])]},
            "questions[0].id: Question a was merged in a circle.",
        ),
        (
            {"questions": [question("a", merged=["a"])]},
            "questions[0].id: Question a was merged in a circle.",
        ),
        (
            {"questions": QUESTION, "blocks": [block("a", "z")]},
            'blocks[0].approves[1]: There is no question "z".',
        ),
        (
            {"questions": QUESTION, "blocks": [block(size=0)]},
            "blocks[0].size: 0 is not a whole number from 1 to 1000000000.",
        ),
        (
            {"questions": QUESTION, "blocks": [block(trust=1.01)]},
            "blocks[0].trust: 1.01 is not a number from 0 to 1.",
        ),
        (
            {"questions": QUESTION, "blocks": [block(trust=1e-300)]},
            "blocks[0].trust: 1e-300 has more than 40 decimals.",
        ),
        (
            {"questions": QUESTION, "blocks": [block(paid=-0.1)]},
            "blocks[0].paid: -0.1 is not a number from 0 to 1000000.",
        ),
        (
            {"questions": QUESTION, "blocks": [block(paid=float("nan"))]},
            "blocks[0].paid: NaN is not a number from 0 to 1000000.",
        ),
        (
            {"questions": QUESTION, "blocks": [block(name="\n")]},
            'blocks[0].name: "\\n" is not a text.',
        ),
        (
            {"questions": QUESTION, "proxies": [{"site": "Goma", "people": True}]},
            "proxies[0].people: true is not a whole number from 0 to 1000000000.",
        ),
        (
            {"questions": [], "proxies": [{"site": "Goma", "people": 1}] * 2},
            'proxies[1].site: The site "Goma" has a proxy already.',
        ),
        (
            {"questions": [], "params": {"alpha": 2}},
            "params.alpha: 2 is not a number from 0 to 1.",
        ),
        (
            {"questions": QUESTION, "site_weights": {"Goam": 2}},
            (
                'site_weights.Goam: No question, block or proxy is of the site "Goam"; '
                "near it is Goma."
            ),
        ),
        (
            {"questions": QUESTION, "site_weights": {"Goma": 1, "Paris": 2}},
            'site_weights.Paris: No question, block or proxy is of the site "Paris".',
        ),
        (
            {"questions": QUESTION, "site_weights": [2]},
            "site_weights: [2] is not an object.",
        ),
        (
            {"questions": QUESTION, "site_weights": {"Goma": None}},
            "site_weights.Goma: null is not a number from 0 to 1000000.",
        ),
        (
            {"questions": QUESTION, "history": ["a", "z"]},
            'history[1]: There is no question "z".',
        ),
        (
            {"questions": QUESTION, "history": ["a", {"id": "a"}]},
            'history[1].id: Question "a" was taken already.',
        ),
        (
            {"questions": QUESTION, "history": [{"id": "a", "cost": -1}]},
            "history[0].cost: -1 is not a number from 0 to 1000000.",
        ),
        (
            {"questions": [question("a", merged=["b"]), question("b")], "history": ["b"]},
            'history[0]: Question "b" was merged into another; name that one.',
        ),
    ],
)
def test_fault_is_told_by_its_field_and_value(document, sentence):
    with pytest.raises(InputError) as refused:
        read(document)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    "document, sentence",
    [
        (
            {"questions": [question(key) for key in range(QUESTIONS + 1)]},
            "questions: This list has 10001 items; at most 10000 can be counted.",
        ),
        (
            {
                "questions": [question(1)],
                "blocks": [block(*[1] * 1000)] * (APPROVALS // 1000) + [block(1)],
            },
            "blocks: The blocks approve 1000001 times; at most 1000000 can be counted.",
        ),
    ],
)
def test_too_much_is_refused(document, sentence):
    with pytest.raises(TooLargeError) as refused:
        read(document)
    assert str(refused.value) == sentence


def test_chain_of_merges_may_be_long():
    count = sys.getrecursionlimit() * 2
    questions = [question(key, merged=[key + 1]) for key in range(count)]
    found = answered([*questions, question(count)], [block(count)])
    assert found == {"next": 0, "order": [0], "levels": {"0": "1.000000000"}}


def test_example_of_the_documents_is_right():
    page = (Path(__file__).parents[2] / "docs" / "questions.md").read_text("utf-8")
    document, expected = map(
        json.loads, re.findall(r"^```json\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    )
    assert answer(document) == expected


def test_answer_is_json():
    found = answer({"questions": QUESTION, "blocks": [block("a")]})
    assert json.loads(json.dumps(found)) == {
        "next": "a",
        "order": ["a"],
        "levels": {"a": "1.000000000"},
        "reasons": {
            "a": "Nobody from Goma has been heard yet. 1 person from Goma backs this."
            " No other question could be paid for sooner by those who back it."
        },
    }
