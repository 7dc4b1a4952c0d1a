"""Receipts of a real server: none is lost, every score is made again, and leads are forgotten."""

import csv
import io
import json
import os
import signal
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.bootstrap import filed_receipt, serving_stores
from ml.contract.candidates import Candidate
from ml.contract.feedback import Feedback, FeedbackVerdict
from ml.contract.ledger import Action, chain_faults
from ml.contract.moments import ENGAGED
from ml.contract.names import Estimator
from ml.contract.receipts import new_receipt_id
from ml.core.features import feature_frame, feature_pipeline
from ml.core.sample import sample_csv
from ml.core.scored_table import UNREAD
from ml.core.scoring import Scorer, package, package_sha256
from ml.ports import Deployment
from ml.serving.keeping import Stores
from ml.serving.replay import Replayer
from ml.serving.result_store import TABLE
from ml.steps.erase import erasures_of, lead_digest
from ml.steps.run_files import write
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.command_line import COMMAND, leadwise
from tests.support.processes import answers, free_port, serve
from tests.support.watching import Told, generated, home_of
from tests.support.web import finished

MODEL = LEAD_CONVERSION.model_name(ENGAGED)
HOME = "receipts-home"
ALL = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
LEADS = list(csv.DictReader(io.StringIO(sample_csv(LEAD_CONVERSION, rows=120, seed=5).decode())))
ID = LEAD_CONVERSION.schema.id.source


@pytest.fixture(scope="module")
def runtime(tmp_path_factory):
    """A home with a registered model in force."""
    home = tmp_path_factory.getbasetemp() / HOME
    runtime, rows = home_of(home, Told()), generated(rows=600, seed=4)
    candidate = Candidate(estimator=Estimator.LIGHTGBM, params=(("n_estimators", 30),))
    pipeline = feature_pipeline(LEAD_CONVERSION, ENGAGED, candidate, seed=0, threads=1)
    example = feature_frame(rows, LEAD_CONVERSION, ENGAGED)
    pipeline.fit(example, rows["converted"].to_numpy())
    files = package(
        pipeline, use_case=LEAD_CONVERSION, moment=ENGAGED, model_name=MODEL, background=rows,
        facts={},
    )  # fmt: skip
    with runtime.tracker.run("made by hand", "one") as run, runtime.lake.scratch() as scratch:
        write(files, scratch / "package")
        runtime.registry.register(
            MODEL, run=run, package=scratch / "package", pipeline=pipeline,
            example=example.head(2), tags={"package_sha256": package_sha256(files)},
        )  # fmt: skip
    runtime.endpoint.deploy(Deployment(model=MODEL, version="1", files=files))
    return runtime


@contextmanager
def served(home):
    """Two workers, and a client of theirs."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    words = ["serve", "lead_conversion", "--moment", "engaged", "--home", home, "--workers", "2"]
    command = [*COMMAND, *words, "--port", str(port)]
    with (
        serve(command, ready=answers(f"{url}/health/ready"), seconds=120) as server,
        httpx.Client(base_url=url, trust_env=False, timeout=30) as client,
    ):
        yield server, client


@dataclass(frozen=True)
class Answered:
    """What the servers of a home told before each was stopped."""

    home: Path
    stores: Stores
    killed: httpx.Response
    repeated: httpx.Response
    scored: list[dict]
    job: str


def keyed(client):
    return client.post("/v1/score", json=LEADS[0], headers={"Idempotency-Key": "k"})


@pytest.fixture(scope="module")
def answered(runtime, tmp_path_factory):
    """A server that is killed, and one that is told to stop, each just after its last answer."""
    home = tmp_path_factory.getbasetemp() / HOME
    with served(home) as (server, client):
        killed = keyed(client)
        os.killpg(server.process.pid, signal.SIGKILL)
    with served(home) as (server, client):
        repeated = keyed(client)
        scored = [client.post("/v1/score", json=lead).json() for lead in LEADS]
        batch = client.post("/v1/score/batch", json={"leads": LEADS}).json()["results"]
        file = sample_csv(LEAD_CONVERSION, rows=120, seed=5)
        job = client.post("/v1/jobs", content=file, headers={"content-type": "text/csv"}).json()
        assert finished(client, job["id"])["counts"]["scored"] == 120
        server.process.terminate()
        server.process.wait(60)
    stores = serving_stores(runtime, home)
    return Answered(home, stores, killed, repeated, [*scored, *batch], job["id"])


def test_a_killed_server_gave_the_answer_that_a_repeat_gets_and_one_receipt(answered):
    assert answered.killed.status_code == 200
    assert answered.repeated.content == answered.killed.content
    assert answered.repeated.headers["idempotent-replayed"] == "true"
    receipt_id = answered.killed.json()["receipt_id"]
    story = answered.stores.receipts.of_lead(LEADS[0][ID])
    assert [receipt.id for receipt in story].count(receipt_id) == 1
    assert len(story) == 3  # and one of each way to score it again


def test_two_workers_that_are_told_to_stop_lose_no_receipt(answered):
    kept = {receipt.id: receipt for receipt in answered.stores.receipts.between(*ALL)}
    given = {answer["receipt_id"]: answer for answer in answered.scored}
    assert len(given) == 2 * len(LEADS)
    assert set(kept) == set(given) | {answered.killed.json()["receipt_id"]}
    for receipt_id, answer in given.items():
        receipt = kept[receipt_id]
        assert (receipt.prediction, receipt.score) == (answer["probability"], answer["score"])


def test_every_score_is_made_again_to_the_same_number(answered):
    replayer = Replayer(answered.stores.package, partial(Scorer.of, use_case=LEAD_CONVERSION))
    told = [replayer.why(receipt) for receipt in answered.stores.receipts.between(*ALL)]
    assert {each["replay"]["same"] for each in told} == {True}
    assert max(each["replay"]["difference"] for each in told) <= 1e-12
    assert all(each["reasons_for"] or each["reasons_against"] for each in told)


def test_every_row_of_a_file_is_made_again_to_the_same_number(answered):
    replayer = Replayer(answered.stores.package, partial(Scorer.of, use_case=LEAD_CONVERSION))
    of = [filed_receipt(answered.home, f"{answered.job}-{line}") for line in range(2, 122)]
    told = [replayer.why(receipt) for receipt in of]
    assert [receipt.lead for receipt in of] == [lead[ID] for lead in LEADS]
    assert {each["replay"]["same"] for each in told} == {True}
    asked = leadwise("why", of[7].id, "--home", answered.home, "--json")
    assert json.loads(asked.out)["replay"]["same"] is True, asked.err


def test_a_person_asks_why(answered):
    receipt_id = answered.scored[0]["receipt_id"]
    asked = leadwise("why", receipt_id, "--home", answered.home, "--json")
    assert asked.code == 0, asked.err
    told = json.loads(asked.out)
    assert told["replay"] == {"same": True, "difference": 0.0, "problem": None}
    assert told["cells"][LEAD_CONVERSION.schema.id.name] == LEADS[0][ID]
    shown = leadwise("why", receipt_id, "--home", answered.home)
    assert "made again, the score is the same" in shown.out
    unknown = leadwise("why", "0" * 32, "--home", answered.home)
    assert (unknown.code, "holds no receipt" in unknown.err) == (2, True)


@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        ({"version": "7"}, 4, "holds no version 7"),
        ({"package_sha256": "00" * 32}, 4, "has SHA-256"),
        ({"prediction": 0.5, "score": 50}, 4, "not 50"),
        ({"cells": {"prospect_id": "other"}}, 4, "the receipt was changed"),
    ],
)
def test_a_score_that_is_not_made_again_is_told(answered, changed, code, said):
    real = answered.stores.receipts.find(answered.scored[0]["receipt_id"])
    false = replace(real, id=new_receipt_id(), lead="false", **changed)
    answered.stores.receipts.add([false])
    try:
        asked = leadwise("why", false.id, "--home", answered.home)
    finally:
        answered.stores.receipts.forget(["false"])
    assert asked.code == code
    assert said in asked.err


def _scored_file(home, lead):
    """What the page keeps of a file with two leads."""
    folder = home / "serving" / "results" / new_receipt_id()
    folder.mkdir(parents=True)
    table = pa.table({"Prospect ID": ["a", lead], UNREAD: pa.array([None, None], pa.string())})
    pq.write_table(table, folder / TABLE)
    return folder


def test_a_lead_is_forgotten_everywhere_and_the_ledger_tells_without_its_id(answered, runtime):
    lead, home = LEADS[0][ID], answered.home
    file = home / "sample.csv"
    file.write_bytes(sample_csv(LEAD_CONVERSION, rows=120, seed=5))
    put = leadwise("features", "put", "lead_conversion", "--data", file, "--home", home)
    assert put.code == 0, put.err
    said = Feedback(id=new_receipt_id(), lead=lead, rep="ana", verdict=FeedbackVerdict.UP)
    answered.stores.feedback.add(said)
    results = {of: _scored_file(home, of) for of in (f" {lead}", "someone else")}
    before = sum(1 for _ in answered.stores.receipts.between(*ALL))
    done = leadwise(
        "erase", "lead_conversion", lead, "nobody", "--reason", "asked for", "--home", home,
        "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    assert json.loads(done.out)["leads"] == {
        lead: {"receipts": 3, "feedback": 1, "answers": 1, "files": 2, "features": 1},
        "nobody": {"receipts": 0, "feedback": 0, "answers": 0, "files": 0, "features": 0},
    }
    assert sum(1 for _ in answered.stores.receipts.between(*ALL)) == before - 3
    assert answered.stores.feedback.of_leads([lead]) == []
    assert [folder.exists() for folder in results.values()] == [False, True]
    assert filed_receipt(home, f"{answered.job}-2") is None
    told = runtime.ledger.entries(erasures_of(LEAD_CONVERSION))
    assert [(entry.action, entry.version) for entry in told] == [
        (Action.ERASE, lead_digest(lead)), (Action.ERASE, lead_digest("nobody")),
    ]  # fmt: skip
    assert told[0].why == "asked for: receipts 3, feedback 1, answers 1, files 2, features 1"
    assert list(chain_faults(told)) == []
    for kept in (home / "serving").glob("*.db*"):
        assert lead.encode() not in kept.read_bytes(), kept
