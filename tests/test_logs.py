"""What is logged of a fault: enough to find it, and nothing that anybody typed."""

import io
import json
import re

import pytest
import structlog
from flask import request
from sqlalchemy import text

from tests.fixtures.web import text_of
from tests.promptness import happens_within
from townhall import logs
from townhall.app import create_app
from townhall.web.context import db as session
from townhall.web.policies import POLICIES, Policy

TYPED = "my number is 0300-1234567"


@pytest.fixture
def backend():
    return "sqlite"


@pytest.fixture
def log():
    stream = io.StringIO()
    logs.configure(stream=stream)
    yield stream
    structlog.reset_defaults()


@pytest.fixture
def broken(app):
    """Add pages that fail: one quotes what was typed, one has the database refuse it."""

    def quote(token):
        typed = request.form["text"]
        try:
            {}[typed]
        except KeyError as error:
            message = f"{typed} of {token}"
            raise ValueError(message) from error

    def insert(token):
        session().execute(text("INSERT INTO nowhere VALUES (:typed)"), {"typed": token})

    pages = {"quote": quote, "insert": insert}
    for name, page in pages.items():
        app.add_url_rule(f"/{name}/<token>", f"health.{name}", page, methods=["POST"])
        POLICIES[f"health.{name}"] = Policy.PUBLIC
    yield
    for name in pages:
        del POLICIES[f"health.{name}"]


def test_a_fault_is_logged_by_its_lines_without_anything_typed(client, broken, log):
    answer = client.post("/quote/a-secret", data={"text": TYPED})

    line = json.loads(log.getvalue())
    reference = re.search(r"the reference ([0-9a-f]{12})\.", text_of(answer))[1]
    assert answer.status_code == 500
    assert line.pop("timestamp").endswith("Z")
    fault = line.pop("fault")
    assert line == {
        "request_id": reference,
        "method": "POST",
        "rule": "/quote/<token>",
        "event": "request failed",
        "level": "error",
    }
    assert fault[0] == "ValueError"
    assert re.fullmatch(r".+/test_logs\.py:\d+ quote", fault[fault.index("KeyError") - 1])
    for typed in (TYPED, "a-secret"):
        assert typed not in log.getvalue()


def test_a_fault_of_an_app_that_nobody_configured_is_told_at_once(
    settings, clock, monkeypatch, capsys
):
    structlog.reset_defaults()
    app = create_app(settings, now=clock)
    monkeypatch.setitem(POLICIES, "health.quote", Policy.PUBLIC)

    def quote():
        many = [{"typed": TYPED, "more": list(range(5000))}] * 500
        raise ValueError(many)

    app.add_url_rule("/quote", "health.quote", quote)
    client = app.test_client()
    assert happens_within(0.5, lambda: client.get("/quote"))
    assert client.get("/quote").status_code == 500
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (line["event"], line["fault"][0]) == ("request failed", "ValueError")
    app.extensions["townhall"].engine.dispose()
    structlog.reset_defaults()


def test_the_fault_in_hand_is_logged_by_its_lines(log):
    try:
        int(TYPED)
    except ValueError:
        structlog.get_logger().exception("failed")
    structlog.get_logger().error("nothing was raised", exc_info=True)

    first, second = map(json.loads, log.getvalue().splitlines())
    assert first["fault"][0] == "ValueError"
    assert "fault" not in second
    assert TYPED not in log.getvalue()


def test_what_the_database_refuses_is_logged_without_its_values(client, broken, log):
    answer = client.post("/insert/a-secret")

    line = json.loads(log.getvalue())
    assert answer.status_code == 503
    assert line["event"] == "the database does not answer"
    assert "INSERT INTO nowhere" in line["error"]
    assert "a-secret" not in log.getvalue()


def test_a_terminal_gets_plain_lines():
    stream = io.StringIO()
    logs.configure(plain=True, stream=stream)
    try:
        structlog.get_logger().info("outbox.sent", count=2)
    finally:
        structlog.reset_defaults()
    assert re.fullmatch(r"\S+Z \[info +\] outbox\.sent +count=2\n", stream.getvalue())
