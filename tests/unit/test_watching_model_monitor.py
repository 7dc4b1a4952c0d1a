"""Baselines in Model Monitor's format, and its violations as signals."""

import json

import numpy as np
import pyarrow as pa
import pytest

from ml.contract.errors import UsageError
from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.core.watching.model_monitor import (
    baseline_constraints,
    baseline_statistics,
    violation_signals,
)
from ml.core.watching.saying import worst
from ml.use_cases.lead_conversion import LEAD_CONVERSION

VISITS = Column(name="visits", source="TotalVisits", kind=Kind.INTEGER)
PAGES = Column(name="pages", source="Pages", kind=Kind.NUMBER)
ORIGIN = Column(name="origin", source="Lead Origin", kind=Kind.CATEGORY)
EMAIL = Column(name="email", source="Do Not Email", kind=Kind.YES_NO)
COLUMNS = (VISITS, PAGES, ORIGIN, EMAIL)


def rows(count):
    random = np.random.default_rng(0)
    visits = random.poisson(4, count).astype(float)
    visits[::10] = np.nan
    return pa.table(
        {
            "visits": pa.array(visits, pa.float64(), from_pandas=True).cast(pa.int64()),
            "pages": random.normal(0, 1, count),
            "origin": ["API" if n % 4 else None for n in range(count)],
            "email": [n % 5 == 0 for n in range(count)],
        }
    )


def features(document):
    return {feature["name"]: feature for feature in document["features"]}


def test_statistics_have_the_figures_of_the_rows():
    table = rows(1_000)
    document = baseline_statistics(table, COLUMNS)
    assert document["dataset"] == {"item_count": 1_000}
    found = features(document)
    visits = found["TotalVisits"]["numerical_statistics"]
    known = table["visits"].drop_null().to_numpy()
    assert found["TotalVisits"]["inferred_type"] == "Integral"
    assert visits["common"] == {"num_present": 900, "num_missing": 100}
    assert (visits["min"], visits["max"], visits["sum"]) == (known.min(), known.max(), known.sum())
    assert visits["mean"] == pytest.approx(known.mean())
    assert visits["std_dev"] == pytest.approx(known.std())
    assert found["Pages"]["inferred_type"] == "Fractional"
    origin = found["Lead Origin"]["string_statistics"]
    assert origin["common"] == {"num_present": 750, "num_missing": 250}
    assert origin["distribution"]["categorical"]["buckets"] == [{"value": "API", "count": 750}]
    email = found["Do Not Email"]["string_statistics"]["distribution"]["categorical"]["buckets"]
    assert email == [{"value": "No", "count": 800}, {"value": "Yes", "count": 200}]


def test_ten_buckets_hold_every_row():
    buckets = features(baseline_statistics(rows(5_000), COLUMNS))["Pages"]["numerical_statistics"][
        "distribution"
    ]["kll"]["buckets"]
    assert len(buckets) == 10
    assert sum(bucket["count"] for bucket in buckets) == 5_000
    edges = [bucket["lower_bound"] for bucket in buckets] + [buckets[-1]["upper_bound"]]
    assert edges == sorted(edges)


@pytest.mark.parametrize("count", [1, 2, 2_048, 2_049, 5_000, 50_001])
def test_the_sketch_weighs_as_much_as_the_rows_and_knows_their_quantiles(count):
    table = rows(count)
    kll = features(baseline_statistics(table, [PAGES]))["Pages"]["numerical_statistics"]
    levels = kll["distribution"]["kll"]["sketch"]["data"]
    values = np.concatenate([np.array(level) for level in levels])
    weights = np.concatenate([np.full(len(items), 2**n) for n, items in enumerate(levels)])
    assert weights.sum() == count
    assert len(values) <= 2 * 2_048
    known = np.sort(table["pages"].to_numpy())
    order = np.argsort(values)
    for share in (0.1, 0.5, 0.9):
        found = values[order][np.searchsorted(np.cumsum(weights[order]), share * count)]
        assert abs(np.searchsorted(known, found) - share * count) <= max(1, weights.max())


def test_constraints_say_what_rows_must_be():
    document = baseline_constraints(rows(1_000), COLUMNS)
    found = features(document)
    assert found["TotalVisits"] == {
        "name": "TotalVisits", "inferred_type": "Integral", "completeness": 0.9,
        "num_constraints": {"is_non_negative": True},
    }  # fmt: skip
    assert found["Pages"]["num_constraints"] == {"is_non_negative": False}
    assert found["Lead Origin"]["string_constraints"] == {"domains": ["API"]}
    assert found["Lead Origin"]["completeness"] == 0.75
    assert document["monitoring_config"]["evaluate_constraints"] == "Enabled"


@pytest.mark.parametrize("count", [0, 1, 300])
def test_columns_without_any_value_stay_json(count):
    table = rows(count)
    empty = pa.table(
        {name: pa.nulls(count, table.schema.field(name).type) for name in table.column_names}
    )
    for given in (empty, table, table.select(["pages"])):
        for document in (baseline_statistics(given, COLUMNS), baseline_constraints(given, COLUMNS)):
            json.dumps(document, allow_nan=False)


def test_the_columns_of_a_use_case_are_told():
    from tests.support.watching import generated

    columns = LEAD_CONVERSION.schema.features(LEAD_CONVERSION.default_moment)
    document = baseline_statistics(generated(rows=300, seed=1), columns)
    assert [feature["name"] for feature in document["features"]] == [c.source for c in columns]
    json.dumps(document, allow_nan=False)


def violations(*found):
    return json.dumps({"version": 0, "violations": list(found)})


def violation(check, feature="Lead Source", words="Drift distance 0.4 exceeds 0.1."):
    return {"constraint_check_type": check, "feature_name": feature, "description": words}


def seen(text):
    return violation_signals(text, LEAD_CONVERSION.schema)


@pytest.mark.parametrize(
    ("check", "severity"),
    [
        ("data_type_check", "high"),
        ("missing_column_check", "high"),
        ("completeness_check", "medium"),
        ("baseline_drift_check", "medium"),
        ("categorical_values_check", "medium"),
        ("extra_column_check", "low"),
        ("a_check_of_tomorrow", "medium"),
    ],
)
def test_each_violation_is_a_raised_signal(check, severity):
    (signal,) = seen(violations(violation(check)))
    assert (signal.key, signal.severity) == (f"data/{check}/lead_source", severity)
    assert signal.says.endswith("(Drift distance 0.4 exceeds 0.1).")


def test_an_empty_list_is_well():
    (signal,) = seen(violations())
    assert (signal.state, worst([signal])) == ("OK", None)


def test_a_header_that_nobody_declared_keeps_its_name():
    (signal,) = seen(violations(violation("extra_column_check", "Shoe size")))
    assert signal.subject == "Shoe size"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", "null", '{"violations": 3}', '{"violations": [1]}']
)
def test_what_is_no_file_of_violations_is_refused(text):
    with pytest.raises(UsageError, match="no list of violations"):
        seen(text)
