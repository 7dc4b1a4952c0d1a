"""What to say while runs wait for their tracker: work went on, and nobody is told less."""

from __future__ import annotations

from ml.ports import Alert, Runtime


def untold(runtime: Runtime) -> str:
    """Why a step is degraded, and an alert; empty if the tracker was told everything."""
    waiting = runtime.tracker.waiting()
    if not waiting:
        return ""
    said = (
        f"the tracker is away; runs that wait on this home: {waiting}; the next command that keeps "
        "a run tells them"
    )
    runtime.alerts.send(Alert(severity="WARNING", title="figures wait", detail=said))
    return said
