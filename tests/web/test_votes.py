"""Votes that arrive together share a transaction."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from tests.fixtures.web import text_of
from tests.services.asking import approved
from townhall.domain.access import ANYONE
from townhall.errors import NotFoundError
from townhall.models.planning import TownHall
from townhall.models.questions import Support
from townhall.queries import questions
from townhall.services.people import Participant
from townhall.services.questions import Vote
from townhall.web.context import parts
from townhall.web.participant.votes import Batches


def test_votes_of_many_threads_are_each_kept(app, db, make):
    hall = make.town_hall()
    question = approved(db, make, hall)
    path = f"/t/{hall.code}/questions/1/support"
    before = db.scalar(select(TownHall.board_version))

    def vote(_):
        client = app.test_client(use_cookies=False)
        return client.post(path).status_code

    # More threads than the pool has connections: whoever waits must not hold one.
    with ThreadPoolExecutor(40) as pool:
        assert set(pool.map(vote, range(120))) == {303}
    db.rollback()
    assert questions.support(db, hall)[question.id] == 121
    transactions = db.scalar(select(TownHall.board_version)) - before
    assert 1 <= transactions < 120


def test_votes_that_are_refused_say_so_to_their_own_browser(app, db, make):
    hall = make.town_hall()
    approved(db, make, hall)
    path = f"/t/{hall.code}/questions"

    def vote(number):
        client = app.test_client(use_cookies=False)
        return client.post(f"{path}/{number}/support").status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(vote, [1, 7] * 8))
    assert statuses == [303, 404] * 8
    db.rollback()
    assert db.scalar(select(func.count(Support.person_id))) == 9


def test_votes_on_an_unknown_board_are_not_found_and_leave_nothing(app, client):
    for code in ("nothing", "nobody", "nowhere"):
        assert client.post(f"/t/{code}/questions/1/support").status_code == 404
    assert len(app.extensions["townhall.votes"]) == 0


@pytest.fixture
def restless():
    """Have threads take turns as often as they can, so that they overtake each other."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def test_a_vote_shares_the_fate_of_its_own_batch_alone(restless):
    def keep(code, votes):
        if votes[0].number % 2:
            raise NotFoundError
        return [None]

    # A batch holds one, so whoever comes through first can be keeping others' before their own.
    batches = Batches(keep, most=1)

    def put(number):
        try:
            batches.put("polio", Vote(Participant(str(number), ANYONE), number))
        except NotFoundError:
            return "failed"
        return "kept"

    for _ in range(20):
        with ThreadPoolExecutor(40) as pool:
            assert list(pool.map(put, range(80))) == ["kept", "failed"] * 40
        assert len(batches) == 0


def test_requests_beyond_the_pool_are_told_to_come_back(app, client, make):
    code = make.town_hall().code
    with app.app_context():
        pool = parts().engine.pool
    held = [pool.connect() for _ in range(pool.size() + pool._max_overflow)]
    answer = client.get(f"/t/{code}")
    for connection in held:
        connection.close()
    assert answer.status_code == 503
    assert "The database does not answer now." in text_of(answer)
    assert client.get(f"/t/{code}").status_code == 200
