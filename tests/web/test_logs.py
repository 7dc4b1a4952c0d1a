"""S25: whatever comes, and whatever becomes of it, no lead is in the logs."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.support import rule_scorer, web

SEEDS = [
    seed
    for n in range(10)
    for seed in (f"ada.canary{n}@example.com", f"+4915555501{n:02d}", f"Ada Canary-{n}")
]
#: What answers: scored, held back, refused, unknown, and what nobody foresaw.
STATUSES = {200, 202, 303, 400, 404, 422, 500}


@contextmanager
def heard() -> Iterator[io.StringIO]:
    """All that the server logs, down to the smallest word, with tracebacks."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    loggers = [logging.getLogger(name) for name in ("", "uvicorn", "uvicorn.access")]
    before = [logger.level for logger in loggers]
    # The test's own client tells of every address.
    handler.addFilter(lambda record: not record.name.startswith(("httpx", "httpcore", "asyncio")))
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    try:
        yield text
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)


def ask(client: httpx.Client, seed: str) -> Iterator[httpx.Response]:
    """A lead that is named for a seed, in every place that a request has."""
    lead = {"prospect_id": seed, "city": seed, "total_visits": 3, seed: seed}
    row = web.lead_row(1, prospect_id=seed, city=seed)
    bad = web.lead_row(2, prospect_id=f"{seed}?", total_visits=seed)
    yield client.post("/v1/score", json=lead, headers={"Idempotency-Key": seed})
    yield client.post("/v1/score", json=lead | {"total_visits": seed})
    yield client.post("/v1/score", content=f'{{"prospect_id": "{seed}", ', headers={"x": seed})
    yield client.post("/v1/score/batch", json={"leads": [lead, lead | {"total_visits": seed}]})
    yield client.post(
        "/invocations", content=web.csv_of([row, bad]), headers={"Content-Type": "text/csv"}
    )
    yield client.post("/score", files={"file": (f"{seed}.csv", web.csv_of([row, bad]))})
    yield client.post("/v1/jobs", content=seed, headers={"Content-Type": "text/csv"})
    yield client.get(f"/v1/leads/{seed}")
    yield client.post(f"/v1/leads/{seed}/feedback", json={"verdict": "up", "comment": seed})
    yield client.get("/worklist", params={"q": seed, "capacity": seed})
    yield client.get(f"/nowhere/{seed}", headers={"Cookie": f"session={seed}"})


def test_no_lead_is_in_the_logs(tmp_path, monkeypatch: pytest.MonkeyPatch):
    web.deploy(tmp_path, "1")
    with (
        heard() as logs,
        web.server(tmp_path) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=30) as client,
    ):
        statuses = {answer.status_code for seed in SEEDS for answer in ask(client, seed)}
        monkeypatch.setattr(rule_scorer.RuleScorer, "score_record", _unforeseen)
        statuses |= {answer.status_code for answer in ask(client, SEEDS[0])}
    assert statuses >= STATUSES
    assert "ValueError" in logs.getvalue()
    assert "in _unforeseen" in logs.getvalue()
    assert [seed for seed in SEEDS if seed in logs.getvalue()] == []


def _unforeseen(*_: object, **__: object) -> None:
    raise ValueError(f"could not convert string to float: {SEEDS[0]!r}")


def test_a_lead_in_the_logs_would_be_heard():
    with heard() as logs:
        logging.getLogger("ml.serving.problems").info("refused %s", SEEDS[0])
    assert SEEDS[0] in logs.getvalue()
