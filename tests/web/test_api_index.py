"""The front door of the API: where everything is."""

import pytest

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


@pytest.mark.parametrize("path", ["/api/v1", "/api/v1/"])
def test_the_front_door_leads_to_the_description_and_to_both_rules(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    links = answer.json["links"]
    assert links == {
        "description": "http://localhost/api/v1/openapi.json",
        "plans": "http://localhost/api/v1/plans",
        "turns": "http://localhost/api/v1/turns",
    }
    described = client.get(links["description"]).json
    assert answer.json["version"] == described["info"]["version"]
    assert set(described["paths"]) == {"/", "/plans", "/turns"}
    for name in ("plans", "turns"):
        refused = client.post(links[name], json={})
        assert (refused.status_code, refused.json["code"]) == (422, "invalid")
