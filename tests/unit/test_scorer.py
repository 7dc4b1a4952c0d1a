"""The scorer on a small use case of every kind of column, binary and ordinal."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest

from ml.contract.candidates import Candidate
from ml.contract.errors import LeadwiseError, UsageError
from ml.contract.faults import Rule
from ml.contract.moments import ARRIVAL, ENGAGED
from ml.contract.names import Estimator
from ml.core.features import feature_frame, feature_pipeline
from ml.core.scoring import Scorer, package, package_sha256, reasons
from tests.support.packaging import pack, small_pack
from tests.support.small_use_case import BINARY, ORDINAL, small_rows

CELLS = {
    "order_id": "o1", "price": "120.5", "items": "3", "gift": "no", "region": "north",
    "size": "large", "shop": "Shop 2", "ordered": "2025-03-04", "empty": "",
}  # fmt: skip


CASES = {
    f"{task}-{estimator}": (use_case, estimator)
    for task, use_case in (("binary", BINARY), ("ordinal", ORDINAL))
    for estimator in Estimator
}


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def packed(request):
    return small_pack(*request.param)


def test_scorer_equals_pipeline(packed):
    table, said = packed.table, packed.said(packed.table)
    single = [packed.scorer.predict_clean(record) for record in table.to_pylist()]
    assert np.abs(packed.scorer.predict(table) - said).max() <= 1e-9
    assert np.abs(np.array(single) - said).max() <= 1e-9


def test_batches_and_dictionaries_of_levels_are_read_too(packed):
    table = packed.table.slice(7, 50)
    coded = table.set_column(
        table.schema.get_field_index("region"), "region", table["region"].dictionary_encode()
    )
    batch = coded.combine_chunks().to_batches()[0]
    np.testing.assert_array_equal(packed.scorer.predict(batch), packed.scorer.predict(table))


def test_no_rows_give_no_predictions(packed):
    none = packed.table.slice(0, 0)
    assert packed.scorer.predict(none).shape == (0,)
    assert packed.scorer.reasons(none) == []
    assert packed.scorer.low_confidence(none) == []


def test_package_bytes_are_equal_for_equal_inputs(packed):
    again = package(
        packed.pipeline, use_case=packed.use_case, moment=packed.moment, model_name="small",
        background=packed.table, facts={"run": "r1"},
    )  # fmt: skip
    assert again == packed.files
    assert package_sha256(again) == package_sha256(packed.files)


def test_a_refit_gives_an_equal_package(packed):
    estimator = packed.pipeline.named_steps["model"]
    family = next(e for e in Estimator if small_pack(packed.use_case, e) is packed)
    trees = estimator.get_params().get("n_estimators")
    params = {} if trees is None else {"n_estimators": trees}
    again = pack(packed.use_case, packed.moment, packed.table, family, **params)
    assert again.files == packed.files


def test_contributions_add_up_and_name_source_columns_only(packed):
    by_column, base = packed.scorer.contributions(packed.table)
    said = packed.said(packed.table)
    exact = np.log(said / (1 - said)) if packed.scorer.manifest.link == "log_odds" else said
    assert np.abs(sum(by_column.values()) + base - exact).max() <= 1e-4
    assert set(by_column) <= {c.name for c in packed.use_case.schema.features(ARRIVAL)}


def test_points_of_all_reasons_add_up_to_the_rise_of_the_score(packed, monkeypatch):
    monkeypatch.setattr(reasons, "NEGLIGIBLE", 1e-12)
    rows = packed.table.slice(0, 40)
    low, span = (1, 4) if packed.use_case is ORDINAL else (0, 1)
    start = (_base_prediction(packed.scorer) - low) / span * 100
    scores = (packed.scorer.predict(rows) - low) / span * 100
    for score, why in zip(scores, packed.scorer.reasons(rows, top=99), strict=True):
        told = sum(reason.points for reason in (*why.up, *why.down))
        assert start + told == pytest.approx(score, abs=0.01)
        assert all(reason.points > 0 for reason in why.up)
        assert all(reason.points < 0 for reason in why.down)


def _base_prediction(scorer):
    base = scorer.reference.base
    return 1 / (1 + np.exp(-base)) if scorer.manifest.link == "log_odds" else base


def test_one_lead_from_raw_cells(packed):
    scored = packed.scorer.score_record(CELLS, reasons=2)
    assert scored.faults == ()
    assert 0 <= scored.score <= 100
    assert scored.band == ("Good" if scored.score >= 60 else "Poor")
    assert len(scored.reasons_for) <= 2
    assert len(scored.reasons_against) <= 2
    plain = scored.to_dict()
    assert plain["moment"] == "arrival"
    assert plain["model_version"] == "7"
    assert plain["low_confidence"] is False


def test_reasons_of_one_lead_are_those_of_the_table(packed):
    record = packed.table.slice(3, 1)
    one = packed.scorer.reasons(record, top=3)[0]
    among = packed.scorer.reasons(packed.table.slice(0, 10), top=3)[3]
    assert [reason.text for reason in one.up] == [reason.text for reason in among.up]


def test_source_headers_are_keys_too():
    scorer = small_pack(BINARY, Estimator.LIGHTGBM).scorer
    headers = {BINARY.schema[name].source.upper(): cell for name, cell in CELLS.items()}
    assert scorer.score_record(headers).prediction == scorer.score_record(CELLS).prediction


def test_outcome_later_columns_and_unknown_keys_change_nothing():
    scorer = small_pack(BINARY, Estimator.LIGHTGBM).scorer
    more = CELLS | {"rating": "1", "late_note": "9", "Colour": "red"}
    assert scorer.score_record(more).prediction == scorer.score_record(CELLS).prediction


def test_a_cell_at_fault_leaves_the_lead_without_a_score():
    scored = small_pack(BINARY, Estimator.LIGHTGBM).scorer.score_record(CELLS | {"items": "-4"})
    assert [fault.rule for fault in scored.faults] == [Rule.NEGATIVE]
    assert (scored.prediction, scored.score, scored.band) == (None, None, None)


def test_an_unlisted_level_is_scored_as_itself_and_not_as_the_commonest():
    for estimator in Estimator:
        scorer = small_pack(BINARY, estimator).scorer
        encoded = {
            region: scorer._encode({"region": region, "region_group": None})
            for region in ("North", "South", "East", "Select", "Atlantis", None)
        }
        for region, row in encoded.items():
            others = [other for name, other in encoded.items() if name != region]
            assert all(repr(row) != repr(other) for other in others), (estimator, region)


def test_scores_are_whole_points_with_halves_rounded_up():
    scorer = small_pack(BINARY, Estimator.LIGHTGBM).scorer
    predictions = np.array([0.0, 0.004, 0.005, 0.795, 0.5, 1.0])
    assert [scorer.score(p) for p in predictions] == [0, 0, 1, 80, 50, 100]
    assert scorer.scores(predictions).tolist() == [0, 0, 1, 80, 50, 100]


def test_a_rating_becomes_points_between_its_ends():
    scorer = small_pack(ORDINAL, Estimator.LIGHTGBM).scorer
    assert [scorer.score(rating) for rating in (0.2, 1.0, 3.0, 4.5, 5.7)] == [0, 0, 50, 88, 100]


def test_a_table_without_a_column_is_refused_by_name():
    scorer = small_pack(BINARY, Estimator.LIGHTGBM).scorer
    with pytest.raises(UsageError, match=r"lacks \['price'\]"):
        scorer.predict(small_rows(BINARY, 3).drop_columns(["price"]))


def test_threads_share_a_scorer(packed):
    scorer = packed.scorer
    records = packed.table.slice(0, 300).to_pylist()
    alone = [scorer.predict_clean(record) for record in records]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(scorer.predict_clean, records * 20))
    assert together == alone * 20


def test_a_scorer_outlives_its_loader():
    packed = small_pack(BINARY, Estimator.LIGHTGBM)
    predict = Scorer.load(packed.files, version="1", use_case=BINARY)._model.predict_one
    row = packed.scorer._encode(packed.table.to_pylist()[0])
    assert predict(row) == packed.scorer._model.predict_one(row)


def test_a_model_that_tells_no_leads_apart_is_not_packaged():
    table = small_rows(BINARY, 60)
    candidate = Candidate(estimator=Estimator.LIGHTGBM, params=(("min_child_samples", 1_000),))
    pipeline = feature_pipeline(BINARY, ARRIVAL, candidate, seed=0, threads=1)
    pipeline.fit(feature_frame(table, BINARY, ARRIVAL), table["rating"].to_numpy())
    with pytest.raises(LeadwiseError, match="tells no leads apart"):
        package(
            pipeline, use_case=BINARY, moment=ARRIVAL, model_name="m", background=table, facts={}
        )


def test_an_unknown_family_is_named():
    packed = small_pack(BINARY, Estimator.LIGHTGBM)
    steps = [("encode", packed.pipeline.named_steps["encode"]), ("model", object())]
    with pytest.raises(LeadwiseError, match="a object cannot be packaged; use one of"):
        package(
            type(packed.pipeline)(steps), use_case=BINARY, moment=ARRIVAL, model_name="m",
            background=packed.table, facts={},
        )  # fmt: skip


def test_a_later_moment_reads_more():
    early, late = (small_pack(BINARY, Estimator.LIGHTGBM, m) for m in (ARRIVAL, ENGAGED))
    assert "late_note" not in early.scorer.manifest.features
    assert "late_note" in late.scorer.manifest.features


class TestLowConfidence:
    scorer = property(lambda self: small_pack(BINARY, Estimator.LIGHTGBM).scorer)

    def why(self, **cells):
        return self.scorer.score_record(CELLS | cells).low_confidence

    def test_a_usual_lead_is_not_doubted(self):
        assert self.why() == ()

    def test_a_number_far_beyond_training_is_doubted(self):
        (why,) = self.why(items="9000")
        assert why == "Items: 9,000; leads in training had 0 to 8"

    def test_a_number_just_beyond_training_is_not(self):
        high = self.scorer.reference.numbers["price"].high
        assert self.why(price=str(high + 1)) == ()

    def test_a_level_that_training_never_saw_is_doubted(self):
        (why,) = self.why(region="Atlantis")
        assert why == "Region: no lead in training had 'a value that is not on our list'"

    def test_a_number_where_training_had_none_is_doubted(self):
        (why,) = self.why(empty="3")
        assert why == "Never filled in: 3; no lead in training had a value"

    def test_tables_are_doubted_like_single_leads(self):
        table = small_rows(BINARY, 300, seed=5)
        rows = table.to_pylist()
        rows[7]["items"], rows[9]["region"], rows[9]["empty"] = 9_000, "Other", 2.0
        odd = pa.Table.from_pylist(rows, schema=table.schema)
        doubts = self.scorer.low_confidence(odd)
        assert doubts == [self.scorer._doubts.about(row) for row in rows]
        assert {at for at, why in enumerate(doubts) if why} == {7, 9}
