import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.app import create_app
from townhall.errors import TooManyError
from townhall.web import throttle
from townhall.web.throttle import Rate, Throttle

THREE_A_MINUTE = Rate("three", 3, 60.0)


class Seconds:
    now = 1000.0

    def __call__(self):
        return self.now


def test_throttle_lets_the_count_through_at_once_and_then_evenly():
    seconds = Seconds()
    gate = Throttle(seconds)
    assert [gate.wait(THREE_A_MINUTE, "amina") for _ in range(4)] == [0, 0, 0, 20]
    seconds.now += 20
    assert [gate.wait(THREE_A_MINUTE, "amina") for _ in range(2)] == [0, 20]


def test_throttle_counts_each_key_and_each_rate_by_itself():
    gate = Throttle(Seconds())
    assert [gate.wait(THREE_A_MINUTE, key) for key in ("amina", "bo", "amina", "amina")] == [0] * 4
    assert gate.wait(THREE_A_MINUTE, "amina") > 0
    assert gate.wait(Rate("other", 3, 60.0), "amina") == 0


def test_throttle_forgets_what_is_whole_again_first():
    seconds = Seconds()
    gate = Throttle(seconds, room=4)
    for _ in range(3):
        gate.wait(THREE_A_MINUTE, "hasty")
    for number in range(40):
        gate.wait(THREE_A_MINUTE, f"passing {number}")
    assert gate.wait(THREE_A_MINUTE, "hasty") > 0
    assert len(gate._whole_at) <= 4


def test_throttle_keeps_what_is_pressing_where_forgetting_the_rest_is_enough():
    seconds = Seconds()
    gate = Throttle(seconds, room=4)
    for number in range(3):
        gate.wait(THREE_A_MINUTE, f"long ago {number}")
    seconds.now += 120
    gate.wait(THREE_A_MINUTE, "just now")
    gate.wait(THREE_A_MINUTE, "now")
    assert {key for _rate, key in gate._whole_at} == {"just now", "now"}


@given(st.lists(st.floats(0, 30), min_size=1, max_size=60))
def test_throttle_never_lets_more_through_in_a_period_than_twice_the_count(pauses):
    seconds = Seconds()
    gate = Throttle(seconds)
    passed = []
    for pause in pauses:
        seconds.now += pause
        if gate.wait(THREE_A_MINUTE, "key") == 0:
            passed.append(seconds.now)
    for start in passed:
        assert sum(start <= at < start + 60 for at in passed) < 2 * THREE_A_MINUTE.count


@pytest.mark.parametrize(
    "peer, forwarded, expected",
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 192.168.1.20", "198.51.100.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1,", "10.0.0.1"),
        ("2001:db8:1:2:3::4", "", "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("", "198.51.100.1", ""),
    ],
)
def test_client_address_believes_only_named_proxies(settings, peer, forwarded, expected):
    proxies = ("10.0.0.1", "192.168.0.0/16")
    app = create_app(settings.model_copy(update={"trusted_proxies": proxies}))
    with app.test_request_context(
        headers={"X-Forwarded-For": forwarded}, environ_base={"REMOTE_ADDR": peer}
    ):
        assert throttle.client_address() == expected


def test_sign_in_is_counted_per_mail_address_without_regard_to_case(app):
    with app.test_request_context(environ_base={"REMOTE_ADDR": "198.51.100.1"}):
        for address in ["amina@example.org"] * 4 + ["AMINA@example.org "]:
            throttle.check_sign_in(address)
        with pytest.raises(TooManyError) as refused:
            throttle.check_sign_in("amina@example.org")
        throttle.check_sign_in("bo@example.org")
    assert str(refused.value) == "That was too often. Please wait 180 s, then send it again."
    assert refused.value.retry_after == 180


def test_an_office_behind_one_address_asks_and_supports_freely(app):
    with app.test_request_context(environ_base={"REMOTE_ADDR": "198.51.100.1"}):
        for number in range(300):
            throttle.check_ask(f"person {number}")
            throttle.check_support(f"person {number}")
        for _ in range(throttle.ASK.count - 1):
            throttle.check_ask("person 1")
        with pytest.raises(TooManyError):
            throttle.check_ask("person 1")


@pytest.mark.parametrize("path, rate", [("plans", throttle.PLAN), ("turns", throttle.TURNS)])
def test_documents_are_counted_by_address(app, client, path, rate):
    app.extensions["townhall.throttle"] = throttle.Throttle(lambda: 0.0)
    answers = [client.post(f"/api/v1/{path}", json={}) for _ in range(rate.count + 1)]

    assert {answer.status_code for answer in answers[:-1]} == {422}
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
