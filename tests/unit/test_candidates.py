"""Candidates: grids expand, the best is chosen by the use case's own score."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from ml.contract.candidates import Candidate
from ml.contract.errors import LeadwiseError, TooFewOutcomes
from ml.contract.moments import ARRIVAL
from ml.contract.names import LINE, Estimator, Score
from ml.core.candidates import (
    Examples,
    Trial,
    attempts,
    best,
    configurations,
    describe,
    fit,
)
from ml.core.quality import repeated_quality
from tests.support.training import LINEAR, VISITS, visits


def trial(name, **figures):
    one = Candidate(estimator=Estimator.LIGHTGBM, params=(("name", name),))
    found = {Score(score): figure for score, figure in figures.items()}
    return Trial(candidate=one, pipeline=None, predicted=np.empty(0), figures=found)


def test_a_grid_becomes_every_combination_over_the_fixed_parameters():
    grid = (("num_leaves", (4, 8)), ("max_depth", (2, 3, 4)))
    params = (("n_estimators", 50), ("num_leaves", 99))
    found = configurations(Candidate(estimator=Estimator.LIGHTGBM, params=params, grid=grid))
    assert len({describe(one) for one in found}) == 6
    assert all(one.grid == () for one in found)
    assert describe(found[0]) == "lightgbm n_estimators=50 num_leaves=4 max_depth=2"
    assert configurations(LINEAR) == [LINEAR]


def test_the_best_has_the_highest_figure_or_the_lowest_where_that_is_better():
    trials = [trial("a", roc_auc=0.8, ece=0.02), trial("b", roc_auc=0.9, ece=0.05)]
    assert best(trials, Score.ROC_AUC) is trials[1]
    assert best(trials, Score.ECE) is trials[0]


def test_of_equals_the_first_wins_and_what_has_no_figure_loses():
    trials = [trial("nan", roc_auc=float("nan")), trial("a", roc_auc=0.8), trial("b", roc_auc=0.8)]
    assert best(trials, Score.ROC_AUC) is trials[1]
    with pytest.raises(
        LeadwiseError, match=r"no candidate has a figure for roc_auc \(tried: light"
    ):
        best(trials[:1], Score.ROC_AUC)


def test_every_configuration_is_tried_in_order():
    rows = Examples.of(visits(), VISITS, ARRIVAL)
    order = np.arange(len(rows.outcome))
    tried = list(attempts(VISITS, ARRIVAL, rows.take(order[:1000]), rows.take(order[1000:])))
    names = [describe(one.candidate) for one in tried]
    assert names[0] == "logistic_regression"
    assert len(names) == 3
    assert all(one.figures[Score.ROC_AUC] > 0.7 for one in tried)


def test_examples_hold_no_later_column_and_no_outcome():
    rows = Examples.of(visits(), VISITS, ARRIVAL)
    assert {"answer", "won", "visit"}.isdisjoint(rows.features)
    assert set(np.unique(rows.outcome)) == {0.0, 1.0}
    twice = rows.join(rows)
    assert len(twice.features) == len(twice.outcome) == 2 * len(rows.outcome)


def test_rows_without_an_outcome_are_refused():
    rows = visits(20)
    with pytest.raises(LeadwiseError, match="no column 'won'"):
        Examples.of(rows.drop_columns(["won"]), VISITS, ARRIVAL)
    some = pa.array([None, *rows["won"].to_pylist()[1:]], pa.int64())
    missing = rows.set_column(rows.column_names.index("won"), "won", some)
    with pytest.raises(LeadwiseError, match="1 of 20 rows have no 'won'"):
        Examples.of(missing, VISITS, ARRIVAL)


def test_one_outcome_teaches_nothing():
    rows = Examples.of(visits(), VISITS, ARRIVAL)
    losers = rows.take(np.flatnonzero(rows.outcome == 0))
    with pytest.raises(TooFewOutcomes, match="a second outcome occurs 0 times"):
        fit(LINEAR, losers, VISITS, ARRIVAL, seed=0, threads=1)


def test_quality_does_not_depend_on_the_order_in_which_an_engine_gives_rows():
    rows = visits(600).append_column(LINE, pa.array(range(600)))
    told = []
    first = repeated_quality(
        VISITS, rows, ARRIVAL, estimator=LINEAR.estimator, splits=3, after_each=told.append
    )
    shuffled = rows.take(np.random.default_rng(0).permutation(600))
    second = repeated_quality(VISITS, shuffled, ARRIVAL, estimator=LINEAR.estimator, splits=3)
    assert first == second
    assert len(told) == 3
    aucs = [figures[Score.ROC_AUC] for figures in told]
    assert first.scores[Score.ROC_AUC].mean == pytest.approx(np.mean(aucs))
    assert first.scores[Score.ROC_AUC].sd == pytest.approx(np.std(aucs, ddof=1))
    plain = first.to_dict()
    assert plain["scores"]["roc_auc"] == {"mean": np.mean(aucs), "sd": np.std(aucs, ddof=1)}
    assert (plain["moment"], plain["splits"], plain["rows"]) == ("arrival", 3, 600)


def test_quality_of_a_family_that_the_use_case_does_not_list():
    case = replace(VISITS, candidates=(LINEAR,))
    found = repeated_quality(case, visits(600), ARRIVAL, estimator=Estimator.LIGHTGBM, splits=1)
    assert found.estimator == "lightgbm"
    assert found.scores[Score.ROC_AUC].sd == 0
