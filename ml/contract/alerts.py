"""What alerts and metrics are called: the same words in the code that sends them and in infra."""

from __future__ import annotations

from enum import StrEnum


class AlertSeverity(StrEnum):
    """How soon a person should look."""

    INFO = "info"  # worth knowing; nobody is woken
    WARNING = "warning"  # look today
    CRITICAL = "critical"  # look now


class Metric(StrEnum):
    """CloudWatch metrics that our own code writes, in the namespace `NAMESPACE`."""

    FILES_ADMITTED = "FilesAdmitted"
    FILES_REFUSED = "FilesRefused"
    DUPLICATE_EVENTS = "DuplicateEvents"
    LEADS_SCORED = "LeadsScored"
    LEADS_REFUSED = "LeadsRefused"
    SCORING_FAILED = "ScoringFailed"
    RETRAIN_STARTED = "RetrainStarted"
    RETRAIN_REFUSED = "RetrainRefused"
    ALERTS_SENT = "AlertsSent"
    ALERTS_SUPPRESSED = "AlertsSuppressed"
    DRIFT_SHARE = "DriftShare"
    RETRAIN_NEEDED = "RetrainNeeded"


NAMESPACE = "Leadwise"


class RetrainReason(StrEnum):
    """Why a retrain was asked for."""

    SCHEDULE = "schedule"
    ALARM = "alarm"
    DRIFT = "drift"
    NEW_DATA = "new_data"
    MANUAL = "manual"
