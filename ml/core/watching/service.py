"""How the service itself does, from plain figures of whoever has them."""

from __future__ import annotations

from collections.abc import Iterator

from ml.contract.service_bounds import (
    ERROR_SHARE,
    FEW_REQUESTS,
    LATENCY_MS,
    SATURATION,
    ServiceBounds,
)
from ml.contract.watching import Severity, Signal, SignalState, Watched
from ml.core.watching.saying import ladder, told, untold


def service_signals(
    *,
    requests: int,
    errors: int = 0,
    seconds: float | None = None,
    p50_ms: float | None = None,
    p99_ms: float | None = None,
    timed: int | None = None,
    saturation: float | None = None,
) -> tuple[Signal, ...]:
    """Signals about errors, latency, throughput and saturation of a time of service.

    Parameters
    ----------
    requests, errors : int
        Requests of the time, and those of them that failed by our own fault.
    seconds : float or None, default=None
        Length of the time; without it nothing is said of requests per second.
    p50_ms, p99_ms : float or None, default=None
        Milliseconds within which half, and 99 of 100, requests were answered.
    timed : int or None, default=None
        Requests that these are of; all if not given.
    saturation : float or None, default=None
        Share of what the machine or the endpoint can do, 0 to 1.

    Returns
    -------
    tuple of Signal
        Of errors and the slowest hundredth nothing is said below 100 requests.

    Examples
    --------
    >>> [signal.severity for signal in service_signals(requests=1_000, errors=20)]
    ['medium']
    """
    return tuple(_found(requests, errors, seconds, p50_ms, p99_ms, timed, saturation))


def _found(
    requests: int,
    errors: int,
    seconds: float | None,
    p50_ms: float | None,
    p99_ms: float | None,
    timed: int | None,
    saturation: float | None,
) -> Iterator[Signal]:
    yield _of_many("error_share", errors / max(1, requests), requests, ERROR_SHARE, "of requests "
                   "failed")  # fmt: skip
    if seconds:
        says = f"{requests / seconds:,.1f} requests per second."
        yield told(Watched.SERVICE, "requests_per_second", requests / seconds, says=says)
    if p50_ms is not None:
        says = f"Half of the requests take {p50_ms:,.0f} ms or less."
        yield told(Watched.SERVICE, "p50_ms", p50_ms, says=says)
    if p99_ms is not None:
        of = requests if timed is None else timed
        yield _of_many("p99_ms", p99_ms, of, LATENCY_MS, "ms are enough for 99 of 100")
    if saturation is not None:
        yield _graded("saturation", saturation, SATURATION, f"{saturation * 100:.0f} % is in use")


def _of_many(name: str, value: float, requests: int, bounds: ServiceBounds, words: str) -> Signal:
    if requests < FEW_REQUESTS:
        return untold(
            Watched.SERVICE, name, SignalState.INSUFFICIENT_DATA, value=None, bound=FEW_REQUESTS,
            says=f"{requests:,} requests are too few to tell; {FEW_REQUESTS} are needed.",
        )  # fmt: skip
    said = f"{value * 100:.2f} %" if name == "error_share" else f"{value:,.0f}"
    return _graded(name, value, bounds, f"{said} {words}")


def _graded(name: str, value: float, bounds: ServiceBounds, words: str) -> Signal:
    below = ladder(value, bounds.medium, factor=float("inf"))
    severity = Severity.CRITICAL if value >= bounds.critical else below
    says = f"{words} (raised from {bounds.medium:g} on)."
    return told(Watched.SERVICE, name, value, bound=bounds.medium, severity=severity, says=says)
