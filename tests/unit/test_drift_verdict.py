"""The decision: three states, weights, and sentences that name figure and threshold."""

import numpy as np
import pyarrow as pa
import pytest

from ml.contract.modelling import DriftPolicy
from ml.contract.names import DriftState, Kind
from ml.contract.records import ColumnDrift
from ml.contract.schema import Column
from ml.core.drift import ModelView, drifted_share, judge, view

POLICY = DriftPolicy()
NAMES = ("visits", "pages", "time", "score", "age")
COLUMNS = [Column(name=name, source=name, kind=Kind.NUMBER) for name in NAMES]


def rows(count=600, seed=0, moved=()):
    random = np.random.default_rng(seed)
    return pa.table({n: random.normal(3.0 if n in moved else 0.0, size=count) for n in NAMES})


def verdict(current, reference=None, **kwargs):
    before = rows() if reference is None else reference
    return judge(before, current, columns=COLUMNS, policy=POLICY, **kwargs)


def test_the_same_distribution_is_ok():
    found = verdict(rows(seed=1))
    assert (found.state, found.drifted_share, found.reasons) == (DriftState.OK, 0.0, ())
    assert found.request("leads", "engaged") is None


def test_a_drifted_share_asks_for_a_retrain_and_says_why():
    found = verdict(rows(seed=1, moved=["time"]))
    request = found.request("leads", "engaged")
    assert found.state is DriftState.DRIFTED
    assert request.figures == {"drifted_share": pytest.approx(0.2)}
    assert request.reasons == found.reasons
    for words in ("1 of 5 columns", "weighing 20 %", "from 20 % on", "time (PSI", "from 0.2"):
        assert words in request.reasons[0]


@pytest.mark.parametrize("count", [0, 1, POLICY.minimum_rows - 1])
def test_too_few_current_rows_are_never_no_drift(count):
    found = verdict(rows(count, moved=NAMES))
    assert found.state is DriftState.INSUFFICIENT_DATA
    assert (found.drifted_share, found.prediction_psi, found.columns) == (None, None, ())
    assert f"{count} current and 600 reference rows" in found.notes[0]


def test_too_few_reference_rows_are_never_no_drift():
    assert verdict(rows(), reference=rows(9)).state is DriftState.INSUFFICIENT_DATA


def test_without_reference_nothing_is_said():
    found = judge(None, rows(), columns=COLUMNS, policy=POLICY)
    assert found.state is DriftState.INSUFFICIENT_DATA
    assert "no reference rows" in found.notes[0]


def test_drift_in_what_the_model_ignores_is_noted_and_asks_for_nothing():
    scores = np.linspace(0, 1, 600)
    weights = {"visits": 0.9, "time": 0.05}
    model = ModelView(reference=scores, current=scores, importance=weights)
    found = verdict(rows(seed=1, moved=["time"]), model=model)
    assert found.state is DriftState.OK
    assert found.drifted_share == pytest.approx(0.05 / 0.95)
    assert "time (PSI" in found.notes[0]


def test_scores_that_moved_ask_for_a_retrain():
    random = np.random.default_rng(0)
    model = ModelView(reference=random.beta(2, 2, 600), current=random.beta(5, 2, 600))
    found = verdict(rows(seed=1), model=model)
    assert found.state is DriftState.DRIFTED
    assert found.prediction_psi > POLICY.prediction_psi_alarm
    assert "scores differ" in found.reasons[0]


def drifts(**drifted):
    return [
        ColumnDrift(
            column=name,
            test="",
            statistic=0,
            p_value=0,
            psi=0,
            missing_change=0,
            drifted=is_drifted,
        )
        for name, is_drifted in drifted.items()
    ]


@pytest.mark.parametrize(
    ("importance", "share"),
    [
        (None, 0.5),
        ({"a": 3.0, "b": 1.0}, 0.75),
        ({"b": 1.0}, 0.0),
        ({"a": 0.0, "b": 0.0}, 0.5),
        ({"elsewhere": 1.0}, 0.5),
        ({"a": 1.0, "b": -5.0}, 1.0),
    ],
)
def test_the_share_is_weighted_by_importance(importance, share):
    assert drifted_share(drifts(a=True, b=False), importance) == share


def test_no_columns_have_no_share():
    assert drifted_share([]) == 0.0


def test_metrics_are_flat_and_finite():
    metrics = verdict(rows(seed=1)).metrics()
    assert {"drifted_share", "psi_time", "p_value_time", "missing_change_time"} <= set(metrics)
    assert "prediction_psi" not in metrics
    assert all(np.isfinite(list(metrics.values())))


def test_a_long_list_of_columns_is_cut_in_words_and_not_in_the_record():
    names = [f"column_{n}" for n in range(15)]
    columns = [Column(name=name, source=name, kind=Kind.NUMBER) for name in names]
    before, now = ({name: np.arange(600.0) + by for name in names} for by in (0, 900))
    found = judge(pa.table(before), pa.table(now), columns=columns, policy=POLICY)
    assert "and 5 more" in found.reasons[0]
    assert len(found.columns) == 15


def test_a_model_without_rows_it_did_not_learn_from_has_no_view():
    predict = None  # asking it would be an error

    for unlearned, current in ((None, rows()), (rows(9), rows()), (rows(), rows(9))):
        assert view(predict, unlearned, current, columns=COLUMNS, policy=POLICY) is None


def test_the_view_weighs_the_columns_that_the_scores_hang_on():
    def predict(table):
        return 1 / (1 + np.exp(-table["time"].to_numpy()))

    found = view(predict, rows(), rows(seed=1), columns=COLUMNS, policy=POLICY)
    assert found.importance["time"] > 0.1
    assert sum(found.importance.values()) == found.importance["time"]
    assert found.reference.size == found.current.size == 600
