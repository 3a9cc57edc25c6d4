"""`townhall worker` alone: sends what is due, and leaves when told to."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from tests.fixtures.make import Make
from townhall import clock

COMMAND = [sys.executable, "-c", "from townhall.cli import main; main()", "worker"]


def environment(database_url: str, maildir: Path) -> dict[str, str]:
    return {
        **os.environ,
        "TOWNHALL_SECRET_KEY": "x" * 32,
        "TOWNHALL_DATABASE_URL": database_url,
        "TOWNHALL_MAILDIR": str(maildir),
    }


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_worker_sends_what_is_due_and_leaves_at_sigterm(
    db: Session, make: Make, database_url: str, tmp_path: Path
):
    make.mail(code="c0de", created_at=clock.now())
    worker = subprocess.Popen(COMMAND, env=environment(database_url, tmp_path / "mail"))
    try:
        deadline = time.monotonic() + 60
        while not (tmp_path / "mail" / "new" / "c0de.townhall").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
    finally:
        worker.kill()
        worker.wait(10)


def test_worker_refuses_a_database_without_tables(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    done = subprocess.run(
        COMMAND,
        env=environment(url, tmp_path / "mail"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (
        1,
        "Error: The database has other tables than this version. Run: townhall db upgrade\n",
    )
