"""Ping, health, and a model that is swapped while the server runs."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.support import web

LEAD = {"prospect_id": "a", "total_time_on_website": 700}


def until(holds: Callable[[], bool]) -> None:
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to hold")


def test_ping_is_empty_and_says_yes(client):
    answer = client.get("/ping")
    assert (answer.status_code, answer.content) == (200, b"")


def test_ready_names_what_serves(client):
    said = client.get("/health/ready").json()
    assert (said["status"], said["moment"], said["version"]) == ("ready", "engaged", "1")
    assert len(said["sha256"]) == 64
    assert said["problem"] is None


def test_without_a_model_the_server_lives_and_says_what_is_missing(tmp_path):
    with web.server(tmp_path) as url, httpx.Client(base_url=url, trust_env=False) as client:
        assert client.get("/health/live").status_code == 200
        assert client.get("/ping").status_code == 503
        ready = client.get("/health/ready")
        assert ready.status_code == 503
        assert web.MODEL in ready.json()["problem"]
        refused = client.post("/v1/score", json=LEAD)
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        assert "No model is ready" in client.get("/").text

        web.deploy(tmp_path, "1")
        until(lambda: client.get("/ping").status_code == 200)


def test_a_new_version_takes_over_without_a_failed_or_mixed_answer(tmp_path):
    web.deploy(tmp_path, "1", seconds=500)
    with web.server(tmp_path) as url, httpx.Client(base_url=url, trust_env=False) as client:
        stop, seen = False, set[tuple[str, int]]()

        def ask() -> None:
            with httpx.Client(base_url=url, trust_env=False) as own:
                while not stop:
                    batch = own.post("/v1/score/batch", json={"leads": [LEAD] * 30})
                    assert batch.status_code == 200
                    told = {(r["model_version"], r["score"]) for r in batch.json()["results"]}
                    assert len(told) == 1, "one request, one model"
                    seen.update(told)

        with ThreadPoolExecutor(3) as pool:
            asking = [pool.submit(ask) for _ in range(3)]
            until(lambda: seen)
            web.deploy(tmp_path, "2", seconds=100)
            until(lambda: client.get("/health/ready").json()["version"] == "2" and len(seen) > 1)
            stop = True
            for future in asking:
                future.result()
    assert {version for version, _ in seen} == {"1", "2"}
    assert len(seen) == 2, "each version has one score for one lead"


def test_a_refused_package_leaves_the_last_good_one_in_force(tmp_path):
    web.deploy(tmp_path, "1")
    with web.server(tmp_path) as url, httpx.Client(base_url=url, trust_env=False) as client:
        before = client.post("/v1/score", json=LEAD).json()
        web.deploy(tmp_path, "2", content=b"broken")
        until(lambda: client.get("/health/ready").json()["problem"] is not None)
        said = client.get("/health/ready")
        assert said.status_code == 200
        assert said.json()["version"] == "1"
        assert "version 1 keeps serving" in said.json()["problem"]
        after = client.post("/v1/score", json=LEAD).json()
        new = {name: after[name] for name in ("receipt_id", "scored_at")}
        assert after == before | new

        web.deploy(tmp_path, "3")
        until(lambda: client.get("/health/ready").json()["version"] == "3")
        assert client.get("/health/ready").json()["problem"] is None
