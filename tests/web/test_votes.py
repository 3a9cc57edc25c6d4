"""Votes that arrive together share a transaction."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from tests.fixtures.web import text_of
from tests.services.asking import approved
from townhall.models.planning import TownHall
from townhall.models.questions import Support
from townhall.queries import questions
from townhall.web.context import parts


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


def test_votes_on_an_unknown_board_are_not_found(client):
    assert client.post("/t/nothing/questions/1/support").status_code == 404


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
