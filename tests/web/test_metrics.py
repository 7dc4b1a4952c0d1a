"""GET /metrics: what Prometheus is told."""

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support import web

LEAD = {"prospect_id": "a-1", "total_time_on_website": 900}


def figures(client: httpx.Client) -> dict[tuple[str, frozenset[str]], float]:
    """Each sample's value by its name and the values of its labels."""
    text = client.get("/metrics").text
    return {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def grown(client):
    """How much a figure has grown since the test began."""
    before = figures(client)

    def grown(name: str, *labels: str) -> float:
        key = (f"leadwise_{name}", frozenset(labels))
        return figures(client).get(key, 0) - before.get(key, 0)

    return grown


def test_requests_are_counted_by_route_method_and_status_and_timed(client, grown):
    client.post("/v1/score", json=LEAD)
    client.post("/v1/score", json={"prospect_id": "a-1", "total_visits": -1})
    client.get("/results/no-such-result")
    assert grown("requests_total", "/v1/score", "POST", "200") == 1
    assert grown("requests_total", "/v1/score", "POST", "422") == 1
    assert grown("requests_total", "/results/{id}", "GET", "404") == 1
    assert grown("request_seconds_count", "/v1/score") == 2


def test_leads_are_counted_by_band_and_refusals_by_rule(client, grown):
    scored = client.post("/v1/score", json=LEAD).json()
    leads = [LEAD | {"prospect_id": "b"}, {"prospect_id": "c", "total_visits": -1}]
    client.post("/v1/score/batch", json={"leads": leads})
    client.post("/v1/score", content=b"{", headers={"Content-Type": "application/json"})
    assert grown("leads_scored_total", scored["band"]) == 2
    assert grown("refusals_total", "NEGATIVE") == 1
    assert grown("refusals_total", "JSON_UNREADABLE") == 1


def test_the_version_that_serves_is_told_and_so_is_its_successor(tmp_path):
    web.deploy(tmp_path, "1")
    with web.server(tmp_path) as url, httpx.Client(base_url=url, trust_env=False) as client:
        first = _serving(client)
        web.deploy(tmp_path, "2")
        while _serving(client) == first:
            pass
        assert (first, _serving(client)) == ({"1"}, {"2"})


def _serving(client: httpx.Client) -> set[str]:
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        sample.labels["version"]
        for family in families
        for sample in family.samples
        if family.name == "leadwise_model_workers" and sample.value
    }


def test_made_up_addresses_make_no_new_figures(client, grown):
    for number in range(3):
        client.get(f"/made-up-{number}")
        client.request(f"MADEUP{number}", "/v1/score")
    assert grown("requests_total", "unknown", "GET", "404") == 3
    assert not any("made-up" in label for _, labels in figures(client) for label in labels)
