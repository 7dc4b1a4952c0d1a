"""The main figures of a watch under the names by which CloudWatch keeps them."""

from __future__ import annotations

from ml.contract.alerts import Metric
from ml.contract.names import DriftState
from ml.contract.records import WatchRecord
from ml.contract.watching import Severity

#: Signals that have a metric of their own, by their keys.
_OF_SIGNALS = {
    "predictions/psi": Metric.PREDICTION_PSI,
    "predictions/mean": Metric.MEAN_SCORE,
    "performance/roc_auc": Metric.ROC_AUC,
    "performance/expected_roc_auc": Metric.EXPECTED_ROC_AUC,
    "performance/precision_at_10": Metric.PRECISION_AT_10,
    "performance/ece": Metric.CALIBRATION_ERROR,
    "performance/outcomes": Metric.OUTCOMES_KNOWN,
    "business/conversion": Metric.CONVERSION,
    "business/lift": Metric.LIFT,
}


def measures(record: WatchRecord) -> dict[Metric, float]:
    """What a watch measured; what could not be told has no metric, so that alarms stay as they are.

    Parameters
    ----------
    record : WatchRecord
        `WORST_SEVERITY` is 0 where nothing is raised, else the severity's `level`.
    """
    found = {
        _OF_SIGNALS[signal.key]: signal.value
        for signal in record.signals
        if signal.key in _OF_SIGNALS and signal.value is not None
    }
    if record.state == DriftState.INSUFFICIENT_DATA:
        return found
    if record.drifted_share is not None:
        found[Metric.DRIFT_SHARE] = record.drifted_share
    worst = Severity(record.severity).level if record.severity else 0
    raised = sum(signal.severity is not None for signal in record.signals)
    return found | {
        Metric.RETRAIN_NEEDED: float(record.retrain is not None),
        Metric.WORST_SEVERITY: float(worst),
        Metric.SIGNALS_RAISED: float(raised),
    }
