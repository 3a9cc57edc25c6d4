"""Lenses by the API: named in the address, answered beside the fair order."""

import pytest

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

PLAN = {
    "minutes": 60,
    "from": "2026-12-09T00:00Z",
    "until": "2026-12-10T00:00Z",
    "top": 1,
    "seats": [
        {"name": "New York", "zone": "America/New_York"},
        {"name": "Karachi", "zone": "Asia/Karachi"},
    ],
}


def test_lenses_stand_in_the_answer_only_when_asked_for(client):
    plain = client.post("/api/v1/plans", json=PLAN).json
    asked = client.post("/api/v1/plans?lens=ceiling=8&lens=trade-off", json=PLAN).json
    seen = asked.pop("lenses")
    assert asked == plain
    assert {name: (view["value"], view["starts"]) for name, view in seen.items()} == {
        "ceiling": (8, 9),
        "trade-off": (None, 2),
    }


def test_a_lens_that_cannot_be_is_a_problem_of_its_field(client):
    refused = client.post("/api/v1/plans?lens=ceiling", json=PLAN)
    assert (refused.status_code, refused.json["code"], refused.json["field"]) == (
        422,
        "invalid",
        "lens",
    )


def test_the_description_knows_every_lens(client):
    described = client.get("/api/v1/openapi.json").json
    [parameter] = described["paths"]["/plans"]["parameters"]
    answer = client.post(
        "/api/v1/plans", json=PLAN, query_string={"lens": parameter["example"]}
    ).json
    view = described["components"]["schemas"]["LensView"]
    known = view["properties"]["best"]["items"]["properties"]
    for shown in answer["lenses"].values():
        assert set(shown) == set(view["properties"])
        assert all(set(look) <= set(known) for look in shown["best"])
