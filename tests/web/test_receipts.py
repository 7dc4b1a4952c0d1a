"""Every score has a receipt: a lead's story, why a score was what it was, and feedback."""

from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
import pytest

from ml.cli.serving import listen
from ml.contract.access import AccessMode
from ml.contract.access_settings import AccessSettings
from ml.core.scoring.inputs import inputs_sha256
from tests.support import web
from tests.support.receipts import receipt
from tests.support.rule_scorer import MODEL

ALL = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
LEAD = {"Prospect ID": "story-1", "total_visits": 3, "total_time_on_website": 900, "Tags": "late"}


def score(client, lead=LEAD, **cells):
    answer = client.post("/v1/score", json=lead | cells)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_receipt_tells_why_and_comes_out_the_same(client):
    scored = score(client, total_time_on_website=901)
    why = client.get(f"/v1/receipts/{scored['receipt_id']}").json()
    assert why["replay"] == {"same": True, "difference": 0.0, "problem": None}
    assert why["probability"] == scored["probability"]
    assert (why["score"], why["band"], why["version"]) == (scored["score"], scored["band"], "1")
    assert (why["use_case"], why["moment"], why["variant"]) == (
        "lead_conversion", "engaged", "champion",
    )  # fmt: skip
    cells = {"prospect_id": "story-1", "total_visits": 3, "total_time_on_website": 901}
    assert why["cells"] == cells  # by column name, and nothing that the model may not see
    assert why["inputs_sha256"] == inputs_sha256(cells)
    assert [reason["concept"] for reason in why["reasons_for"]] == ["Time on the website"]
    age = datetime.now(UTC) - datetime.fromisoformat(why["at"])
    assert 0 <= age.total_seconds() < 60


@pytest.mark.parametrize("odd", ["nothing", "0" * 32, "../../etc/passwd", "%27%3B--", "%00"])
def test_no_such_receipt(client, odd):
    answer = client.get(f"/v1/receipts/{odd}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_story_has_the_newest_score_first_and_pages(client):
    given = [score(client, {**LEAD, "Prospect ID": "story-2"}, total_visits=n) for n in range(5)]
    newest = [each["receipt_id"] for each in reversed(given)]
    client.get(f"/v1/receipts/{newest[0]}")  # waits until it is written
    story = client.get("/v1/leads/story-2?most=3").json()
    assert [each["receipt_id"] for each in story["scores"]] == newest[:3]
    assert story["scores"][0]["probability"] == given[-1]["probability"]
    assert story["older"] == newest[2]
    rest = client.get(f"/v1/leads/story-2?most=3&before={story['older']}").json()
    assert [each["receipt_id"] for each in rest["scores"]] == newest[3:]
    assert rest["older"] is None
    assert story["feedback"] == []


@pytest.mark.parametrize("most", ["0", "201", "-1", "x", ""])
def test_an_odd_page_is_refused(client, most):
    assert client.get(f"/v1/leads/story-1?most={most}").status_code == 422


def test_each_lead_of_a_batch_has_its_receipt(client):
    leads = [{"prospect_id": f"batch-{n}", "total_visits": n} for n in range(30)]
    leads += [leads[0], {"prospect_id": "batch-31", "total_visits": -1}]
    results = client.post("/v1/score/batch", json={"leads": leads}).json()["results"]
    receipts = [result.get("receipt_id") for result in results]
    assert len(set(receipts[:30])) == 30
    assert receipts[30] == receipts[0]  # the very lead of the same request
    assert receipts[31] is None
    assert client.get(f"/v1/receipts/{receipts[29]}").json()["cells"] == leads[29]
    lines = b'{"prospect_id": "line-1", "total_visits": 2}\n'
    told = client.post(
        "/invocations", content=lines, headers={"content-type": "application/jsonlines"}
    )
    assert client.get(f"/v1/receipts/{told.json()['receipt_id']}").json()["lead"] == "line-1"


def test_the_example_of_the_page_leaves_no_receipt(client, home):
    before = sum(1 for _ in web.stores(home).receipts.between(*ALL))
    assert client.get("/docs").status_code == 200
    score(client)
    client.get("/v1/leads/nobody-at-all")  # waits until all is written
    assert sum(1 for _ in web.stores(home).receipts.between(*ALL)) == before + 1


@contextmanager
def serving(home):
    with (
        web.server(home) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=30) as client,
    ):
        yield client


def test_nothing_is_lost_when_a_server_is_told_to_stop(tmp_path):
    web.deploy(tmp_path, "1")
    with serving(tmp_path) as client:
        results = client.post(
            "/v1/score/batch",
            json={"leads": [{"prospect_id": f"l-{n}", "total_visits": 1} for n in range(900)]},
        ).json()["results"]
    kept = [receipt.id for receipt in web.stores(tmp_path).receipts.between(*ALL)]
    assert sorted(kept) == sorted(result["receipt_id"] for result in results)


def test_a_score_of_another_version_is_made_again_while_its_package_is_there(tmp_path):
    web.deploy(tmp_path, "1", seconds=500)
    with serving(tmp_path) as client:
        first = score(client)
    web.deploy(tmp_path, "2", seconds=900)
    with serving(tmp_path) as client:
        assert score(client)["score"] != first["score"]
        why = client.get(f"/v1/receipts/{first['receipt_id']}").json()
        assert (why["replay"]["same"], why["score"], why["version"]) == (True, first["score"], "1")
    package = next((tmp_path / "serving").glob("*/1"))
    package.rename(tmp_path / "away")
    with serving(tmp_path) as client:
        why = client.get(f"/v1/receipts/{first['receipt_id']}").json()
    assert why["replay"]["same"] is None
    assert "no version 1 of" in why["replay"]["problem"]
    assert why["score"] == first["score"]
    assert why["reasons_for"] is None


def test_cells_that_a_later_release_refuses_are_told(client, home):
    cells = {"prospect_id": "old-1", "total_visits": "-2"}
    old = receipt(
        1, "old-1", version="1", model=MODEL, cells=cells, inputs_sha256=inputs_sha256(cells)
    )
    web.stores(home).receipts.add([old])
    replay = client.get(f"/v1/receipts/{old.id}").json()["replay"]
    assert (replay["same"], replay["difference"]) == (False, None)
    assert "refuses one of its cells" in replay["problem"]


def say(client, document, lead="said-1", **words):
    return client.post(f"/v1/leads/{lead}/feedback", json=document, **words)


@pytest.fixture
def receipt_id(client):
    return score(client, {**LEAD, "Prospect ID": "said-1"})["receipt_id"]


COMMENT = '=HYPERLINK("x")\'); DROP TABLE feedback;-- <script>alert(1)</script>\nbye'


def test_feedback_is_kept_once_with_its_history(client, receipt_id):
    up = {"verdict": "up", "comment": COMMENT, "receipt_id": receipt_id}
    first = say(client, up)
    assert first.status_code == 200
    assert first.json() | up == first.json()
    assert first.json()["rep"] == "you"
    assert say(client, up).json() == first.json()
    assert say(client, {"verdict": "down"}).status_code == 200
    assert say(client, {"verdict": "won", "comment": ""}).status_code == 200
    story = client.get("/v1/leads/said-1").json()
    assert [each["verdict"] for each in story["feedback"]] == ["won", "down", "up"]
    assert story["feedback"][-1]["comment"] == COMMENT
    assert {kind: each["verdict"] for kind, each in story["counts"].items()} == {
        "score": "down", "progress": "won",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"verdict": "6"}, "/verdict"),
        ({"verdict": 5}, "/verdict"),
        ({"verdict": ["up"]}, "/verdict"),
        ({}, "/verdict"),
        ({"verdict": "up", "comment": "x" * 2_001}, "/comment"),
        ({"verdict": "up", "comment": "a\u0000b"}, "/comment"),
        ({"verdict": "up", "comment": 3}, "/comment"),
        ({"verdict": "up", "receipt_id": "0" * 32}, "/receipt_id"),
        ({"verdict": "up", "rep": "somebody else"}, None),
        (["up"], None),
    ],
)
@pytest.mark.usefixtures("receipt_id")
def test_feedback_that_cannot_be_read_is_refused(client, document, pointer):
    answer = say(client, document)
    assert answer.status_code == 422
    assert answer.json()["errors"][0].get("pointer") == pointer


@pytest.mark.usefixtures("receipt_id")
def test_the_receipt_of_another_lead_is_refused(client):
    other = score(client, {**LEAD, "Prospect ID": "said-2"})["receipt_id"]
    assert say(client, {"verdict": "up", "receipt_id": other}).status_code == 422


@pytest.mark.parametrize(
    "lead", ["nobody", "' OR 1=1 --", "..%2F..%2Fx", "%00", "a/b/c", "a" * 999]
)
def test_a_lead_that_nobody_scored_is_unknown(client, lead):
    assert say(client, {"verdict": "up"}, lead).status_code == 404
    assert client.get(f"/v1/leads/{lead}").status_code == 404


def test_an_id_with_a_slash_is_a_lead_too(client):
    score(client, {**LEAD, "Prospect ID": "a/b?c=ü"})
    path = "/v1/leads/a%2Fb%3Fc=%C3%BC"
    assert say(client, {"verdict": "worked"}, "a%2Fb%3Fc=%C3%BC").status_code == 200
    assert client.get(path).json()["counts"]["progress"]["verdict"] == "worked"


def test_a_body_of_another_kind_is_refused(client):
    answer = client.post("/v1/leads/said-1/feedback", data={"verdict": "up"})
    assert answer.status_code == 415


def test_figures_tell_what_became_of_receipts(client):
    def written():
        lines = client.get("/metrics").text.splitlines()
        told = [line for line in lines if line.startswith("leadwise_receipts_total{")]
        return sum(float(line.split()[1]) for line in told if 'outcome="written"' in line)

    before = written()
    client.get(f"/v1/receipts/{score(client)['receipt_id']}")  # waits until it is written
    assert written() == before + 1


def test_a_server_that_takes_no_receipts_promises_none(tmp_path):
    web.deploy(tmp_path, "1")
    with web.server(tmp_path, receipts_waiting=0) as url:
        answer = httpx.post(f"{url}/v1/score", json=LEAD, trust_env=False)
    assert answer.json()["receipt_id"] is None
    assert not (tmp_path / "serving" / "receipts.db").exists()


def test_how_long_receipts_are_kept_is_the_environments_to_say(tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(
        "ml.serving.server.serve", lambda _, settings, *__, **___: started.append(settings)
    )
    monkeypatch.setenv("LEADWISE_RECEIPTS_DAYS", "30")
    monkeypatch.setenv("LEADWISE_MOMENT", "another")
    listen(
        web.USE_CASE, web.MOMENT, str(tmp_path), host="127.0.0.1", port=1, workers=1,
        doors=AccessSettings(mode=AccessMode.MACHINE),
    )  # fmt: skip
    assert [(told.receipts_days, told.moment) for told in started] == [(30, web.MOMENT.name)]
