"""The file of a SQLite database, before any table is in it."""

import os
import stat

import pytest
from sqlalchemy import text

from townhall import schema
from townhall.db import open_engine


@pytest.fixture
def generous(tmp_path):
    """Have files be made readable by everybody, as many a machine does."""
    before = os.umask(0o022)
    yield tmp_path
    os.umask(before)


def rights(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_database_is_read_by_its_owner_alone(generous):
    file = generous / "new" / "townhall.db"
    url = f"sqlite:///{file}"
    schema.prepare_file(url)
    engine = open_engine(url)
    schema.upgrade(engine)
    with engine.connect() as connection:
        connection.execute(text("SELECT count(*) FROM outbox"))
        assert {path.name: rights(path) for path in file.parent.iterdir()} == {
            "townhall.db": 0o600,
            "townhall.db-shm": 0o600,
            "townhall.db-wal": 0o600,
        }
    engine.dispose()


def test_a_database_that_is_there_keeps_its_rights_and_content(generous):
    file = generous / "townhall.db"
    file.write_bytes(b"kept")
    file.chmod(0o640)
    schema.prepare_file(f"sqlite:///{file}")
    assert (rights(file), file.read_bytes()) == (0o640, b"kept")


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "postgresql+psycopg://localhost/town"]
)
def test_what_is_no_file_is_left_alone(monkeypatch, generous, url):
    monkeypatch.chdir(generous)
    schema.prepare_file(url)
    assert list(generous.iterdir()) == []
