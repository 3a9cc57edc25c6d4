import ast
import re

import pytest
from importlinter import cli

from tests.guards.sources import ROOT, attributes, called, imported, modules

CLOCK = re.compile(
    r"(^|\.)(datetime|date)\.(now|utcnow|today)$|^time\.(time|time_ns|monotonic|sleep|localtime)$"
)
SECRETS = re.compile(r"^(secrets\.(token_\w+|choice)|os\.urandom)$")
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
        (file_users, "\n\nopen('seats.csv')"),
    ],
)
def test_a_planted_breach_is_found(find, breach):
    assert set(find(ast.parse(breach))) == {3}
