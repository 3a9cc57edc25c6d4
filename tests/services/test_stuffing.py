"""Votes that cost nothing to make up win no more than the open page's share of turns."""

import pytest

from tests.fixtures.make import NOW
from tests.services.asking import FEED, approved
from townhall.domain.access import Role
from townhall.i18n import ENGLISH
from townhall.queries import stage
from townhall.services.people import Participant
from townhall.services.questions import Vote, vote


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_thousand_made_up_votes_win_at_most_half_against_one_office(db, make):
    hall = make.town_hall()
    seat = make.seat(hall, "Kinshasa", position=1)
    office = make.actor(hall, Role.AUDIENCE, seat)
    honest = [
        approved(db, make, hall, f"Question {each} from Kinshasa?", who="k", actor=office).number
        for each in range(8)
    ]
    stuffed = [
        approved(db, make, hall, f"Question {each} that is pushed?", who=f"s{each}").number
        for each in range(8)
    ]
    people = [
        Vote(Participant(f"k{each}", office), number) for each in range(9) for number in honest
    ]
    fakes = [Vote(Participant(f"f{each}"), number) for each in range(1_000) for number in stuffed]
    for votes in (people, fakes):
        refused = [each for each in vote(db, FEED, hall.code, votes, now=NOW) if each]
        assert refused == []
    ahead = [each.question.number for each in stage.ahead(db, hall, ENGLISH, count=10)]
    assert len(set(ahead) & set(stuffed)) <= 5
    assert len(set(ahead) & set(honest)) >= 5
