"""XGBoost on Spark: as good as on one machine, packaged as any model, and no row stays behind."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import roc_auc_score
from xgboost import XGBRegressor

from ml.adapters.spark_boosting import SparkBoosting
from ml.adapters.spark_engine import SparkEngine
from ml.contract.candidates import Candidate, Search
from ml.contract.errors import DependencyUnavailable, UnknownName
from ml.contract.moments import ARRIVAL
from ml.contract.names import Estimator
from ml.contract.schema import Schema
from ml.core.scoring import Scorer
from ml.core.scoring.plan import Plan
from ml.core.scoring.table_encoder import TableEncoder
from ml.core.scoring.xgboost_library import Booster
from ml.core.selection import Examples, fit, predict
from ml.ports import Boosted, EncodedRows
from ml.steps.encoded_rows import sample_of
from ml.steps.train import train
from tests.support.spark import SPARK_PYTHON
from tests.support.training import LINEAR, VISITS, home_with_visits, visits

XGBOOST = Candidate(estimator=Estimator.XGBOOST, params=(("n_estimators", 40),))
USE_CASE = replace(
    VISITS,
    schema=Schema(
        columns=tuple(
            replace(column, monotone=1) if column.name == "pages" else column
            for column in VISITS.schema.columns
        )
    ),
    candidates=(LINEAR, XGBOOST),
    search=Search(trials=2, folds=2),
)
UNSEEN = visits(rows=4_000, seed=9)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return home_with_visits(tmp_path_factory.mktemp("home"), visits(rows=4_000))


class Remembering:
    """Keeps what Spark said, for the package to be held to."""

    def __init__(self, boosting):
        self.boosting, self.fits = boosting, []

    def fit(self, *words, **named) -> Boosted:
        made = self.boosting.fit(*words, **named)
        self.fits.append(made)
        return made


@pytest.fixture(scope="module")
def trained(home, spark):
    """A version that Spark has fitted, and the two fits that it took."""
    boosting = Remembering(SparkBoosting(spark))
    runtime = replace(home.runtime, boosting=boosting)
    words = {"split": home.parts, "snapshot": home.snapshot, "moment": ARRIVAL}
    return train(USE_CASE, runtime, **words), boosting.fits


@pytest.fixture(scope="module")
def package(home, trained):
    version = home.runtime.registry.get(trained[0].model, trained[0].version)
    return home.runtime.registry.package(version)


@pytest.fixture(scope="module")
def scorer(package):
    return Scorer.load(package, version="1", use_case=USE_CASE)


def part(home, key):
    return pq.read_table(home.runtime.lake.fetch(key))


def test_the_challenger_is_an_xgboost_like_any_other(trained, scorer):
    record, _ = trained
    assert (record.estimator, scorer.manifest.estimator) == ("xgboost", "XGBClassifier")
    assert set(record.importance) == {"minutes", "pages", "origin"}


def test_it_ranks_as_well_as_xgboost_on_one_machine(home, scorer):
    rows = [part(home, key) for key in (home.parts.train, home.parts.validation)]
    taught = Examples.of(rows[0], USE_CASE, ARRIVAL).join(Examples.of(rows[1], USE_CASE, ARRIVAL))
    local = fit(XGBOOST, taught, USE_CASE, ARRIVAL, seed=0, threads=1)
    unseen = Examples.of(UNSEEN, USE_CASE, ARRIVAL)
    here = roc_auc_score(unseen.outcome, predict(local, unseen.features, USE_CASE.task))
    there = roc_auc_score(unseen.outcome, scorer.predict(UNSEEN))
    assert there == pytest.approx(here, abs=0.01)


def test_the_package_says_of_each_row_what_spark_said(home, trained, package):
    last = trained[1][-1].unseen
    validation = part(home, home.parts.validation)
    rows = TableEncoder(Plan.from_json(json.loads(package["encoder.json"]))).encode(validation)
    ours = Booster(package["model.json"], threads=1).predict(rows)
    # Spark keeps no order.
    order = np.lexsort((ours, validation["won"].to_numpy()))
    theirs = np.lexsort((last.predicted, last.outcome))
    np.testing.assert_allclose(ours[order], last.predicted[theirs], atol=1e-6)


def test_it_keeps_to_the_directions_that_columns_have(scorer):
    place = UNSEEN.column_names.index("pages")
    more = UNSEEN.set_column(place, "pages", pc.add(UNSEEN["pages"], 3))
    assert (scorer.predict(more) >= scorer.predict(UNSEEN)).all()


def test_it_is_calibrated_by_rows_that_the_trees_had_not_seen(home, trained):
    first, last = trained[1]
    assert len(first.unseen.outcome) == home.parts.rows["validation"]
    assert first.model != last.model


def test_a_rating_is_fitted_as_a_number_and_what_spark_refuses_is_one_line(spark, tmp_path):
    random = np.random.default_rng(0)
    table = pa.table({"f0": random.normal(size=900), "f1": random.integers(0, 3, 900) * 1.0})
    stars = pc.add(table["f0"], table["f1"])
    pq.write_table(table.append_column("stars", stars), tmp_path / "rows.parquet")
    rows = EncodedRows(
        file=tmp_path / "rows.parquet", columns=("f0", "f1"), kinds=("q", "c"), target="stars"
    )
    words = {"model": XGBRegressor(n_estimators=50, tree_method="hist"), "folder": tmp_path}
    said = SparkBoosting(spark).fit([rows], rows, **words).unseen
    assert np.corrcoef(said.predicted, said.outcome)[0, 1] > 0.98
    with pytest.raises(DependencyUnavailable, match="Spark cannot run XGBoost: .*moons") as refused:
        SparkBoosting(spark).fit([rows], replace(rows, target="moons"), **words)
    assert "\n" not in str(refused.value)


def test_a_use_case_without_xgboost_names_what_it_tries(home):
    runtime = replace(home.runtime, boosting=SparkBoosting(SparkEngine(SPARK_PYTHON)))
    words = {"split": home.parts, "snapshot": home.snapshot, "moment": ARRIVAL}
    with pytest.raises(UnknownName, match="'xgboost'; there is: logistic_regression, lightgbm"):
        train(VISITS, runtime, **words)


def test_where_spark_is_away_nothing_is_registered(home, tmp_path):
    runtime = replace(home.runtime, boosting=SparkBoosting(SparkEngine(tmp_path / "python")))
    words = {"split": home.parts, "snapshot": home.snapshot, "moment": ARRIVAL}
    before = _versions(home)
    with pytest.raises(DependencyUnavailable, match="Spark is not installed"):
        train(USE_CASE, runtime, **words)
    assert _versions(home) == before


def _versions(home):
    model = USE_CASE.model_name(ARRIVAL)
    known = (str(n) for n in itertools.count(1))
    return len(list(itertools.takewhile(lambda n: home.runtime.registry.get(model, n), known)))


@pytest.mark.parametrize(("most", "rows"), [(10_000, 4_000), (1_000, 1_000), (999, 800)])
def test_a_sample_is_spread_over_the_rows(tmp_path, most, rows):
    file = tmp_path / "rows.parquet"
    pq.write_table(visits(rows=4_000), file, row_group_size=700)
    sample = sample_of(file, ["won", "visit"], most=most)
    assert sample.num_rows == rows
    places = [int(name.rpartition("-")[2]) for name in sample["visit"].to_pylist()]
    assert set(np.diff(places)) == {4_000 // rows}
