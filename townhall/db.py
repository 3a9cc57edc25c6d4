"""Engine, tables' base class and the one place that commits."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Engine,
    Enum,
    MetaData,
    String,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, sessionmaker
from sqlalchemy.types import TypeDecorator

from townhall.errors import UnavailableError
from townhall.i18n import N_

BUSY_TIMEOUT_MS = 5_000
POOL_TIMEOUT_S = 2.0

E = TypeVar("E", bound=StrEnum)


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database, refused when naive."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant as the driver stores it."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"{value!r} has no zone; a column ending in _at holds an instant"
            raise ValueError(message)
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant, aware, UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Every table; constraints are named so that migrations can name them too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it from the class
        datetime: UTCDateTime(),
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
    }


Key = Annotated[int, mapped_column(primary_key=True)]
"""Integer identity, never shown outside."""

Name = Annotated[str, mapped_column(String(200))]
Code = Annotated[str, mapped_column(String(32))]
Digest = Annotated[str, mapped_column(String(64))]
"""Hex SHA-256 of a secret; the secret itself is not kept."""
Renewals = Annotated[int, mapped_column(default=0, server_default=text("0"))]
"""How often the secret address of a feed was renewed; the addresses before lead nowhere."""


def choice(states: type[E], length: int = 24) -> Enum:
    """Return a column type that stores a StrEnum by its value, as text on every database."""
    return Enum(
        states,
        native_enum=False,
        length=length,
        create_constraint=False,
        values_callable=lambda members: [member.value for member in members],
    )


def open_engine(url: str) -> Engine:
    """Return an engine; SQLite is set to survive a crash and to queue its writers.

    An error of the database says which statement failed and not the values in it, as errors
    are logged.

    SQLite: WAL, `synchronous=FULL`, foreign keys on; a reader begins DEFERRED and a
    writer IMMEDIATE (see `transaction`), so that two writers wait and never deadlock.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(
            url,
            pool_pre_ping=True,
            pool_size=16,
            pool_timeout=POOL_TIMEOUT_S,
            hide_parameters=True,
        )
    engine = create_engine(
        url,
        pool_size=16,
        pool_timeout=POOL_TIMEOUT_S,
        hide_parameters=True,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy's begin event says BEGIN, not the driver
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def sessions(engine: Engine) -> sessionmaker[Session]:
    """Return the maker of sessions; rows stay readable after a commit."""
    return sessionmaker(engine, expire_on_commit=False)


class Transaction:
    """What a service may ask of its transaction besides rows."""

    def __init__(self) -> None:
        self._after: list[Callable[[], None]] = []

    def after_commit(self, call: Callable[[], None]) -> None:
        """Run `call` once the rows are safe; not at all if the transaction fails."""
        self._after.append(call)

    def committed(self) -> None:
        """Run what was waiting for the commit, in order."""
        for call in self._after:
            call()


@contextmanager
def transaction(db: Session) -> Iterator[Transaction]:
    """Commit everything inside, or nothing; the only committer in the project.

    What was only read before is let go, so that the writer begins on a fresh view.

    Raises:
        UnavailableError: The database is locked, full or away; nothing was kept.
    """
    if db.new or db.dirty or db.deleted:
        message = "rows were changed outside a transaction"
        raise RuntimeError(message)
    tx = Transaction()
    try:
        db.rollback()
        db.expire_all()  # a rollback forgets only what a transaction that is open has read
        db.connection(execution_options={"writes": True})
        yield tx
        db.commit()
    except (OperationalError, PoolTimeoutError) as error:
        db.rollback()
        raise UnavailableError(
            N_("The database cannot keep this now. Nothing was changed; try again in a moment.")
        ) from error
    except BaseException:
        db.rollback()
        raise
    tx.committed()
