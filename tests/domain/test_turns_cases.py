"""The worked examples of the fair order."""

import json
from pathlib import Path

import pytest

from townhall.domain.turns.answer import answer

CASES = json.loads((Path(__file__).parents[1] / "cases" / "turns.json").read_text("utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case_is_answered(case):
    found = answer(case["input"])
    reasons = found.pop("reasons")
    assert found == case["expected"]
    assert list(reasons) == case["expected"]["order"]
