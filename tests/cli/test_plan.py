"""`townhall plan`, as a person runs it."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from townhall.cli import main

CASES = Path(__file__).parents[1] / "cases" / "fairness.json"
CASE = json.loads(CASES.read_text())["cases"][0]
NOTHING = next(c for c in json.loads(CASES.read_text())["cases"] if c["id"] == "nothing-fits")

TOML = """\
minutes = 60
from = 2026-12-09T00:00:00Z
until = 2026-12-10T00:00:00Z

[[seats]]
name = "New York"
zone = "America/New_York"

[[seats]]
name = "[bold]Kinshasa[/bold] :smile:"
zone = "Africa/Kinshasa"
never = [[18:00:00, 21:00:00]]
"""


def run(*arguments, stdin=None):
    return CliRunner().invoke(main, ["plan", *map(str, arguments)], input=stdin)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(CASE["request"]))
    return path


def test_json_answer_is_that_of_the_worked_example(file):
    result = run(file, "--format", "json")
    found = json.loads(result.stdout)
    expected = CASE["expected"]
    assert result.exit_code == 0
    assert found["feasible"] == expected["feasible"]
    assert [option["start"] for option in found["options"][:3]] == [
        option["start"] for option in expected["options"]
    ]


def test_table_names_each_option_and_seat_with_its_reason(file):
    lines = run(file, "--top", "1").stdout.splitlines()
    assert [line.rstrip() for line in lines] == [
        "96 of 96 starts fit every required seat (zones 2026f).",
        "",
        "1. 2026-12-09T12:15Z to 2026-12-09T13:15Z; worst first 7, 7, 5, 0; people 19",
        "Seat       Points  Why",
        (
            "New York        7  Wed 9 Dec 2026, 07:15–08:15 (UTC-05:00), morning or evening: "
            "7 points; the ledger goes from 0 to 7."
        ),
        (
            "Kinshasa        0  Wed 9 Dec 2026, 13:15–14:15 (UTC+01:00), working hours: "
            "0 points; the ledger goes from 0 to 0."
        ),
        (
            "New Delhi       7  Wed 9 Dec 2026, 17:45–18:45 (UTC+05:30), morning or evening: "
            "7 points; the ledger goes from 0 to 7."
        ),
        (
            "Islamabad       5  Wed 9 Dec 2026, 17:15–18:15 (UTC+05:00), morning or evening: "
            "5 points; the ledger goes from 0 to 5."
        ),
        (
            "The next option, Wed 9 Dec 2026, 12:00 UTC, is better for New Delhi (6 instead of 7) "
            "and Islamabad (4 instead of 5)."
        ),
    ]


def test_toml_is_read_from_standard_input_and_names_are_shown_as_they_are():
    result = run("-", "--top", "1", stdin=TOML)
    assert result.exit_code == 0
    assert "[bold]Kinshasa[/bold] :smile:" in result.stdout
    assert "\x1b" not in result.stdout


def test_table_says_why_nothing_fits_and_what_would_help():
    lines = run("-", stdin=json.dumps(NOTHING["request"])).stdout.splitlines()
    assert [" ".join(line.split()) for line in lines] == [
        "0 of 96 starts fit every required seat (zones 2026f).",
        "",
        "Nothing fits: seat Starts it rules out Starts if it were optional",
        "New York 43 0",
        "Auckland 63 17",
        "Kinshasa 59 25",
        "A start is left if these become optional: Auckland.",
        "A start is left if these become optional: Kinshasa.",
    ]


def test_last_option_of_the_table_has_none_to_compare_with():
    given = {**CASE["request"], "until": "2026-12-09T00:15Z"}
    lines = run("-", stdin=json.dumps(given)).stdout.splitlines()
    assert lines[-1].startswith("Islamabad")


def test_option_without_required_seats_has_no_worst():
    seat = {"name": "Guest", "zone": "UTC", "required": False}
    given = {**CASE["request"], "seats": [seat]}
    assert "worst first –; people 0" in run("-", "--top", "1", stdin=json.dumps(given)).stdout


def test_top_of_the_command_replaces_that_of_the_document(file):
    file.write_text(json.dumps({**CASE["request"], "top": 5}))
    assert len(json.loads(run(file, "--format", "json").stdout)["options"]) == 5
    assert len(json.loads(run(file, "--format", "json", "--top", 2).stdout)["options"]) == 2


def test_language_of_the_answer_can_be_chosen(file):
    arabic = json.loads(run(file, "--format", "json", "--lang", "ar").stdout)
    english = json.loads(run(file, "--format", "json").stdout)
    assert arabic["options"][0]["start"] == english["options"][0]["start"]
    assert (
        arabic["options"][0]["seats"][0]["weekday"] != english["options"][0]["seats"][0]["weekday"]
    )


@pytest.mark.parametrize(
    "stdin, sentence",
    [
        ('{"minutes": 50}', "from: This field is missing."),
        (
            TOML.replace("Africa/Kinshasa", "Kinshasa"),
            "seats[1].zone: “Kinshasa” is not a known time zone; near it are: Africa/Kinshasa.",
        ),
        ("from = ", "This is not readable as TOML: line 1, from “from =” on."),
    ],
)
def test_what_is_wrong_is_said_in_one_line(stdin, sentence):
    result = run("-", stdin=stdin)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"Error: {sentence}\n")


def test_missing_file_is_said(tmp_path):
    result = run(tmp_path / "none.json")
    assert result.exit_code == 2
    assert "No such file" in result.stderr


def test_terminal_gets_colour_and_its_own_width(file, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    result = CliRunner().invoke(main, ["plan", str(file), "--top", "1"], color=True)
    assert "\x1b[1m" in result.stdout
    plain = re.sub("\x1b\\[[0-9;]*m", "", result.stdout)
    assert max(map(len, plain.splitlines())) <= 60


def test_lenses_stand_beside_the_fair_order(file):
    lines = run(file, "--top", "1", "--lens", "ceiling=7", "--lens", "attendance=0").stdout
    shown = [" ".join(line.split()) for line in lines.splitlines()]
    assert shown[shown.index("") :][-8:] == [
        "",
        "Through the lens ceiling=7, beside the fair order (1 start):",
        "Start Fair rank Worst People's points In working hours Worst off",
        "2026-12-09T12:15Z 1 7 19 1 New York and New Delhi",
        "",
        "Through the lens attendance=0, beside the fair order (96 starts):",
        "Start Fair rank Worst People's points In working hours Attending Worst off",
        "2026-12-09T10:30Z 22 24 24 3 3 New York",
    ]


def test_lenses_are_in_the_json_answer_only_when_asked_for(file):
    plain = json.loads(run(file, "--format", "json").stdout)
    asked = json.loads(run(file, "--format", "json", "--lens", "trade-off").stdout)
    assert list(asked.pop("lenses")) == ["trade-off"]
    assert asked == plain


def test_an_unknown_lens_is_refused_in_one_sentence(file):
    result = run(file, "--lens", "floor=2")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: lens: “floor” is no lens;")
