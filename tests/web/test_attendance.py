"""Who comes, kept up to date on the organizers' page; and the switches of reminders."""

import pytest

from tests.fixtures.make import NOW
from tests.fixtures.web import text_of
from townhall.db import transaction
from townhall.domain.states import PartStat
from townhall.models.planning import TownHall

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
PATH = "/organizer/t/polio"


@pytest.fixture
def organizer(client, make, hall, sign_in):
    return sign_in(client, hall.owner)


@pytest.fixture
def hall(make):
    owner = make.account("Dana")
    hall = make.town_hall(owner, code="polio")
    hall.owner = owner
    hall.seat = make.seat(hall, "New Delhi", position=1)
    hall.sitting = make.sitting(hall)
    return hall


@pytest.fixture
def asha(make, hall):
    make.invitation(hall.sitting, hall.seat, make.contact("Ravi"))
    return make.invitation(hall.sitting, hall.seat, make.contact("Asha"))


def answer(db, invitation, partstat):
    with transaction(db):
        invitation.partstat, invitation.answered_at = partstat, NOW


def test_the_page_asks_for_who_comes_once_somebody_is_invited(organizer, make, hall):
    assert "attendance.js" not in organizer.get(PATH).text
    make.invitation(hall.sitting, hall.seat)
    page = organizer.get(PATH).text
    assert "attendance.js" in page
    assert f'data-attendance="{PATH}/attendance"' in page


def test_an_answer_changes_the_fragment_and_nothing_else_does(db, organizer, asha):
    first = organizer.get(f"{PATH}/attendance")
    assert "come: 0, perhaps: 0, do not come: 0, no answer: 2" in text_of(first)
    tag = {"If-None-Match": first.headers["ETag"]}
    assert organizer.get(f"{PATH}/attendance", headers=tag).status_code == 304
    answer(db, asha, PartStat.ACCEPTED)
    second = organizer.get(f"{PATH}/attendance", headers=tag)
    assert second.status_code == 200
    assert "come: 1, perhaps: 0, do not come: 0, no answer: 1" in text_of(second)
    assert second.headers["ETag"] != first.headers["ETag"]


def test_the_fragment_has_the_parts_of_the_page(organizer, asha):
    page, part = organizer.get(PATH).text, organizer.get(f"{PATH}/attendance").text
    for key in ('id="seats"', 'id="tally"'):
        assert page.count(key) == part.count(key) == 1


def test_another_language_is_another_version(organizer, asha):
    tags = {
        organizer.get(f"{PATH}/attendance?lang={language}").headers["ETag"]
        for language in ("en", "ar")
    }
    assert len(tags) == 2


def test_a_look_that_changes_nothing_brings_nothing(organizer, asha):
    tag = {"If-None-Match": organizer.get(f"{PATH}/attendance").headers["ETag"]}
    assert organizer.get(f"{PATH}/attendance", headers=tag).data == b""


def test_reminders_are_on_until_they_are_switched_off(db, organizer, hall):
    fields = {
        "title": "Polio",
        "minutes": "60",
        "window_zone": "UTC",
        "window_from_at": "2026-12-07T00:00",
        "window_until_at": "2026-12-12T00:00",
        "version": "1",
    }
    page = organizer.get(f"{PATH}/edit").text
    assert page.count(" checked>") == 2
    new = organizer.get("/organizer/town-halls/new").text
    assert '"reminds_day" checked>' in new
    assert '"reminds_hour" checked>' in new
    organizer.submit(f"{PATH}/edit", **fields, reminds_hour="on")
    db.expire_all()
    kept = db.get_one(TownHall, hall.id)
    assert (kept.reminds_day, kept.reminds_hour) == (False, True)
