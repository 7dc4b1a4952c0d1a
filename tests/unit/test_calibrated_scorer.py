"""A scorer with a calibrator and intervals: one lead, tables, reasons and golden rows agree."""

import hashlib
import json
from functools import cache

import numpy as np
import pytest

from ml.contract.errors import UntrustedPackage
from ml.contract.moments import ARRIVAL
from ml.contract.names import Estimator
from ml.core.out_of_fold import HeldOut
from ml.core.scoring import Scorer, package, reasons
from ml.core.scoring.calibrator import Calibration, log_odds
from ml.core.scoring.coverage import coverage
from ml.core.scoring.models import logistic
from tests.support.packaging import small_pack
from tests.support.small_use_case import BINARY, ORDINAL, small_rows

#: Chances as they really are, given what the model says.
TRUTH = {
    Calibration.SIGMOID: lambda said: logistic(0.5 * log_odds(said) - 1),
    Calibration.ISOTONIC: lambda said: np.where(said < 0.4, 0.03, 0.5) + 0.05 * said,
}

CASES = [(kind, family) for kind in TRUTH for family in Estimator]


@cache
def calibrated(kind, family):
    """A small model whose held-out rows speak for a calibrator."""
    packed = small_pack(BINARY, family)
    random = np.random.default_rng(0)
    # Between the few values of one tree nothing could be learnt of a curve.
    said = np.clip(packed.said(small_rows(BINARY, 4_000, seed=2)), 0.01, 0.99)
    said = logistic(log_odds(said) + random.normal(0, 0.3, len(said)))
    outcome = (random.random(len(said)) < TRUTH[kind](said)).astype(float)
    return loaded(packed, HeldOut(predicted=said, outcome=outcome))


def loaded(packed, held_out):
    files = package(
        packed.pipeline, use_case=packed.use_case, moment=ARRIVAL, model_name="small",
        background=packed.table, facts={}, held_out=held_out,
    )  # fmt: skip
    return packed, files, Scorer.load(files, version="1", use_case=packed.use_case)


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def made(request):
    packed, files, scorer = calibrated(*request.param)
    assert scorer.meaning.calibrator.kind is request.param[0]
    return packed, files, scorer


def test_tables_and_single_leads_are_calibrated_alike(made):
    packed, _, scorer = made
    table = small_rows(BINARY, 200, seed=3)
    expected = scorer.meaning.calibrator.many(packed.said(table).astype(float))
    single = [scorer.predict_clean(record) for record in table.to_pylist()]
    np.testing.assert_allclose(scorer.predict(table), expected, rtol=0, atol=1e-8)
    np.testing.assert_allclose(single, expected, rtol=0, atol=1e-8)


def test_no_two_leads_change_their_order(made):
    packed, _, scorer = made
    order = np.argsort(packed.said(packed.table), kind="stable")
    assert (np.diff(scorer.predict(packed.table)[order]) >= -1e-9).all()


def test_points_of_all_reasons_add_up_to_the_calibrated_score(made, monkeypatch):
    monkeypatch.setattr(reasons, "NEGLIGIBLE", 1e-12)
    _, _, scorer = made
    rows = small_rows(BINARY, 60, seed=3)
    by_column, base = scorer.contributions(rows)
    link = logistic if scorer.manifest.link == "log_odds" else np.asarray
    start = 100 * scorer.meaning.calibrator.many(link(base))
    scores = 100 * scorer.predict(rows)
    for at, why in enumerate(scorer.reasons(rows, top=99)):
        told = sum(reason.points for reason in (*why.up, *why.down))
        assert start[at] + told == pytest.approx(scores[at], abs=0.01)
    assert np.ptp(start) == pytest.approx(0, abs=1e-6)
    assert set(by_column) <= {column.name for column in BINARY.schema.features(ARRIVAL)}


def test_one_lead_carries_its_interval(made):
    _, _, scorer = made
    table = small_rows(BINARY, 40, seed=3)
    said, sure = scorer.judge(table)
    for at, record in enumerate(table.to_pylist()):
        cells = {name: str(value) for name, value in record.items() if value is not None}
        scored = scorer.score_record(cells)
        assert scored.interval == pytest.approx((sure.low[at], sure.high[at]), abs=1e-8)
        assert scored.interval[0] <= scored.prediction <= scored.interval[1]
        assert scored.score_interval[0] <= scored.score <= scored.score_interval[1]
        assert scored.certainty == sure.certainty[at]
        plain = scored.to_dict()
        assert (plain["score_low"], plain["score_high"]) == scored.score_interval
        assert scored.prediction == pytest.approx(said[at], abs=1e-8)


def test_a_calibrator_that_was_changed_is_refused(made):
    _, files, _ = made
    meaning = json.loads(files["calibration.json"])
    meaning["calibrator"] = {"kind": "sigmoid", "slope": 0.9, "offset": 0.3}
    changed = files | {"calibration.json": json.dumps(meaning).encode()}
    manifest = json.loads(files["manifest.json"])
    digest = hashlib.sha256(changed["calibration.json"]).hexdigest()
    manifest["files"]["calibration.json"] = digest
    changed["manifest.json"] = json.dumps(manifest).encode()
    with pytest.raises(UntrustedPackage, match="golden row"):
        Scorer.load(changed, version="1", use_case=BINARY)


def test_a_package_without_held_out_rows_knows_of_no_interval():
    scorer = small_pack(BINARY, Estimator.LIGHTGBM).scorer
    rows = small_rows(BINARY, 20)
    assert scorer.judge(rows).sure is None
    assert coverage(scorer, rows, rows["rating"].to_numpy()) == {}


def test_ratings_carry_the_interval_that_nine_in_ten_stay_within():
    packed = small_pack(ORDINAL, Estimator.LIGHTGBM)
    rows, fresh = (small_rows(ORDINAL, 3_000, seed=seed) for seed in (5, 6))
    outcome = rows["rating"].to_numpy().astype(float)
    _, _, scorer = loaded(packed, HeldOut(predicted=packed.said(rows), outcome=outcome))
    found = coverage(scorer, fresh, fresh["rating"].to_numpy().astype(float))
    assert found["coverage"] == pytest.approx(0.9, abs=0.02)
    record = fresh.to_pylist()[0]
    cells = {name: str(value) for name, value in record.items() if value is not None}
    scored = scorer.score_record(cells)
    assert 1 <= scored.interval[0] <= scored.prediction <= scored.interval[1] <= 5
    assert scored.certainty is None
