from datetime import timedelta

from tests.fixtures.make import NOW
from townhall import schema
from townhall.db import open_engine
from townhall.domain.states import Delivery


def test_healthz_says_that_the_process_is_alive(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_readyz_tells_that_pages_can_be_served(client):
    answer = client.get("/readyz")
    told = {"database": "ok", "migrations": "current", "outbox": "ok", "outbox_age_s": 0}
    assert (answer.status_code, answer.json) == (200, told)


def test_readyz_tells_how_late_mail_is_and_stays_ready(client, make):
    make.mail(due_at=NOW - timedelta(minutes=15))
    make.mail(due_at=NOW - timedelta(hours=2), state=Delivery.SENT)
    make.mail(due_at=NOW + timedelta(hours=2))
    assert client.get("/readyz").json["outbox"] == "ok"
    make.mail(due_at=NOW - timedelta(minutes=16), state=Delivery.SENDING)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["outbox"], answer.json["outbox_age_s"]) == (
        200,
        "late",
        960,
    )


def test_readyz_is_not_ready_before_the_migrations(client, settings):
    engine = open_engine(settings.database_url)
    schema.downgrade(engine, "base")
    engine.dispose()
    answer = client.get("/readyz")
    told = {"database": "ok", "migrations": "not current", "outbox": "unknown"}
    assert (answer.status_code, answer.json) == (503, told)


def test_readyz_is_not_ready_without_a_database(settings, tmp_path):
    from townhall.app import create_app

    nowhere = f"sqlite:///{tmp_path}/no/such/folder/townhall.db"
    client = create_app(settings.model_copy(update={"database_url": nowhere})).test_client()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["database"]) == (503, "away")
    assert client.get("/healthz").status_code == 200
