"""Brings a database to the tables this code expects, by Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.engine import Connection, make_url

from townhall import paths


def _config(connection: Connection) -> Config:
    """Return Alembic's settings, bound to an open connection."""
    config = Config()
    config.set_main_option("script_location", str(paths.MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def prepare_file(url: str) -> None:
    """Make a SQLite file and its folder, so that nobody else on the computer can read it.

    SQLite gives the files beside it, such as the write-ahead log, the same rights. A file that
    is there already keeps the rights that it has.
    """
    database = make_url(url).database
    if make_url(url).get_backend_name() == "sqlite" and database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
        Path(database).touch(mode=0o600)


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Apply the migrations that are missing; all of them or, on a failure, none."""
    with engine.begin() as connection:
        command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take migrations back until `revision` (`base` for all of them)."""
    with engine.begin() as connection:
        command.downgrade(_config(connection), revision)


def is_current(engine: Engine) -> bool:
    """Return whether every migration has been applied."""
    with engine.connect() as connection:
        head = ScriptDirectory.from_config(_config(connection)).get_current_head()
        return MigrationContext.configure(connection).get_current_revision() == head
