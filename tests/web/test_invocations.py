"""SageMaker's container contract."""

import csv
import io
import json
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support import web


def invoke(client: httpx.Client, content: bytes, kind: str, **headers: str) -> httpx.Response:
    return client.post("/invocations", content=content, headers={"Content-Type": kind} | headers)


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_csv_in_gives_csv_out_with_one_row_per_lead(client):
    answer = invoke(client, web.sample(), "text/csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    rows = rows_of(answer)
    assert len(rows) == 40
    assert {row["status"] for row in rows} == {"scored"}
    assert all(0 <= int(row["score"]) <= 100 for row in rows)


def test_a_bad_row_keeps_its_place(client):
    leads = [web.lead_row(n) for n in range(5)]
    leads[2]["TotalVisits"] = "-1"
    body = web.csv_of(leads) + b"one,two\n"
    rows = rows_of(invoke(client, body, "text/csv"))
    assert [row["status"] == "scored" for row in rows] == [True, True, False, True, True, False]
    assert "NEGATIVE" in rows[2]["attention"]
    assert "FIELD_COUNT" in rows[5]["attention"]


def test_json_lines_in_and_out(client):
    lines = [json.dumps({"prospect_id": str(n), "total_visits": n}) for n in range(3)]
    answer = invoke(client, "\n".join([*lines, "{oops"]).encode(), "application/jsonlines")
    results = [json.loads(line) for line in answer.text.splitlines()]
    assert [result["status"] for result in results] == ["scored"] * 3 + ["needs_attention"]


def test_json_takes_one_lead_or_a_batch(client):
    one = invoke(client, b'{"prospect_id": "a"}', "application/json").json()
    many = invoke(client, b'{"leads": [{"prospect_id": "a"}]}', "application/json").json()
    assert one.pop("receipt_id") != many["results"][0].pop("receipt_id")
    assert one.pop("scored_at") <= many["results"][0].pop("scored_at")
    assert many["results"] == [one]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/json", "application/json"),
        ("application/jsonlines", "application/jsonlines"),
        ("text/csv; charset=utf-8", "text/csv"),
        ("*/*", "text/csv"),
        ("image/png, application/json;q=0.5", "application/json"),
    ],
)
def test_accept_chooses_the_form_of_the_answer(client, accept, kind):
    answer = invoke(client, web.sample(), "text/csv", Accept=accept)
    assert answer.headers["content-type"].split(";")[0] == kind


def test_all_forms_say_the_same(client):
    as_csv = rows_of(invoke(client, web.sample(), "text/csv"))
    as_json = invoke(client, web.sample(), "text/csv", Accept="application/json").json()["results"]
    assert [int(row["score"]) for row in as_csv] == [result["score"] for result in as_json]


def test_an_answer_in_a_form_that_nobody_speaks_is_refused(client):
    assert invoke(client, web.sample(), "text/csv", Accept="image/png").status_code == 406


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", "EMPTY_FILE"),
        (b"Lead Origin\nAPI\n", "MISSING_COLUMN"),
        (b"TotalVisits,total_visits\n1,2\n", "DUPLICATE_COLUMN"),
        (b'"Prospect ID\n', "NOT_CSV"),
        ("Prospect ID\ncafé\n".encode("utf-16"), "ENCODING"),
    ],
)
def test_csv_that_cannot_be_read_is_refused_whole(client, body, rule):
    answer = invoke(client, body, "text/csv")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["rule"] == rule


def test_a_header_without_leads_is_refused(client):
    answer = invoke(client, web.csv_of([]), "text/csv")
    assert answer.json()["errors"][0]["rule"] == "NO_ROWS"


def test_text_that_a_spreadsheet_would_run_is_answered_as_text(client):
    lead = web.lead_row(1) | {"TotalVisits": "=1+1"}
    row = rows_of(invoke(client, web.csv_of([lead]), "text/csv"))[0]
    assert not row["attention"].startswith("=")


@pytest.fixture
def runtime(url: str) -> Any:
    """boto3's own client; only the address that it asks is another."""
    made = boto3.client(
        "sagemaker-runtime",
        endpoint_url=url,
        region_name="eu-central-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )
    yield made
    made.close()


def test_the_client_of_sagemaker_works_unchanged(runtime):
    body = json.dumps({"prospect_id": "a", "total_time_on_website": 900})
    answer = runtime.invoke_endpoint(
        EndpointName=web.MODEL, Body=body, ContentType="application/json"
    )
    assert json.loads(answer["Body"].read())["status"] == "scored"
    assert answer["ContentType"] == "application/json"
    assert answer["InvokedProductionVariant"]

    table = runtime.invoke_endpoint(
        EndpointName=web.MODEL, Body=web.sample(), ContentType="text/csv", Accept="text/csv"
    )
    assert len(table["Body"].read().splitlines()) == 41


def test_another_endpoint_is_not_found(runtime):
    with pytest.raises(ClientError) as caught:
        runtime.invoke_endpoint(EndpointName="other", Body=b"{}", ContentType="application/json")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
