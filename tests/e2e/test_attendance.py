"""Who comes, live in a real browser: somebody answers, and the organizers see it."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from townhall import clock
from townhall.db import transaction
from townhall.domain.access import Role
from townhall.domain.states import PartStat

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("backend", ["sqlite"], indirect=True),
]


def test_an_answer_shows_by_itself_and_leaves_the_keyboard_alone(db, make, people):
    hall = make.town_hall(title="Polio: a live conversation")
    seat = make.seat(hall, "New Delhi", position=1, zone="Asia/Kolkata", country="IN")
    sitting = make.sitting(hall, starts_at=datetime(2030, 12, 9, 12, 15, tzinfo=UTC))
    make.invitation(sitting, seat, make.contact("Ravi"))
    asha = make.invitation(sitting, seat, make.contact("Asha"))
    page = people.page(link=make.link(hall, Role.PRODUCER)[1])
    page.goto(f"/organizer/t/{hall.code}")
    seats, tally = page.locator("#seats"), page.locator("#tally")
    expect(seats).to_contain_text("come: 0, perhaps: 0, do not come: 0, no answer: 2")

    place = page.get_by_role("link", name="New Delhi")
    place.focus()
    with transaction(db):
        asha.partstat, asha.answered_at = PartStat.ACCEPTED, clock.now()
    # A question that is asked from now on is answered with what was just said.
    with page.expect_request(lambda asked: asked.url.endswith("/attendance")) as looks:
        pass
    looks.value.response().finished()
    expect(place).to_be_focused()
    expect(seats).to_contain_text("come: 0, perhaps: 0, do not come: 0, no answer: 2")

    place.blur()
    expect(seats).to_contain_text("come: 1, perhaps: 0, do not come: 0, no answer: 1")
    expect(tally).to_contain_text("1")
