"""Mail that a mail service posts: let in by the secret alone."""

import pytest
from sqlalchemy import select

from tests.fixtures.answers import PERSON, answer, mail
from tests.fixtures.web import reread
from townhall.domain.states import PartStat
from townhall.models.replies import IncomingMail

SECRET = "the mail service alone knows this secret"


@pytest.fixture
def settings(settings, request):
    secret = getattr(request, "param", SECRET)
    return type(settings).model_validate(
        {**settings.model_dump(exclude_unset=True), "mail_hook_secret": secret}
    )


@pytest.fixture
def invitation(make):
    hall = make.town_hall()
    sitting = make.sitting(hall, uid="hall-abcdefgh@townhall")
    return make.invitation(sitting, make.seat(hall), make.contact("Sana", address=PERSON))


def post(client, octets, secret=SECRET):
    headers = {"Authorization": f"Bearer {secret}"} if secret is not None else {}
    return client.post("/hooks/mail", data=octets, headers=headers, content_type="message/rfc822")


def test_a_posted_mail_is_taken_in(client, db, invitation):
    said = post(client, mail(answer("DECLINED")))
    assert (said.status_code, said.json) == (200, {"kind": "reply"})
    reread(db)
    assert invitation.partstat is PartStat.DECLINED
    assert post(client, b"garbage").json == {"kind": "other"}


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET[:-1], f"{SECRET}x", "é"])
def test_there_is_nothing_without_the_secret(client, db, invitation, secret):
    said = post(client, mail(answer()), secret)
    assert (said.status_code, said.json["code"]) == (404, "not-found")
    assert db.scalars(select(IncomingMail)).all() == []


@pytest.mark.parametrize("settings", [None], indirect=True)
def test_there_is_nothing_where_no_secret_is_set(client, invitation):
    for secret in (SECRET, "None", ""):
        assert post(client, mail(answer()), secret).status_code == 404


def test_a_body_without_end_is_refused(client, db):
    said = post(client, b"x" * (1024 * 1024 + 1))
    assert (said.status_code, said.json["code"]) == (413, "http-413")
    assert db.scalars(select(IncomingMail)).all() == []
