"""POST /v1/score and its batch: reasons, and pointers to what is wrong."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.support import web

PROGRAMS = ("/v1/", "/health/", "/endpoints/", "/ping", "/invocations", "/metrics")
LEAD = {"prospect_id": "a-1", "total_visits": 3, "total_time_on_website": 900}


def score(client: httpx.Client, document: object, query: str = "") -> httpx.Response:
    return client.post(f"/v1/score{query}", json=document)


def score_batch(client: httpx.Client, document: object, query: str = "") -> httpx.Response:
    return client.post(f"/v1/score/batch{query}", json=document)


def test_one_lead_gets_everything_that_a_sales_person_needs(client):
    answer = score(client, LEAD)
    assert answer.status_code == 200
    scored = answer.json()
    assert scored["status"] == "scored"
    assert scored["band"] == "Warm"
    assert scored["score"] == round(100 * scored["probability"])
    assert (scored["moment"], scored["model_version"]) == ("engaged", "1")
    assert scored["lead_id"] == LEAD["prospect_id"]
    age = datetime.now(UTC) - datetime.fromisoformat(scored["scored_at"])
    assert timedelta() <= age < timedelta(minutes=1)
    assert scored["score_low"] < scored["score"] < scored["score_high"]
    assert scored["interval"][0] < scored["probability"] < scored["interval"][1]
    assert scored["certainty"] == "open"
    assert scored["low_confidence"] is False
    assert scored["reasons_for"] == scored["reasons_against"] == []


def test_keys_are_column_names_or_any_header(client):
    by_header = {"Prospect ID": "a-1", "TotalVisits": 3, "total time spent on WEBSITE": 900}
    assert score(client, by_header).json()["score"] == score(client, LEAD).json()["score"]


def test_reasons_come_on_request(client):
    scored = score(client, LEAD, "?reasons=3").json()
    assert [reason["concept"] for reason in scored["reasons_for"]] == ["Time on the website"]


@pytest.mark.parametrize("asked", ["-1", "11", "three", "1.5", "²", ""])
def test_an_odd_number_of_reasons_is_refused(client, asked):
    answer = score(client, LEAD, f"?reasons={asked}")
    assert answer.status_code == 422
    assert "0 to 10" in answer.json()["errors"][0]["message"]


def test_a_lead_with_faults_is_refused_with_a_pointer_for_each(client):
    answer = score(client, {"Prospect ID": "a", "TotalVisits": -2, "do_not_email": "oui"})
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert [error["pointer"] for error in problem["errors"]] == ["/TotalVisits", "/do_not_email"]
    assert [error["rule"] for error in problem["errors"]] == ["NEGATIVE", "NOT_YES_NO"]
    assert problem["status"] == 422
    assert len(problem["error_id"]) == 16


def test_a_batch_keeps_its_order_and_gives_each_lead_its_own_status(client):
    leads = [LEAD | {"prospect_id": f"lead-{n}"} for n in range(1000)]
    leads[3] = leads[3] | {"total_visits": -1}
    answer = score_batch(client, {"leads": leads}).json()
    statuses = [result["status"] for result in answer["results"]]
    assert statuses.pop(3) == "needs_attention"
    assert set(statuses) == {"scored"}
    assert (answer["scored"], answer["needs_attention"]) == (999, 1)
    assert answer["results"][3]["errors"][0]["pointer"] == "/leads/3/total_visits"


def test_each_of_the_two_ways_refuses_what_belongs_to_the_other(client):
    batch, alone = score(client, {"leads": [LEAD]}), score_batch(client, LEAD)
    assert (batch.status_code, alone.status_code) == (422, 422)
    assert batch.json()["errors"][0]["hint"] == "send several leads to /v1/score/batch"
    assert '{"leads": [...]}' in alone.json()["errors"][0]["hint"]


def test_a_batch_scores_as_its_leads_do_alone(client):
    leads = [{"prospect_id": f"lead-{n}", "total_time_on_website": 97 * n} for n in range(25)]
    together = score_batch(client, {"leads": leads}, "?reasons=2").json()["results"]
    alone = [score(client, lead, "?reasons=2").json() for lead in leads]
    receipts = [result.pop("receipt_id") for result in (*together, *alone)]
    moments = [result.pop("scored_at") for result in (*together, *alone)]
    assert together == alone
    assert moments == sorted(moments)
    assert len(set(receipts)) == 50


def test_equal_leads_point_to_the_first_of_them(client):
    results = score_batch(client, {"leads": [LEAD, LEAD]}).json()["results"]
    assert results[1] == results[0] | {"duplicate_of": "/leads/0"}


def test_leads_that_share_an_id_and_differ_both_need_attention(client):
    leads = [LEAD, LEAD | {"total_visits": 4}, LEAD | {"prospect_id": "b"}]
    results = score_batch(client, {"leads": leads}).json()["results"]
    assert [result["status"] for result in results] == ["needs_attention"] * 2 + ["scored"]
    assert [r["errors"][0]["rule"] for r in results[:2]] == ["DUPLICATE_ID"] * 2
    assert results[1]["errors"][0]["pointer"] == "/leads/1/prospect_id"


def test_what_comes_after_the_moment_or_is_unknown_changes_nothing(client):
    scored = score(client, LEAD | {"Converted": 1, "Tags": "Ringing", "Shoe size": 44}).json()
    assert scored["score"] == score(client, LEAD).json()["score"]
    assert {warning["pointer"]: warning["rule"] for warning in scored["warnings"]} == {
        "/Converted": "TARGET_IGNORED",
        "/Tags": "LATER_COLUMN_IGNORED",
        "/Shoe size": "UNKNOWN_COLUMN",
    }


def test_the_description_names_every_route_that_programs_call(url, home):
    described = httpx.get(f"{url}/openapi.json", trust_env=False).json()
    served = {
        (path.replace(":path", ""), method.lower())
        for route in web.app(home).routes
        if (path := getattr(route, "path", "")).startswith(PROGRAMS)
        for method in getattr(route, "methods", ())
        if method != "HEAD"
    }
    told = {(path, method) for path, found in described["paths"].items() for method in found}
    assert told == served
    lead = described["components"]["schemas"]["Lead"]["properties"]
    assert "total_visits" in lead
    assert not {"tags", "converted"} & set(lead), "known later than the moment"


@pytest.mark.parametrize("path", ["/v1/score", "/v1/score/batch", "/invocations"])
def test_the_examples_in_the_description_are_accepted(client, path):
    body = client.get("/openapi.json").json()["paths"][path]["post"]["requestBody"]
    for example in body["content"]["application/json"]["examples"].values():
        assert client.post(path, json=example["value"]).status_code == 200
