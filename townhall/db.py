"""Engine, tables' base class and the one place that commits."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, NamedTuple, TypeVar, cast

from sqlalchemy import (
    JSON,
    ClauseElement,
    CursorResult,
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
from sqlalchemy.sql.compiler import SQLCompiler
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


@contextmanager
def kept(make: sessionmaker[Session]) -> Iterator[Session]:
    """Yield a session for writing that keeps its connection from one transaction to the next.

    Any other gives it back and takes it anew, which costs as much as a small statement. One that
    breaks is made anew with the next transaction.
    """
    with make() as lent, lent.get_bind().engine.connect() as line, make(bind=line) as db:
        yield db


class _Said(NamedTuple):
    """A statement in the words of one kind of database.

    `order` holds the names of its values where they go by place and not by name; `constants`
    are those that the statement brings along, as the driver takes them; `made` turns a value into
    what the driver takes.
    """

    words: str
    order: list[str] | None
    constants: dict[str, Any]
    made: Mapping[str, Callable[[Any], Any]]


class Ready:
    """A statement that is put into words once and not for each execution.

    What SQLAlchemy does for a statement costs several times as much as SQLite needs to carry it
    out, which only what runs for each of thousands of mails has to mind.

    Args:
        statement: With a `bindparam` for each value that differs; no list and no default of a
            column. Of what it selects, rows hold what the driver returns.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._said: dict[str, _Said] = {}

    def run(self, line: Connection, **values: Any) -> CursorResult[Any]:
        """Execute it with the values of its parameters."""
        said = self._said.get(line.dialect.name)
        if said is None:
            said = self._said[line.dialect.name] = self._say(line.dialect)
        taken = dict(said.constants)
        for name, value in values.items():
            made = said.made.get(name)
            taken[name] = value if made is None else made(value)
        if said.order is None:
            return line.exec_driver_sql(said.words, taken)
        return line.exec_driver_sql(said.words, tuple(taken[name] for name in said.order))

    def _say(self, dialect: Dialect) -> _Said:
        """Return the statement as one kind of database has it said."""
        compiled = cast(SQLCompiler, self._statement.compile(dialect=dialect))
        found = {
            name: bound.type.dialect_impl(dialect).bind_processor(dialect)
            for name, bound in compiled.binds.items()
        }
        made = {name: each for name, each in found.items() if each is not None}
        constants = {
            name: made[name](value) if name in made else value
            for name, value in compiled.params.items()
            if not compiled.binds[name].required
        }
        return _Said(str(compiled), compiled.positiontup, constants, made)


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
