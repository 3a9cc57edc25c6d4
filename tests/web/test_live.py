"""Live updates: one snapshot for all, polled or streamed."""

import gzip
import json
import threading
import time

import pytest
from sqlalchemy import event

from tests.fixtures.make import NOW
from tests.promptness import TRIES, happens_within
from tests.services.asking import FEED, TEXT, approved, ask
from townhall.domain.access import Role
from townhall.errors import NotFoundError, UnavailableError
from townhall.services import questions, stage
from townhall.services.people import Participant
from townhall.web.context import parts


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"streams": 2})


@pytest.fixture
def hall(make):
    return make.town_hall()


@pytest.fixture
def hub(app):
    hub = app.extensions["townhall"].feed
    yield hub
    hub.close()


def body(answer):
    return json.loads(answer.get_data())


def next_event(stream):
    """Return the id and data of the next event, past comments."""
    for octets in stream:
        lines = octets.decode().splitlines()
        fields = dict(line.split(": ", 1) for line in lines if line and line[0] != ":")
        if "data" in fields:
            return int(fields["id"]), json.loads(fields["data"])
    return None


def test_state_is_the_snapshot_with_its_version(client, db, make, hall):
    approved(db, make, hall)
    answer = client.get(f"/t/{hall.code}/state")
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert answer.headers["Cache-Control"] == "public, max-age=1"
    assert "Set-Cookie" not in answer.headers
    state = body(answer)
    assert state["version"] == 3
    assert set(state["parts"]) == {"on-air", "asking", "questions"}
    assert TEXT in state["parts"]["questions"]


def test_state_unchanged_is_304_and_small(client, hall):
    etag = client.get(f"/t/{hall.code}/state").headers["ETag"]
    answer = client.get(f"/t/{hall.code}/state", headers={"If-None-Match": etag})
    assert (answer.status_code, answer.data) == (304, b"")
    size = len(f"HTTP/1.1 304 NOT MODIFIED\r\n{answer.headers}".encode())
    assert size <= 300, answer.headers


def test_state_is_kept_compressed(client, hall):
    plain = client.get(f"/t/{hall.code}/state")
    packed = client.get(f"/t/{hall.code}/state", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert "Accept-Encoding" in packed.headers["Vary"]


def test_state_of_an_unknown_board_is_not_found(client):
    assert client.get("/t/nothing/state").status_code == 404
    assert client.get("/t/nothing/stream").status_code == 404


def test_state_in_another_language(client, hall):
    english = client.get(f"/t/{hall.code}/state?in=en")
    arabic = client.get(f"/t/{hall.code}/state?in=ar")
    assert arabic.headers["Content-Language"] == "ar"
    assert english.headers["ETag"] != arabic.headers["ETag"]
    assert "Set-Cookie" not in arabic.headers


def test_state_holds_nothing_of_the_viewer_who_asked_first(app, db, make, hall, sign_in):
    ask(db, hall)
    link, _token = make.link(hall, Role.MODERATOR)
    client = sign_in(app.test_client(), links=(link,))
    parts_of = body(client.get(f"/stage/{hall.code}/moderate/state"))["parts"]
    assert TEXT in parts_of["queue"]
    assert 'name="csrf"' not in parts_of["queue"]
    assert 'name="person"' not in body(client.get(f"/t/{hall.code}/state"))["parts"]["questions"]


def test_state_of_the_stage_is_for_those_who_may(app, make, hall, sign_in):
    link, _token = make.link(hall, Role.PRESENTER)
    presenter = sign_in(app.test_client(), links=(link,))
    base = f"/stage/{hall.code}"
    assert app.test_client().get(f"{base}/present/state").status_code == 404
    answer = presenter.get(f"{base}/present/state")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert presenter.get(f"{base}/moderate/state").status_code == 403
    assert presenter.get(f"{base}/host/stream").status_code == 403
    assert presenter.get(f"{base}/public/state").status_code == 404
    assert presenter.get(f"{base}/other/state").status_code == 404


def test_snapshot_is_rendered_once_for_all(app, client, db, make, hall, hub):
    approved(db, make, hall)
    statements = []
    with app.app_context():
        engine = parts().engine
    event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    first = hub.snapshot(hall.code, "public", "en")
    rendered = len(statements)
    assert rendered > 3
    for _ in range(20):
        assert hub.snapshot(hall.code, "public", "en") is first
    assert client.get(f"/t/{hall.code}/state").status_code == 200
    assert len(statements) <= rendered + 2


def test_snapshot_shows_what_this_process_changed_at_once(db, make, hall, hub):
    texts = (f"{TEXT} {number}" for number in range(TRIES))
    hub.snapshot(hall.code, "public", "en")

    def change():
        text = next(texts)
        approved(db, make, hall, text, key=text)
        hub.changed(hall.code)
        while text not in hub.snapshot(hall.code, "public", "en").parts["questions"]:
            time.sleep(0.02)

    assert happens_within(1, change)


def test_snapshot_of_an_unknown_board_is_not_found(hub):
    with pytest.raises(NotFoundError):
        hub.snapshot("nothing", "public", "en")


def test_stream_begins_with_the_snapshot_and_goes_on(db, make, hall, hub):
    approved(db, make, hall)
    stream = hub.stream(hall.code, "public", "en", "")
    assert next(stream).startswith(b"retry: ")
    assert next_event(stream)[0] == 3
    backers = (Participant(f"backer {number}") for number in range(TRIES))
    events = []

    def back():
        vote = (make.db, hub, next(backers), hall.code, 1)
        threading.Timer(0.1, questions.support, vote, {"now": NOW}).start()
        events.append(next_event(stream))

    assert happens_within(1, back)
    version, state = events[0]
    assert version == 4
    assert "2 people back this" in state["parts"]["questions"]
    stream.close()


def test_stream_hears_of_changes_by_other_processes(db, make, hall, hub):
    stream = hub.stream(hall.code, "public", "en", "")
    assert next_event(stream)[0] == 1
    versions = iter(range(2, 2 + TRIES))

    def ask_elsewhere():
        version = next(versions)
        ask(db, hall, f"{TEXT} {version}", str(version), feed=FEED)  # nobody tells this hub
        assert next_event(stream)[0] == version

    assert happens_within(2, ask_elsewhere)
    stream.close()


def test_stream_skips_what_the_page_has(db, make, hall, hub):
    stream = hub.stream(hall.code, "public", "en", "1")
    threading.Timer(0.2, ask, (make.db, hall)).start()
    assert next_event(stream)[0] == 2
    stream.close()


def test_stream_sends_the_newest_alone(db, make, hall, hub):
    stream = hub.stream(hall.code, "public", "en", "")
    assert next_event(stream)[0] == 1
    question = approved(db, make, hall)
    host = make.actor(hall, Role.HOST)
    stage.take(db, hub, host, hall.code, 1, replacing=None, version=question.version, now=NOW)
    time.sleep(0.8)
    version, state = next_event(stream)
    assert version == 4
    assert "On air now" in state["parts"]["on-air"]
    stream.close()


def test_stream_beyond_the_limit_is_refused(client, hall, hub):
    streams = [hub.stream(hall.code, "public", "en", "") for _ in range(2)]
    with pytest.raises(UnavailableError):
        hub.stream(hall.code, "public", "en", "")
    assert client.get(f"/t/{hall.code}/stream").status_code == 503
    streams[0].close()
    streams[0].close()
    again = hub.stream(hall.code, "public", "en", "")
    assert next_event(again)[0] == 1
    for stream in (streams[1], again):
        stream.close()


def test_stream_holds_no_database_connection(app, client, hall, hub):
    answer = client.get(f"/t/{hall.code}/stream")
    events = answer.response
    assert next_event(iter(events))[0] == 1
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert answer.content_type.startswith("text/event-stream")
    with app.app_context():
        assert parts().engine.pool.checkedout() == 0
    answer.close()


def test_stream_ends_when_the_process_does(hall, hub):
    stream = hub.stream(hall.code, "public", "en", "")
    assert next_event(stream)[0] == 1
    threading.Timer(0.1, hub.close).start()
    assert next_event(stream) is None
    with pytest.raises(UnavailableError):
        hub.stream(hall.code, "public", "en", "")


def test_hub_tells_the_other_processes_and_hears_them(make, hub):
    hall = make.town_hall()
    told = []

    class Others:
        changed = staticmethod(told.append)

    hub.others = Others()
    hub.changed(hall.code)
    hub.heard(hall.code)
    assert told == [hall.code]
