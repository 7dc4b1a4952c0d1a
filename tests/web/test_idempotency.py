"""Idempotency-Key: a repeated request gets the answer that the first one got, and one receipt."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support import web
from tests.web.test_receipts import ALL

LEAD = {"prospect_id": "once-1", "total_visits": 3, "total_time_on_website": 900}


def post(client, key, document=LEAD, path="/v1/score", **words):
    return client.post(path, json=document, headers={"Idempotency-Key": key}, **words)


def receipts_of(client, lead):
    client.get("/v1/leads/nobody-at-all")  # waits until all is written
    return client.get(f"/v1/leads/{lead}").json()["scores"]


def test_a_repeat_gets_the_same_answer_and_there_is_one_receipt(client):
    first, second = post(client, "k-1"), post(client, "k-1")
    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert second.headers["content-type"] == "application/json"
    assert [each["receipt_id"] for each in receipts_of(client, "once-1")] == [
        first.json()["receipt_id"]
    ]


def test_another_body_under_the_same_key_is_refused(client):
    post(client, "k-2")
    for changed in (
        post(client, "k-2", LEAD | {"total_visits": 4}),
        post(client, "k-2", params={"reasons": 3}),
    ):
        assert changed.status_code == 422
        assert "another request" in changed.json()["title"]


def test_a_key_belongs_to_its_address(client):
    batch = {"leads": [LEAD | {"prospect_id": f"once-b{n}"} for n in range(25)]}
    assert post(client, "k-3").status_code == 200
    first = post(client, "k-3", batch, "/v1/score/batch")
    assert first.status_code == 200
    assert post(client, "k-3", batch, "/v1/score/batch").content == first.content
    assert len(receipts_of(client, "once-b7")) == 1


def test_what_was_refused_is_not_kept(client):
    assert post(client, "k-4", LEAD | {"total_visits": -1}).status_code == 422
    assert post(client, "k-4").status_code == 200


def test_feedback_under_a_key(client):
    post(client, "k-5", LEAD | {"prospect_id": "once-5"})
    given = [post(client, "k-6", {"verdict": v}, "/v1/leads/once-5/feedback") for v in ("up", "up")]
    post(client, "k-7", {"verdict": "down"}, "/v1/leads/once-5/feedback")
    repeated = post(client, "k-6", {"verdict": "up"}, "/v1/leads/once-5/feedback")
    assert {answer.content for answer in given} == {repeated.content}
    said = client.get("/v1/leads/once-5").json()["feedback"]
    assert [each["verdict"] for each in said] == ["down", "up"]


def test_a_file_under_a_key_is_one_job_however_the_form_is_written(client, home):
    def send(key, seconds, boundary="one"):
        form = {"content-type": f"multipart/form-data; boundary={boundary}"}
        rows = [web.lead_row(number, total_time_on_website=seconds) for number in range(3)]
        return client.post(
            "/v1/jobs", files={"file": ("a.csv", web.csv_of(rows))},
            headers={"Idempotency-Key": key, **form},
        )  # fmt: skip

    first = send("f-1", "711")
    assert first.status_code == 202
    assert web.finished(client, first.json()["id"])["state"] == "done"
    again = send("f-1", "711", "two")
    assert (again.status_code, again.headers["idempotent-replayed"]) == (202, "true")
    assert again.content == first.content
    other = send("f-1", "712")
    assert other.status_code == 422
    assert "another request" in other.json()["title"]
    assert send("f-2", "711").json()["id"] == first.json()["id"], "the same file is the same job"
    left = {folder.name for folder in (home / "serving" / "uploads").glob("*")}
    assert left <= {job["id"] for job in client.get("/v1/jobs").json()["jobs"]}


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_an_odd_key_is_refused(client, key):
    assert post(client, key).status_code == 422


def test_of_many_at_once_all_get_one_answer(client):
    lead = LEAD | {"prospect_id": "once-8"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(client, "k-8", lead), range(16)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len(receipts_of(client, "once-8")) == 1


def test_a_key_cannot_be_honoured_while_its_store_is_away(tmp_path):
    web.deploy(tmp_path, "1")
    (tmp_path / "serving" / "answers.db").write_bytes(b"not a database at all, but long enough")
    with (
        web.server(tmp_path) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=30) as client,
    ):
        away = post(client, "k")
        assert (away.status_code, away.headers["retry-after"]) == (503, "5")
        assert "answers.db" not in away.text
        assert client.post("/v1/score", json=LEAD).status_code == 200
    assert len(list(web.stores(tmp_path).receipts.between(*ALL))) == 1
