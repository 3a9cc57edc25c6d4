"""`townhall account`, as a person runs it."""

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from tests.fixtures.web import reread
from townhall.cli import main
from townhall.models.accounts import Account


@pytest.fixture
def backend():
    return "sqlite"


@pytest.fixture
def run(database_url, monkeypatch):
    monkeypatch.setenv("TOWNHALL_DATABASE_URL", database_url)
    monkeypatch.setenv("TOWNHALL_SECRET_KEY", "only the tests use this secret key")

    def call(*arguments):
        result = CliRunner().invoke(main, ["account", *arguments])
        return result.exit_code, result.output.strip()

    return call


def test_account_add_lets_somebody_sign_in_and_close_ends_it(run, db):
    assert run("add", "amina@example.org", "--name", "Amina Diallo", "--lang", "ar") == (
        0,
        "amina@example.org can sign in now.",
    )
    account = db.scalars(select(Account)).one()
    contact = account.contact
    assert (contact.name, contact.address, contact.language) == (
        "Amina Diallo",
        "amina@example.org",
        "ar",
    )
    assert run("close", "Amina@example.org") == (0, "Amina@example.org can no longer sign in.")
    reread(db)
    assert account.closed_at is not None


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (
            ("add", "amina", "--name", "Amina"),
            "Error: address: “amina” is not a mail address such as name@example.org.",
        ),
        (("close", "amina@example.org"), "Error: “amina@example.org” has no account."),
    ],
)
def test_account_says_what_is_wrong_in_one_sentence(run, db, arguments, sentence):
    assert run(*arguments) == (1, sentence)
    assert db.scalars(select(Account)).all() == []


def test_account_add_refuses_a_second_one(run):
    run("add", "amina@example.org", "--name", "Amina")
    assert run("add", "AMINA@example.org", "--name", "Amina") == (
        1,
        "Error: address: “AMINA@example.org” already has an account.",
    )
