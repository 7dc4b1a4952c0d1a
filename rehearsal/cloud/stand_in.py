"""What stands in for a service, and what stays unproven because of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StandIn:
    """Something of AWS that the rehearsal does without.

    Parameters
    ----------
    service : str
        What a reader knows it as.
    unproven : str
        What a real account alone proves: "that ...".
    """

    service: str
    unproven: str
