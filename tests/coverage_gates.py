"""Holds coverage to its gates, when a run measures it (`make test` with TOWNHALL_REQUIRE=all)."""

import io
from collections.abc import Generator

import coverage
import pytest
from coverage.exceptions import NoDataError

GATES = {
    "townhall/domain/*": 100.0,
    "townhall/services/*": 100.0,
    "townhall/*": 95.0,
}
"""Least share of lines and branches, in percent, of the files that a pattern names."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Fail the session for each gate that is missed, once pytest-cov has written its data."""
    result = yield
    measured = session.config.getoption("cov_source") and not session.config.option.collectonly
    if measured and not hasattr(session.config, "workerinput"):
        for line in missed():
            session.testsfailed += 1
            reporter = session.config.pluginmanager.getplugin("terminalreporter")
            reporter.write(f"\nERROR: {line}\n", red=True, bold=True)
    return result


def missed() -> list[str]:
    """Return a sentence for each gate that the data in .coverage does not reach."""
    data = coverage.Coverage()
    data.load()
    lines = []
    for pattern, least in GATES.items():
        try:
            share = data.report(include=pattern, file=io.StringIO())
        except NoDataError:
            continue
        if share < least:
            lines.append(f"coverage of {pattern} is {share:.2f} %, below {least:g} %")
    return lines
