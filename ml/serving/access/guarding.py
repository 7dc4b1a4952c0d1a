"""An application behind the gate that its settings ask for."""

from __future__ import annotations

from starlette.types import ASGIApp

from ml.serving.access.gate import Answer, Gate, whoever_is_here
from ml.serving.access.sites import LOOPBACK


def guarded(app: ASGIApp, answer: Answer) -> ASGIApp:
    """The application for whoever is at this machine, and for nobody else."""
    return Gate(app, identify=whoever_is_here, answer=answer, names=LOOPBACK)
