"""The figures of a watch as metrics: those that are known, and no others."""

from dataclasses import replace

from ml.contract.alerts import Metric
from ml.contract.records import RetrainRequest, RowCount, WatchRecord
from ml.contract.watching import Signal
from ml.core.watching.measures import measures

RECORD = WatchRecord(
    state="OK", reference="train", rows=RowCount(received=1, accepted=1), drifted_share=0.1,
    prediction_psi=None, columns=(), report=None, run_id=None, retrain=None,
    signals=(
        Signal(watched="performance", name="roc_auc", value=0.9),
        Signal(watched="performance", name="roc_auc", subject="Google", value=0.7),
        Signal(watched="performance", name="ece", state="LABELS_PENDING"),
        Signal(watched="data", name="psi", subject="city", value=0.5, state="RAISED",
               severity="high"),
    ),
    severity="high",
)  # fmt: skip


def test_what_is_known_is_measured_under_the_names_that_infra_knows():
    assert measures(RECORD) == {
        Metric.ROC_AUC: 0.9,
        Metric.DRIFT_SHARE: 0.1,
        Metric.RETRAIN_NEEDED: 0.0,
        Metric.WORST_SEVERITY: 3.0,
        Metric.SIGNALS_RAISED: 1.0,
    }


def test_a_retrain_that_is_asked_for_is_a_one():
    asked = RetrainRequest(use_case="leads", moment="engaged", reasons=(), figures={})
    assert measures(replace(RECORD, retrain=asked))[Metric.RETRAIN_NEEDED] == 1.0


def test_with_too_few_rows_nothing_is_said_of_drift():
    few = replace(RECORD, state="INSUFFICIENT_DATA", drifted_share=None)
    assert measures(few) == {Metric.ROC_AUC: 0.9}


def test_a_quiet_watch_has_no_severity():
    quiet = measures(replace(RECORD, signals=(), severity=None))
    assert (quiet[Metric.WORST_SEVERITY], quiet[Metric.SIGNALS_RAISED]) == (0.0, 0.0)
