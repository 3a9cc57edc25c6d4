"""The port of the demonstration: the one asked for, as long as no mail names another."""

import json
import socket

import pytest

from townhall.demo import house
from townhall.errors import InputError, UnavailableError


@pytest.fixture
def started(tmp_path, monkeypatch):
    """Return a function that starts the demonstration and returns where it would listen."""

    def start(**options):
        seen = {}
        monkeypatch.setattr(
            house.server, "run", lambda settings, show: seen.update(bind=settings.bind)
        )
        house.start(tmp_path, lambda links: None, **options)
        return seen["bind"]

    return start


@pytest.fixture
def free():
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_it_listens_where_it_is_told_to_and_its_links_lead_there(started, tmp_path, free):
    assert started(port=free) == f"127.0.0.1:{free}"
    links = json.loads((tmp_path / "demo.json").read_text(encoding="utf-8"))
    assert links["api"] == f"http://localhost:{free}/api/v1"
    assert started() == started(port=free) == f"127.0.0.1:{free}"


def test_a_port_that_its_links_do_not_name_is_refused_until_it_begins_anew(started, free):
    started(port=free)
    other = free - 1
    with pytest.raises(InputError, match=f"lead to port {free}, not {other}"):
        started(port=other)


def test_a_port_in_use_is_said(started, free):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free))
        with pytest.raises(UnavailableError, match=f"Port {free} of this computer is in use"):
            started(port=free)
