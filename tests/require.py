"""What a test needs of the machine: skipped where it is missing, unless nothing may be."""

import os

import pytest


def require(part: str, *, available: bool, reason: str) -> None:
    """Skip the test if `part` is not on this machine; fail it where all parts must be.

    `TOWNHALL_REQUIRE=all` says that they must, as in CI: a suite that skips there has not
    tested what it claims.

    Args:
        part: What is needed, such as `PostgreSQL`.
        available: Whether it is there.
        reason: What was tried and what came of it.
    """
    if available:
        return
    if os.environ.get("TOWNHALL_REQUIRE") == "all":
        pytest.fail(f"{part} is required (TOWNHALL_REQUIRE=all): {reason}", pytrace=False)
    pytest.skip(f"needs {part}: {reason}")
