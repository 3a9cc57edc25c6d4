"""Rankings that are kept: the same answer as anew, and no more of them than there is room for."""

import pytest

from townhall.domain import document, slots
from townhall.errors import InputError
from townhall.queries.rankings import Rankings

DAY = {"minutes": 60, "from": "2026-12-09T00:00Z", "until": "2026-12-10T00:00Z"}
DELHI = {"name": "New Delhi", "zone": "Asia/Kolkata"}


def test_a_document_is_ranked_once_and_another_one_anew():
    rankings = Rankings()
    first = rankings.of({**DAY, "seats": [DELHI]})
    assert rankings.of({"seats": [dict(DELHI)], **DAY}) is first
    assert first.ranking.order == slots.rank(document.parse({**DAY, "seats": [DELHI]})).order
    heavier = rankings.of({**DAY, "seats": [{**DELHI, "weight": 2}]})
    assert (heavier.ranking.burdens == 2 * first.ranking.burdens).all()


@pytest.mark.parametrize("room", [{"most_cells": 2 * 96}, {"most": 2}])
def test_what_was_not_asked_for_longest_makes_room(room):
    rankings = Rankings(**room)
    documents = [{**DAY, "seats": [{**DELHI, "weight": weight}]} for weight in (1, 2, 3)]
    first, second = (rankings.of(each) for each in documents[:2])
    assert rankings.of(documents[0]) is first
    rankings.of(documents[2])
    assert rankings.of(documents[0]) is first
    assert rankings.of(documents[1]) is not second


def test_the_set_of_several_sittings_is_looked_for_once():
    found = Rankings().of({**DAY, "sittings": 2, "seats": [DELHI]})
    assert found.choice is not None
    assert found.choice is found.choice


def test_a_document_that_cannot_be_planned_is_refused_every_time():
    rankings = Rankings()
    for _ in range(2):
        with pytest.raises(InputError):
            rankings.of({**DAY, "seats": [{**DELHI, "zone": "Asia/Nowhere"}]})
