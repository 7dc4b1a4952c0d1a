"""Features: which columns a pipeline reads, in which dtypes, and what becomes of odd levels."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.base import is_classifier, is_regressor

from ml.contract.candidates import Candidate
from ml.contract.errors import UsageError
from ml.contract.moments import ARRIVAL, ENGAGED
from ml.contract.names import Estimator, Kind
from ml.core.features import ESTIMATORS, feature_frame, feature_pipeline, model_columns
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.small_use_case import BINARY, ORDINAL, small_rows

FAMILIES = list(Estimator)


def fitted(use_case, estimator, table, moment=ARRIVAL):
    pipeline = feature_pipeline(use_case, moment, Candidate(estimator=estimator), seed=1, threads=1)
    return pipeline.fit(feature_frame(table, use_case, moment), table["rating"].to_numpy())


def test_every_estimator_has_a_builder():
    assert set(ESTIMATORS) == set(Estimator)


def test_frame_never_holds_a_later_column_an_id_or_the_outcome():
    frame = feature_frame(small_rows(BINARY, 20), BINARY, ARRIVAL)
    assert list(frame.columns) == [column.name for column in model_columns(BINARY, ARRIVAL)]
    assert not {"order_id", "rating", "late_note"} & set(frame.columns)
    assert "late_note" in feature_frame(small_rows(BINARY, 20), BINARY, ENGAGED).columns


@pytest.mark.parametrize("moment", LEAD_CONVERSION.moments, ids=str)
def test_leads_are_never_scored_by_what_comes_later(moment):
    columns = model_columns(LEAD_CONVERSION, moment)
    assert all(column.known_from <= moment for column in columns)
    assert not {"prospect_id", "lead_number", "converted"} & {column.name for column in columns}


def test_frame_is_plain_whatever_the_table_was():
    table = small_rows(BINARY, 50)
    frame = feature_frame(table, BINARY, ENGAGED)
    for column in model_columns(BINARY, ENGAGED):
        levels = column.kind in {Kind.CATEGORY, Kind.ORDINAL}
        assert frame[column.name].dtype == (object if levels else np.float64)
    assert not any(isinstance(value, float) for value in frame["region"])
    pd.testing.assert_frame_equal(frame, feature_frame(table.to_pandas(), BINARY, ENGAGED))


def test_order_of_columns_in_the_table_does_not_matter():
    table = small_rows(BINARY, 50)
    turned = table.select(table.column_names[::-1])
    one, other = (feature_frame(t, BINARY, ARRIVAL) for t in (table, turned))
    pd.testing.assert_frame_equal(one, other)


def test_a_table_without_a_column_is_refused_by_name():
    with pytest.raises(UsageError, match=r"lacks \['price'\]"):
        feature_frame(small_rows(BINARY, 5).drop_columns(["price"]), BINARY, ARRIVAL)


@pytest.mark.parametrize("estimator", FAMILIES)
@pytest.mark.parametrize("use_case", [BINARY, ORDINAL], ids=["binary", "ordinal"])
def test_equal_seeds_give_equal_models(use_case, estimator):
    table = small_rows(use_case)
    frame = feature_frame(table, use_case, ARRIVAL)
    one, other = (fitted(use_case, estimator, table).predict(frame) for _ in range(2))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("estimator", FAMILIES)
def test_a_binary_task_gets_a_classifier_and_an_ordinal_one_a_regressor(estimator):
    candidate = Candidate(estimator=estimator)
    binary, ordinal = (
        feature_pipeline(case, ARRIVAL, candidate, seed=0, threads=1).named_steps["model"]
        for case in (BINARY, ORDINAL)
    )
    assert is_classifier(binary)
    assert is_regressor(ordinal)


def test_parameters_of_a_candidate_override_the_defaults():
    candidate = Candidate(estimator=Estimator.LIGHTGBM, params=(("num_leaves", 7),))
    model = feature_pipeline(BINARY, ARRIVAL, candidate, seed=0, threads=1).named_steps["model"]
    assert model.get_params()["num_leaves"] == 7


@pytest.mark.parametrize("estimator", FAMILIES)
def test_missing_unlisted_and_known_levels_are_told_apart(estimator):
    table = small_rows(BINARY)
    frame = feature_frame(table, BINARY, ARRIVAL)
    encode = fitted(BINARY, estimator, table).named_steps["encode"]
    rows = pd.concat([frame.head(1)] * 6, ignore_index=True)
    rows["region"] = pd.Series(["North", "South", "East", "Select", None, "Atlantis"], dtype=object)
    encoded = np.unique(np.nan_to_num(encode.transform(rows), nan=-99.0), axis=0)
    assert len(encoded) == 6


@pytest.mark.parametrize("estimator", [Estimator.LIGHTGBM, Estimator.XGBOOST])
def test_ranks_keep_their_order_and_an_unknown_rank_is_missing(estimator):
    table = small_rows(BINARY)
    frame = feature_frame(table, BINARY, ARRIVAL)
    encode = fitted(BINARY, estimator, table).named_steps["encode"]
    at = list(encode.get_feature_names_out()).index("ranks__size")
    rows = pd.concat([frame.head(1)] * 5, ignore_index=True)
    rows["size"] = pd.Series(["small", "middle", "large", None, "Other"], dtype=object)
    np.testing.assert_array_equal(encode.transform(rows)[:, at], [0, 1, 2, np.nan, np.nan])


@pytest.mark.parametrize("estimator", FAMILIES)
def test_levels_never_seen_and_empty_rows_are_scored(estimator):
    table = small_rows(BINARY)
    pipeline = fitted(BINARY, estimator, table)
    empty = pa.table(
        {name: pa.nulls(2, table.schema.field(name).type) for name in table.column_names}
    )
    assert np.isfinite(pipeline.predict_proba(feature_frame(empty, BINARY, ARRIVAL))).all()
