"""`townhall plan` with a series and with several sittings, as a person runs it."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from townhall.cli import main
from townhall.domain import answer, relaxing

CASES = json.loads((Path(__file__).parents[1] / "cases" / "fairness.json").read_text())["cases"]
SERIES = next(case["request"] for case in CASES if case["id"] == "series-of-four")
SITTINGS = next(case["request"] for case in CASES if case["id"] == "two-sittings")


@pytest.fixture
def run(tmp_path):
    def run(written, *arguments):
        file = tmp_path / "plan.json"
        file.write_text(json.dumps(written))
        return CliRunner().invoke(main, ["plan", str(file), *arguments])

    return run


def test_a_series_is_told_as_a_whole_and_by_occurrence(run):
    lines = run(SERIES).stdout.splitlines()

    assert lines[:2] == [
        "384 of 384 starts fit every required seat (zones 2026f).",
        "The fairest choice together: worst first 78, 78, 76, 76; people 308.",
    ]
    headings = [line for line in lines if line[:2] in {"1.", "2.", "3.", "4."}]
    assert [heading[3:13] for heading in headings] == [
        "2026-12-09",
        "2026-12-16",
        "2026-12-23",
        "2026-12-30",
    ]


def test_sittings_are_told_as_a_whole(run):
    assert run(SITTINGS).stdout.splitlines()[1] == (
        "The fairest choice together: worst first 8, 8, 0, 0; people 16."
    )


def test_a_window_without_a_start_is_named(run):
    fields = {"weekdays": ["wed"]}
    occurrences = [
        *SERIES["occurrences"],
        {"from": "2027-01-07T00:00Z", "until": "2027-01-08T00:00Z"},
    ]

    lines = run({**SERIES, **fields, "occurrences": occurrences}).stdout.splitlines()

    assert lines[1] == "No start is left for occurrences[4]."
    assert lines[2] == "There would be a plan without this: the choice of weekdays (weekdays)."


def test_what_to_relax_that_was_not_all_found_says_so(run, monkeypatch):
    seats = [{"name": "closed", "zone": "UTC", "never": [["00:00", "00:00"]]}]
    assert "The time was too short" not in run({**SITTINGS, "seats": seats}).stdout
    monkeypatch.setattr(
        answer.relaxing, "nothing_fits", partial(relaxing.nothing_fits, limit_s=1e-9)
    )
    lines = run({**SITTINGS, "seats": seats}).stdout.splitlines()
    assert lines[-1].strip() == "The time was too short to find all that would help."


def test_a_lens_does_not_look_at_a_series(run):
    result = run(SERIES, "--lens", "least-total")

    assert result.exit_code == 1
    assert "lens: Lenses look at one sitting, not at a series." in result.output


def test_too_little_time_is_told_with_what_is_proven(run):
    found = json.loads(run({**SERIES, "time_limit_s": 0.001}, "--format", "json").stdout)
    lines = run({**SERIES, "time_limit_s": 0.001}).stdout.splitlines()

    assert found["series"]["status"] == "bounded"
    assert found["series"]["bound"] <= 78 <= found["series"]["worst_first"][0]
    assert lines[1].startswith("The best choice found: worst first ")
    assert lines[2].startswith("The search ended early; no series has a worst ledger below ")


def screen_shows(screen, words, within=60):
    """Return whether a terminal shows some words before its program ends or the time is over."""
    deadline = time.monotonic() + within
    shown = b""
    while time.monotonic() < deadline and words not in shown:
        if select.select([screen], [], [], 1)[0]:
            try:
                shown += os.read(screen, 65_536)
            except OSError:  # so Linux says that the other end is closed
                return False
    return words in shown


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX does")
def test_ctrl_c_keeps_the_best(tmp_path):
    # Holidays make every week its own, so that a proof is far.
    countries = {"US": "America/New_York", "CD": "Africa/Kinshasa", "IN": "Asia/Kolkata"}
    countries |= {"FJ": "Pacific/Fiji", "BR": "America/Sao_Paulo", "JP": "Asia/Tokyo"}
    written = {
        "minutes": 60,
        "distinct_times": None,
        "time_limit_s": 3600,
        "occurrences": [
            {"from": f"2026-{month:02}-01T00:00Z", "until": f"2026-{month:02}-28T00:00Z"}
            for month in range(1, 13)
        ],
        "seats": [{"name": c, "zone": zone, "country": c} for c, zone in countries.items()],
    }
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(written))
    program = "from townhall.cli import main; main()"
    command = [sys.executable, "-c", program, "plan", str(file), "--format", "json"]
    screen, terminal = os.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=terminal, text=True, env=environment
    ) as process:
        os.close(terminal)
        assert screen_shows(screen, b"best series so far", within=120)
        process.send_signal(signal.SIGINT)
        # A terminal that nobody reads would fill, and hold the program up.
        reader = Thread(target=screen_shows, args=(screen, b"no such words"), daemon=True)
        reader.start()
        output = process.communicate(timeout=120)[0]
        reader.join(5)
    os.close(screen)

    assert process.returncode == 0
    assert json.loads(output)["series"]["status"] == "bounded"
