"""What the server's own metrics say: how much was asked, how it ended and how long it took."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import Metric
from prometheus_client.samples import Sample

from ml.contract.names import PRODUCT
from ml.contract.watching import Severity, Signal, SignalState, Watched
from ml.core.watching import service

#: The route whose times people wait for.
SCORING = "/v1/score"
_SERVER_FAULT = 500


@dataclass(frozen=True, kw_only=True)
class ServiceFigures:
    """All that all workers answered since they were started.

    Parameters
    ----------
    since : datetime
        When the worker that was asked was started.
    answers, failed : int
        Answers of all routes, and those with status 500 or above.
    scored : int
        Answers of `SCORING`.
    p50_ms, p99_ms : float or None
        Half of the answers of `SCORING` took no longer, and 99 of 100; None without any.
    turned_away : int
        Requests that were refused as others were waiting.
    written, dropped, waiting : int
        Receipts; those that wait are of the worker that was asked.
    """

    since: datetime
    answers: int = 0
    failed: int = 0
    scored: int = 0
    p50_ms: float | None = None
    p99_ms: float | None = None
    turned_away: int = 0
    written: int = 0
    dropped: int = 0
    waiting: int = 0

    @property
    def failed_share(self) -> float | None:
        """Share of answers that failed; None before the first."""
        return self.failed / self.answers if self.answers else None


def service_figures(
    families: Iterable[Metric], *, since: datetime, waiting: int = 0
) -> ServiceFigures:
    """The figures in Prometheus' metrics of this server."""
    samples = [one for family in families for one in family.samples]
    answers = list(_of(samples, "requests_total"))
    buckets = _buckets(samples)
    receipts = {one.labels["outcome"]: int(one.value) for one in _of(samples, "receipts_total")}
    return ServiceFigures(
        since=since,
        answers=int(sum(one.value for one in answers)),
        failed=int(sum(one.value for one in answers if _failed(one))),
        scored=int(buckets[-1][1]) if buckets else 0,
        p50_ms=_milliseconds(quantile(buckets, 0.5)),
        p99_ms=_milliseconds(quantile(buckets, 0.99)),
        turned_away=int(sum(one.value for one in _of(samples, "turned_away_total"))),
        written=receipts.get("written", 0),
        dropped=receipts.get("dropped", 0),
        waiting=waiting,
    )


def quantile(buckets: list[tuple[float, float]], share: float) -> float | None:
    """A quantile of a histogram, as Prometheus' `histogram_quantile` tells it.

    Parameters
    ----------
    buckets : list of (float, float)
        Upper ends, ascending, the last infinite; and how many lie at or below each.
    share : float
        0 to 1.

    Returns
    -------
    float or None
        Within its bucket by a straight line; the last finite end where it lies beyond; None
        where there is nothing.

    Examples
    --------
    >>> quantile([(1.0, 50), (2.0, 100), (float("inf"), 100)], 0.75)
    1.5
    """
    if not buckets or not buckets[-1][1]:
        return None
    wanted, low, below = share * buckets[-1][1], 0.0, 0.0
    for end, count in buckets:
        if count >= wanted and count > below:
            return (
                low if math.isinf(end) else low + (end - low) * (wanted - below) / (count - below)
            )
        low, below = end, count
    return low


def service_signals(
    figures: ServiceFigures, *, serves: bool, problem: str | None, stale: str | None
) -> Iterator[Signal]:
    """What the figures, and the model in force, say of the service.

    Parameters
    ----------
    serves : bool
        Whether any model does.
    problem, stale : str or None
        Why the newest package does not serve, and why the registry cannot be asked.
    """
    yield _model(serves, problem, stale)
    yield from service.service_signals(
        requests=figures.answers,
        errors=figures.failed,
        p99_ms=figures.p99_ms or 0.0,
        timed=figures.scored,
    )
    says = f"{figures.written:,} receipts are written, {figures.waiting:,} wait"
    lost = f"{figures.dropped:,} receipts of scores are lost; {says}." if figures.dropped else ""
    yield _signal("receipts_dropped", lost or f"{says}.", Severity.MEDIUM if lost else None)


def _model(serves: bool, problem: str | None, stale: str | None) -> Signal:
    if not serves:
        return _signal("model", problem or "No model serves.", Severity.CRITICAL)
    if problem:
        return _signal("model", problem, Severity.HIGH)
    if stale:
        return _signal("model", f"The registry cannot be asked: {stale}.", Severity.MEDIUM)
    return _signal("model", "The newest package serves.", None)


def _signal(name: str, says: str, severity: Severity | None) -> Signal:
    return Signal(
        watched=Watched.SERVICE.value,
        name=name,
        state=(SignalState.RAISED if severity else SignalState.OK).value,
        severity=severity.value if severity else None,
        says=says,
    )


def _of(samples: list[Sample], name: str) -> Iterator[Sample]:
    return (one for one in samples if one.name == f"{PRODUCT}_{name}")


def _failed(sample: Sample) -> bool:
    return int(sample.labels["status"]) >= _SERVER_FAULT


def _buckets(samples: list[Sample]) -> list[tuple[float, float]]:
    found = (
        one for one in _of(samples, "request_seconds_bucket") if one.labels["route"] == SCORING
    )
    return sorted((float(one.labels["le"]), one.value) for one in found)


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else 1_000 * seconds
