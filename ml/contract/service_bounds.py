"""From where on the service itself is raised: on the page of a server and on an account's graphs.

They are those of the case study, section 3.5.
"""

from __future__ import annotations

from typing import NamedTuple


class ServiceBounds(NamedTuple):
    """A figure is raised MEDIUM from the first on, and CRITICAL from the second on."""

    medium: float
    critical: float


#: Requests that failed by our own fault, as a share of all.
ERROR_SHARE = ServiceBounds(0.01, 0.05)
#: Milliseconds that are enough for 99 of 100.
LATENCY_MS = ServiceBounds(200.0, 500.0)
#: Share of what the machine or the endpoint can do.
SATURATION = ServiceBounds(0.8, 0.95)
#: Requests from which a share of errors, or the slowest of a hundred, means anything.
FEW_REQUESTS = 100
