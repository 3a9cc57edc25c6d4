"""`townhall turns`, as a person runs it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from townhall.cli import main

CASES = json.loads((Path(__file__).parents[1] / "cases" / "turns.json").read_text("utf-8"))["cases"]
DOCUMENT = {
    "questions": [
        {"id": "[b]1[/b]", "site": "Goma", "at": 1},
        {"id": "q2", "site": "Goma", "at": 2, "via": "sms"},
    ],
    "blocks": [{"site": "Goma", "size": 2, "approves": ["[b]1[/b]"]}],
}


def run(*arguments, stdin=None):
    return CliRunner().invoke(main, ["turns", *map(str, arguments)], input=stdin)


@pytest.mark.parametrize("case", CASES[:3], ids=lambda case: case["id"])
def test_file_is_answered_in_json(case, tmp_path):
    path = tmp_path / "turns.json"
    path.write_text(json.dumps(case["input"]))
    result = run(path)
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert list(found.pop("reasons")) == case["expected"]["order"]
    assert found == case["expected"]


def test_table_names_each_question_with_its_level_and_reason():
    result = run("-", "--format", "table", stdin=json.dumps(DOCUMENT))
    heading, first, second = (line.rstrip() for line in result.stdout.splitlines())
    assert heading == "Turn  Question        Level  Why"
    assert first == (
        "   1  [b]1[/b]  0.500000000  Nobody from Goma has been heard yet. 2 people from Goma"
        " back this. No other question could be paid for sooner by those who back it."
    )
    assert second == (
        "   2  q2                  –  Nobody from Goma has been heard yet. Nobody who can vote"
        " backs this yet. Its supporters carry no weight, so it comes last."
    )


@pytest.mark.parametrize(
    "written, sentence",
    [
        ("{", "This is not readable as JSON"),
        ('{"questions": [], "block": []}', 'block: There is no field "block" here'),
        ('{"questions": [{"id": 1, "id": 2}]}', "questions[0].id: The field “id” is given twice."),
        (
            '{"questions": [], "history": ["q9"]}',
            'history[0]: There is no question "q9".',
        ),
    ],
)
def test_bad_document_ends_with_one_sentence(written, sentence):
    result = run("-", stdin=written)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"Error: {sentence}")
    assert result.stderr.count("\n") == 1
