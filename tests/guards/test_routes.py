import re

import pytest
from flask import Flask

from tests.guards.sources import ROOT
from townhall.app import create_app
from townhall.domain.access import PERMISSIONS
from townhall.settings import Settings
from townhall.web.policies import POLICIES, Policy

ROUTES = ROOT / "docs" / "routes.md"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Return an application that nobody asks anything."""
    database = tmp_path_factory.mktemp("routes") / "townhall.db"
    return create_app(
        Settings(
            secret_key="only the tests use this secret key", database_url=f"sqlite:///{database}"
        )
    )


def who(policy: Policy | str) -> str:
    """Return who may use a route, as the page of routes writes it."""
    return policy.value if isinstance(policy, Policy) else f"who may {policy.value}"


def rows(app: Flask) -> list[tuple[str, str, str]]:
    """Return method, address and who, of every route, by address."""
    found = [
        (
            ", ".join(sorted(rule.methods - {"HEAD", "OPTIONS"})),
            rule.rule,
            who(POLICIES[rule.endpoint]),
        )
        for rule in app.url_map.iter_rules()
    ]
    return sorted(found, key=lambda row: (row[1], row[0]))


def test_every_route_has_a_policy_and_every_policy_a_route(app):
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(POLICIES)


def test_the_page_of_routes_lists_them_as_they_are(app):
    written = re.findall(
        r"^\| ([A-Z, ]+) \| `([^`]+)` \| ([^|]+) \| [^|]+ \|$", ROUTES.read_text(), re.MULTILINE
    )

    assert written == rows(app)


def test_the_page_of_routes_lists_who_may_do_what():
    _, _, parts = ROUTES.read_text().partition("| what | parts |\n|---|---|\n")

    assert re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", parts, re.MULTILINE) == [
        (action.value, ", ".join(sorted(roles))) for action, roles in PERMISSIONS.items()
    ]
