import ast
import re

import pytest
from importlinter import cli

from tests.guards.sources import ROOT, attributes, called, imported, modules

CLOCK = re.compile(
    r"(^|\.)(datetime|date)\.(now|utcnow|today)$|^time\.(time|time_ns|monotonic|sleep|localtime)$"
)
SECRETS = re.compile(r"^(secrets\.(token_\w+|choice)|os\.urandom)$")
SHARED = {
    "answers",
    "asks",
    "boards",
    "browsers",
    "casts",
    "contacts",
    "entries",
    "journal",
    "notices",
    "occasions",
    "occurrences",
    "own_entries",
    "people",
    "replans",
    "senders",
}
"""The pieces that several use cases write with (docs/adr/0015); each works in its caller's
transaction. `casts`, `occasions`, `people` and `senders` also name types of the use cases."""

READERS = {
    "townhall/services/asks.py": "the waiting mails that it takes back",
    "townhall/services/boards.py": "the last turn, in the transaction that adds the next",
    "townhall/services/browsers.py": "the sessions that it ends",
    "townhall/services/contacts.py": "the row of an address, in the transaction that adds it",
    "townhall/services/entries.py": "the last number, in the transaction that takes the next",
    "townhall/services/keeping.py": "the entry that it claims, and whether it still has it",
    "townhall/services/links.py": "the link that a secret opens",
    "townhall/services/notices.py": "the mails that went before, which it locks",
    "townhall/services/outbox.py": "the rows that it locks",
    "townhall/services/own_entries.py": "the entries of the sitting that it marks",
    "townhall/services/people.py": "which voters have rows, where it adds the others",
    "townhall/services/replans.py": "the row of the series, which it locks",
    "townhall/services/solving.py": "the search that it claims",
}
"""Modules outside `queries` that select rows, and which: each decides on what it is writing."""

WEAK_NAMES = re.compile(r"(^|_)(service|utils?|helpers?|managers?)$|_services$")
FILES = {"open", "print", "input", "Path"}


def clock_readers(tree: ast.AST) -> list[int]:
    """Return the lines that read or wait on the wall clock."""
    names = [*attributes(tree), *imported(tree)]
    return sorted({line for name, line in names if CLOCK.search(name)})


def committers(tree: ast.AST) -> list[int]:
    """Return the lines that end a transaction, or begin one that does."""
    ends = re.compile(r"\.commit$|\b(db|session|connection|engine)\.begin(_nested)?$")
    return [line for name, line in called(tree) if ends.search(name)]


def users_of(module: str, tree: ast.AST) -> list[int]:
    """Return the lines that import `module` or something of it."""
    return [
        line for name, line in imported(tree) if name == module or name.startswith(f"{module}.")
    ]


def drawers(tree: ast.AST) -> list[int]:
    """Return the lines that draw secrets."""
    names = [*imported(tree), *attributes(tree)]
    return sorted({line for name, line in names if SECRETS.match(name)})


def file_users(tree: ast.AST) -> list[int]:
    """Return the lines that touch files or the terminal."""
    return [line for name, line in called(tree) if name in FILES]


def selectors(tree: ast.AST) -> list[int]:
    """Return the lines that put a SELECT together."""
    return [line for name, line in called(tree) if name == "select"]


def weakly_named(tree: ast.AST) -> list[int]:
    """Return the lines that give something imported a name that says nothing."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        and any(WEAK_NAMES.search(alias.asname or alias.name) for alias in node.names)
    ]


def users_of_use_cases(tree: ast.AST) -> list[int]:
    """Return the lines that import a service which is not a shared piece."""
    found = (
        (re.fullmatch(r"townhall\.services\.(\w+)(\.\w+)?", name), line)
        for name, line in imported(tree)
    )
    return [line for service, line in found if service and service[1] not in SHARED]


def breaches(find, *, but: set[str] = frozenset(), under: str = "townhall/") -> list[str]:
    """Return `file:line` of what `find` sees in the package, outside the files `but`."""
    return [
        f"{path}:{line}"
        for path, tree in modules()
        if path.startswith(under) and path not in but
        for line in find(tree)
    ]


def test_imports_go_one_way_and_every_module_is_placed(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)

    outcome = cli.lint_imports(no_cache=True)

    assert outcome == cli.EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_only_the_clock_reads_the_clock():
    assert breaches(clock_readers, but={"townhall/clock.py"}) == []


def test_only_db_commits():
    # Migrations run before there is anyone to serve, in a transaction of Alembic's own.
    assert breaches(committers, but={"townhall/db.py", "townhall/schema.py"}) == []


def test_only_zones_knows_the_zone_database():
    assert breaches(lambda tree: users_of("pytz", tree), but={"townhall/domain/zones.py"}) == []


@pytest.mark.parametrize("module", ["zoneinfo", "dateutil"])
def test_no_second_zone_database(module):
    assert breaches(lambda tree: users_of(module, tree)) == []


def test_the_domain_touches_no_files():
    assert breaches(file_users, under="townhall/domain/") == []


def test_only_tokens_draws_secrets():
    assert breaches(drawers, but={"townhall/domain/tokens.py"}) == []


def test_use_cases_do_not_call_one_another():
    assert breaches(users_of_use_cases, under="townhall/services/") == []


def test_only_queries_and_named_writers_select_rows():
    found = {path for path, tree in modules() if path.startswith("townhall/") and selectors(tree)}
    assert {path for path in found if not path.startswith("townhall/queries/")} == set(READERS)


def test_no_import_is_renamed_to_what_says_nothing():
    assert breaches(weakly_named) == []


@pytest.mark.parametrize(
    "find, breach",
    [
        (clock_readers, "import datetime as dt\n\ndt.datetime.now(dt.UTC)"),
        (clock_readers, "from datetime import date\n\ndate.today()"),
        (clock_readers, "import time\n\nclock = time.monotonic"),
        (clock_readers, "\n\nfrom time import sleep"),
        (committers, "def save(db):\n    db.add(1)\n    db.commit()"),
        (committers, "def save(db):\n    pass\n    with db.begin(): pass"),
        (lambda tree: users_of("pytz", tree), "\n\nfrom pytz import timezone"),
        (lambda tree: users_of("pytz", tree), "\n\nimport pytz"),
        (drawers, "\n\nfrom secrets import token_hex"),
        (drawers, "import os\n\nos.urandom(16)"),
        (selectors, "from sqlalchemy import select\n\nselect(1)"),
        (weakly_named, "\n\nfrom townhall.services import outbox as outbox_service"),
        (weakly_named, "\n\nfrom townhall.services import replies as reply_services"),
        (users_of_use_cases, "\n\nfrom townhall.services import journal, sittings"),
        (users_of_use_cases, "\n\nfrom townhall.services.sittings import send"),
        (file_users, "\n\nopen('seats.csv')"),
    ],
)
def test_a_planted_breach_is_found(find, breach):
    assert set(find(ast.parse(breach))) == {3}
