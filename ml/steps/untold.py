"""What to say while runs wait for their tracker: work went on, and nobody is told less."""

from __future__ import annotations

from ml.contract.alerts import AlertRule, AlertSeverity
from ml.contract.messages import Alert
from ml.ports import Runtime

_SUBJECT = "MLflow"


def untold(runtime: Runtime) -> str:
    """Why a step is degraded, and an alert; empty if the tracker was told everything."""
    waiting = runtime.tracker.waiting()
    if not waiting:
        runtime.alerts.send(Alert.ended(AlertRule.FIGURES_WAIT, _SUBJECT, "No run waits any more."))
        return ""
    said = (
        f"the tracker is away; runs that wait on this home: {waiting}; the next command that keeps "
        "a run tells them"
    )
    runtime.alerts.send(Alert.began(AlertRule.FIGURES_WAIT, _SUBJECT, AlertSeverity.WARNING, said))
    return said
