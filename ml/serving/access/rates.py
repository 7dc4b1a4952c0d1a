"""How often somebody may ask: a bucket of tokens each, which fills again with time."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from ml.contract.requests.problems import Problem

#: The bucket of whoever has been silent for longest is forgotten, which makes it a full one.
_MOST_BUCKETS = 10_000


class Rates:
    """Limits how often each of many may ask (token bucket; Turner 1986).

    Parameters
    ----------
    per_second : float
        Tokens that flow into each bucket.
    burst : float
        Tokens that a bucket holds: so many requests may come at once.
    clock : callable
        Seconds that only grow.

    Examples
    --------
    >>> now = 0.0
    >>> rates = Rates(per_second=0.5, burst=2, clock=lambda: now)
    >>> [rates.wait("ann") for _ in range(3)]
    [0, 0, 2]
    >>> now = 2.0
    >>> rates.wait("ann")
    0
    """

    def __init__(
        self, *, per_second: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second, self._burst, self._clock = per_second, burst, clock
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()

    def limit(self, who: Hashable) -> None:
        """Take a token.

        Raises
        ------
        Problem
            429 if there is none.
        """
        seconds = self.wait(who)
        if seconds:
            raise Problem(
                429,
                f"{who} asks too often; wait {seconds} s, or send more leads in each request",
                headers=self._headers(seconds),
            )

    def _headers(self, seconds: int) -> dict[str, str]:
        """Of the IETF draft "RateLimit header fields for HTTP", and the older one that all read."""
        window = math.ceil(self._burst / self._per_second)
        return {
            "Retry-After": str(seconds),
            "RateLimit-Policy": f'"caller";q={self._burst:g};w={window}',
            "RateLimit": f'"caller";r=0;t={seconds}',
        }

    def wait(self, who: Hashable) -> int:
        """Take a token; 0, or the whole seconds until there is one to take."""
        now = self._clock()
        level, since = self._buckets.pop(who, (self._burst, now))
        level = min(self._burst, level + (now - since) * self._per_second)
        allowed = level >= 1
        self._buckets[who] = (level - 1 if allowed else level, now)
        if len(self._buckets) > _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        return 0 if allowed else math.ceil((1 - level) / self._per_second)
