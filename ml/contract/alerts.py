"""What alerts and metrics are called: the same words in the code that sends them and in infra."""

from __future__ import annotations

from enum import StrEnum

from ml.contract.names import PRODUCT


class AlertSeverity(StrEnum):
    """How soon a person should look."""

    INFO = "info"  # worth knowing; nobody is woken
    WARNING = "warning"  # look today
    CRITICAL = "critical"  # look now


class Channel(StrEnum):
    """Ways in which people are told, by themselves or through an account's topics."""

    SLACK = "slack"
    PAGERDUTY = "pagerduty"
    EMAIL = "email"
    INFO_TOPIC = "info topic"
    WARNING_TOPIC = "warning topic"
    CRITICAL_TOPIC = "critical topic"


#: Who hears of what: only what is critical wakes a person.
CHANNELS: dict[AlertSeverity, tuple[Channel, ...]] = {
    AlertSeverity.INFO: (Channel.SLACK,),
    AlertSeverity.WARNING: (Channel.SLACK, Channel.EMAIL),
    AlertSeverity.CRITICAL: (Channel.SLACK, Channel.PAGERDUTY, Channel.EMAIL),
}
#: Every channel that a person listens to.
OF_PEOPLE = CHANNELS[AlertSeverity.CRITICAL]
#: What a job on AWS tells instead: who listens to the topics tells people over the channels above.
TOPICS: dict[AlertSeverity, tuple[Channel, ...]] = {
    AlertSeverity.INFO: (Channel.INFO_TOPIC,),
    AlertSeverity.WARNING: (Channel.WARNING_TOPIC,),
    AlertSeverity.CRITICAL: (Channel.CRITICAL_TOPIC,),
}


#: The page that says what to do; each alarm and alert names a section of it.
RUNBOOK = "https://github.com/leadwise/leadwise/blob/main/docs/runbook.md"


def runbook(section: str) -> str:
    """Link to a section of the runbook.

    Parameters
    ----------
    section : str
        Its heading as a link's anchor.

    Examples
    --------
    >>> runbook("drift").rpartition("/")[2]
    'runbook.md#drift'
    """
    return f"{RUNBOOK}#{section}"


class AlertRule(StrEnum):
    """What our own code alerts of; each is a section of the runbook, by its anchor."""

    CHALLENGER_KEPT_OUT = "challenger-kept-out"
    CHAMPION_UNUSABLE = "champion-cannot-be-used"
    DATA_STOPPED = "data-stopped"
    DEPLOYMENT_FAILED = "deployment-failed"
    DRIFT = "drift"
    FELL = "performance-fell"
    FIGURES_WAIT = "figures-wait"
    LEDGER_BROKEN = "ledger-is-broken"
    LEDGER_DISAGREES = "ledger-disagrees"
    OUTCOMES_ODD = "outcomes-look-wrong"
    PACKAGE_REFUSED = "package-refused"
    REGISTRY_AWAY = "registry-is-away"
    RETRAIN_FAILED = "retrain-failed"
    RETRAINED = "model-retrained"


class Metric(StrEnum):
    """CloudWatch metrics that our own code writes, in the namespace `NAMESPACE`."""

    FILES_ADMITTED = "FilesAdmitted"
    FILES_REFUSED = "FilesRefused"
    DUPLICATE_EVENTS = "DuplicateEvents"
    SOURCES_GONE = "SourcesGone"
    ROWS_RECEIVED = "RowsReceived"
    ROWS_ACCEPTED = "RowsAccepted"
    ROWS_QUARANTINED = "RowsQuarantined"
    ROWS_DEDUPLICATED = "RowsDeduplicated"
    LEADS_SCORED = "LeadsScored"
    LEADS_REFUSED = "LeadsRefused"
    SCORING_FAILED = "ScoringFailed"
    RETRAIN_STARTED = "RetrainStarted"
    RETRAIN_REFUSED = "RetrainRefused"
    DAYS_SINCE_RETRAIN = "DaysSinceRetrain"
    ALERTS_SENT = "AlertsSent"
    ALERTS_SUPPRESSED = "AlertsSuppressed"
    ALERTS_FAILED = "AlertsFailed"
    DRIFT_SHARE = "DriftShare"
    RETRAIN_NEEDED = "RetrainNeeded"
    SIGNALS_RAISED = "SignalsRaised"
    WORST_SEVERITY = "WorstSeverity"
    PREDICTION_PSI = "PredictionPsi"
    MEAN_SCORE = "MeanScore"
    ROC_AUC = "RocAuc"
    EXPECTED_ROC_AUC = "ExpectedRocAuc"
    PRECISION_AT_10 = "PrecisionAtTen"
    CALIBRATION_ERROR = "CalibrationError"
    OUTCOMES_KNOWN = "OutcomesKnown"
    CONVERSION = "Conversion"
    LIFT = "Lift"


NAMESPACE = "Leadwise"


class RetrainReason(StrEnum):
    """Why a retrain was asked for."""

    SCHEDULE = "schedule"
    ALARM = "alarm"
    DRIFT = "drift"
    PERFORMANCE = "performance"
    NEW_DATA = "new_data"
    MANUAL = "manual"


#: Those that say that leads, or what becomes of them, are no longer what the champion learnt.
CHANGED = frozenset({RetrainReason.ALARM, RetrainReason.DRIFT, RetrainReason.PERFORMANCE})


def drift_alarm(environment: str) -> str:
    """Name of the alarm that rings when leads have drifted; the retrain Lambda hears it.

    Examples
    --------
    >>> drift_alarm("dev")
    'leadwise-dev-drift'
    """
    return f"{PRODUCT}-{environment}-drift"


def part_name(environment: str, part: str) -> str:
    """The value of the dimension ``service`` of our metrics, and of that field of log lines.

    It tells environments apart that share an account.

    Examples
    --------
    >>> part_name("dev", "score_lead")
    'leadwise-dev-score_lead'
    """
    return f"{PRODUCT}-{environment}-{part}"


#: The part that says whether leads have drifted; the others are Lambdas, by their modules.
WATCH = "watch"
#: The part that cleans raw files: the Glue job.
CLEANING = "cleaning"
