"""Figures for Prometheus: what was asked, how it ended, how long it took and what serves.

With several workers each writes its own file, and whichever is asked adds them all up; see
https://prometheus.github.io/client_python/multiprocess/
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter as Counted
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ml.contract.access import Role
from ml.contract.names import PRODUCT
from ml.serving.access.callers import require
from ml.serving.live_model import LiveModel, LiveScorer
from ml.serving.server import METRICS_FOLDER

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """What one worker counts.

    Parameters
    ----------
    model : LiveModel
        Its version is told at every change.
    """

    def __init__(self, model: LiveModel) -> None:
        self._registry = own = CollectorRegistry()
        self.requests = Counter(
            f"{PRODUCT}_requests", "Answers by route and status.",
            ["route", "method", "status"], registry=own,
        )  # fmt: skip
        self.seconds = Histogram(
            f"{PRODUCT}_request_seconds", "From a request's head to the end of its answer.",
            ["route"], buckets=_SECONDS, registry=own,
        )  # fmt: skip
        self.turned_away = Counter(
            f"{PRODUCT}_turned_away", "Requests refused as others were waiting.", registry=own
        )
        self.scored = Counter(f"{PRODUCT}_leads_scored", "Leads by band.", ["band"], registry=own)
        self.refused = Counter(
            f"{PRODUCT}_refusals", "What was wrong with requests and leads, by rule.",
            ["rule"], registry=own,
        )  # fmt: skip
        self.receipts = Counter(
            f"{PRODUCT}_receipts", "Receipts by what became of them: written or dropped.",
            ["outcome"], registry=own,
        )  # fmt: skip
        self._workers = Gauge(
            f"{PRODUCT}_model_workers", "Worker processes that score with a version.",
            ["model", "version", "sha256"], multiprocess_mode="livesum", registry=own,
        )  # fmt: skip
        self._model, self._bands = model.model, dict[str, Counter]()
        model.swapped.append(self._swapped)

    def _swapped(self, live: LiveScorer, before: LiveScorer | None) -> None:
        """Which version serves."""
        if before is not None:
            self._workers.labels(self._model, before.version, before.sha256).set(0)
        self._workers.labels(self._model, live.version, live.sha256).set(1)

    def score(self, band: str) -> None:
        """Count a lead that was scored."""
        counter = self._bands.get(band)
        if counter is None:  # finding a child by its label costs more than counting
            counter = self._bands[band] = self.scored.labels(band)
        counter.inc()

    def score_many(self, results: Iterable[Mapping[str, Any]]) -> None:
        """Count the leads of a batch, and what was wrong with some."""
        results = list(results)
        bands = Counted(result["band"] for result in results if "band" in result)
        for band, leads in bands.items():
            self.scored.labels(band).inc(leads)
        self.refuse(error["rule"] for result in results for error in result.get("errors", ()))

    def keep(self, outcome: str, receipts: int) -> None:
        """Count receipts by what became of them."""
        self.receipts.labels(outcome).inc(receipts)

    def refuse(self, rules: Iterable[str]) -> None:
        """Count what was wrong."""
        for rule in rules:
            self.refused.labels(rule).inc()

    def text(self) -> bytes:
        """The figures of all workers."""
        return generate_latest(self._everyone())

    def families(self) -> list[Metric]:
        """The figures of all workers, to read on."""
        return list(self._everyone().collect())

    def _everyone(self) -> CollectorRegistry:
        if METRICS_FOLDER not in os.environ:
            return self._registry
        everyone = CollectorRegistry()
        MultiProcessCollector(everyone)  # type: ignore[no-untyped-call]  # the library has no types here
        return everyone

    @contextlib.asynccontextmanager
    async def lived(self) -> AsyncIterator[None]:
        """Take this worker's model out of the count when it ends."""
        yield
        if METRICS_FOLDER in os.environ:
            mark_process_dead(os.getpid())  # type: ignore[no-untyped-call]  # nor here

    async def show(self, request: Request) -> Response:
        """Answer `GET /metrics`."""
        require(request, Role.OPERATOR)
        return Response(await run_in_threadpool(self.text), media_type=CONTENT_TYPE_LATEST)
