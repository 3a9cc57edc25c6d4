"""Series and several sittings by the API."""

import pytest

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

SEATS = [
    {"name": "New York", "zone": "America/New_York"},
    {"name": "Kinshasa", "zone": "Africa/Kinshasa"},
    {"name": "Suva", "zone": "Pacific/Fiji"},
]
WINDOWS = [
    {"from": "2026-12-09T00:00Z", "until": "2026-12-10T00:00Z"},
    {"from": "2026-12-16T00:00Z", "until": "2026-12-17T00:00Z"},
]


def test_a_series_is_answered_whole_with_an_option_for_each_occurrence(client):
    asked = {"minutes": 60, "distinct_times": 2, "occurrences": WINDOWS, "seats": SEATS}

    found = client.post("/api/v1/plans", json={**asked, "time_limit_s": 60}).json

    series = found["series"]
    assert series.pop("seconds") < 10
    assert series == {
        "starts": ["2026-12-09T18:00Z", "2026-12-16T20:00Z"],
        "ledgers": {"New York": 0, "Kinshasa": 24, "Suva": 20},
        "worst_first": [24, 20, 0],
        "people_points": 44,
        "inequality": "4/11",
        "status": "optimal",
        "bound": 24,
    }
    assert [option["start"] for option in found["options"]] == series["starts"]


def test_sittings_are_answered_with_who_attends_which(client):
    asked = {"minutes": 60, **WINDOWS[0], "sittings": 2, "seats": SEATS}

    found = client.post("/api/v1/plans", json=asked).json

    assert found["sittings"]["own"] == {"New York": 1, "Kinshasa": 1, "Suva": 0}
    assert found["sittings"]["worst_first"] == [0, 0, 0]
    assert (found["sittings"]["status"], found["sittings"]["bound"]) == ("optimal", 0)


def test_a_series_that_fits_nowhere_names_the_field_in_its_way(client):
    asked = {"minutes": 60, "weekdays": ["sat"], "occurrences": WINDOWS, "seats": SEATS}

    found = client.post("/api/v1/plans", json=asked).json["nothing_fits"]

    assert found == {
        "occurrence": 0,
        "ruled_out": {"New York": 0, "Kinshasa": 0, "Suva": 0},
        "starts_without": {"New York": 0, "Kinshasa": 0, "Suva": 0},
        "relax": [],
        "fields": [["weekdays"]],
        "complete": True,
        "why": "There would be a plan without this: the choice of weekdays (weekdays).",
    }
    arabic = client.post("/api/v1/plans", json=asked, headers={"Accept-Language": "ar"}).json
    assert arabic["nothing_fits"]["fields"] == [["weekdays"]]
    assert arabic["nothing_fits"]["why"] != found["why"]
    described = client.get("/api/v1/openapi.json").json["components"]["schemas"]["PlanAnswer"]
    assert set(found) == set(described["properties"]["nothing_fits"]["properties"])


def test_a_lens_does_not_look_at_a_series(client):
    asked = {"minutes": 60, "occurrences": WINDOWS[:1], "seats": SEATS}

    refused = client.post("/api/v1/plans?lens=least-total", json=asked)

    assert (refused.status_code, refused.json["field"]) == (422, "lens")
    assert refused.json["title"] == "lens: Lenses look at one sitting, not at a series."


def test_the_description_names_what_is_answered(client):
    described = client.get("/api/v1/openapi.json").json["components"]["schemas"]
    known = described["PlanAnswer"]["properties"]
    series = {"minutes": 60, "occurrences": WINDOWS, "seats": SEATS}
    sittings = {"minutes": 60, **WINDOWS[0], "sittings": 2, "seats": SEATS}
    for name, asked in (("series", series), ("sittings", sittings)):
        found = client.post("/api/v1/plans", json=asked).json
        assert set(found) <= set(known)
        assert set(found[name]) == set(known[name]["properties"])
        assert set(asked) <= set(described["Plan"]["properties"])
