"""Selection: grids expand, folds judge, a search spends its budget, the best is chosen."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from ml.contract.candidates import Candidate, Search, Span
from ml.contract.errors import InvalidUseCase, LeadwiseError, TooFewOutcomes
from ml.contract.moments import ARRIVAL
from ml.contract.names import LINE, Estimator, Score
from ml.core.features import encoder_of as real
from ml.core.quality import repeated_quality
from ml.core.selection import (
    Division,
    Examples,
    Trial,
    attempt,
    best,
    configurations,
    describe,
    fit,
    folds,
    out_of_fold,
    predict,
    sample,
    search,
)
from tests.support.training import LINEAR, VISITS, visits

BOOSTED = Candidate(
    estimator=Estimator.LIGHTGBM,
    params=(("n_estimators", 200), ("learning_rate", 0.3)),
    patience=5,
)


@pytest.fixture(scope="module")
def rows():
    return Examples.of(visits(), VISITS, ARRIVAL)


@pytest.fixture(scope="module")
def divisions(rows):
    return folds(VISITS, ARRIVAL, rows, count=3, seed=0)


def trial(name, *, weighted=False, finished=True, **figures):
    one = Candidate(estimator=Estimator.LIGHTGBM, params=(("name", name),), class_weights=weighted)
    folds_ = tuple(
        {Score(score): figure + luck for score, figure in figures.items()} for luck in (0.0, 0.001)
    )
    return Trial(candidate=one, by_fold=folds_, finished=finished)


def chosen(trials, score):
    return best(trials, score, [one.candidate for one in trials])


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
    assert chosen(trials, Score.ROC_AUC) is trials[1]
    assert chosen(trials, Score.ECE) is trials[0]


def test_of_equals_the_first_wins_and_what_has_no_figure_loses():
    trials = [trial("nan", roc_auc=float("nan")), trial("a", roc_auc=0.8), trial("b", roc_auc=0.8)]
    assert chosen(trials, Score.ROC_AUC) is trials[1]
    with pytest.raises(
        LeadwiseError, match=r"no candidate has a figure for roc_auc \(tried: light"
    ):
        chosen(trials[:1], Score.ROC_AUC)


def test_a_given_up_trial_never_wins():
    trials = [trial("a", roc_auc=0.9, finished=False), trial("b", roc_auc=0.8)]
    assert chosen(trials, Score.ROC_AUC) is trials[1]


def test_a_weighted_candidate_has_to_win_on_log_loss():
    plain = trial("plain", roc_auc=0.8, log_loss=0.40)
    ranks_better = trial("ranks", weighted=True, roc_auc=0.9, log_loss=0.41)
    wins = trial("wins", weighted=True, roc_auc=0.9, log_loss=0.39)
    assert chosen([plain, ranks_better], Score.ROC_AUC) is plain
    assert chosen([plain, wins], Score.ROC_AUC) is wins


def folds_of(estimator, *aucs):
    return Trial(
        candidate=Candidate(estimator=estimator),
        by_fold=tuple({Score.ROC_AUC: auc} for auc in aucs),
        finished=True,
    )


def test_a_later_family_has_to_be_better_by_more_than_luck():
    first = folds_of(Estimator.LIGHTGBM, 0.80, 0.84, 0.82)
    lucky = folds_of(Estimator.XGBOOST, 0.83, 0.84, 0.80)
    better = folds_of(Estimator.XGBOOST, 0.81, 0.85, 0.83)
    preference = (first.candidate, better.candidate)
    assert best([first, lucky], Score.ROC_AUC, preference) is first
    assert best([first, better], Score.ROC_AUC, preference) is better
    assert best([first, lucky], Score.ROC_AUC, preference[::-1]) is lucky


def test_each_row_is_judged_once_by_a_model_that_has_not_seen_it(rows, divisions):
    judged = np.concatenate([one.judged.outcome for one in divisions])
    assert len(judged) == len(rows)
    for one in divisions:
        assert len(one.learning) + len(one.judged) == len(rows)
        share = one.judged.outcome.mean()
        assert share == pytest.approx(rows.outcome.mean(), abs=0.01)


def test_folds_that_could_not_be_judged_say_how_many_are_missing(rows):
    few = rows.take(np.flatnonzero(rows.outcome == 1)[:23])
    many = rows.take(np.flatnonzero(rows.outcome == 0))
    with pytest.raises(
        TooFewOutcomes, match=r"outcome 1 occurs 23 times .* at least 50 are needed, 27 more"
    ):
        folds(VISITS, ARRIVAL, many.join(few), count=5, seed=0)


def test_encoding_once_gives_what_a_pipeline_gives(divisions):
    one = divisions[0]
    judged = one.judge(LINEAR, seed=0, threads=1)
    pipeline = fit(LINEAR, one.learning, VISITS, ARRIVAL, seed=0, threads=1)
    expected = predict(pipeline, one.judged.features, VISITS.task)
    np.testing.assert_allclose(judged.predicted, expected, atol=1e-12)


def test_columns_are_encoded_once_per_encoder(divisions, monkeypatch):
    one = Division(VISITS, ARRIVAL, divisions[0].learning, divisions[0].judged)
    asked = []
    monkeypatch.setattr(
        "ml.core.selection.division.encoder_of",
        lambda case, moment, estimator: asked.append(estimator) or real(case, moment, estimator),
    )
    for estimator in (Estimator.LIGHTGBM, Estimator.XGBOOST, Estimator.LIGHTGBM):
        one.judge(Candidate(estimator=estimator, params=(("n_estimators", 3),)), seed=0, threads=1)
    assert asked == [Estimator.LIGHTGBM]


@pytest.mark.parametrize("estimator", [Estimator.LIGHTGBM, Estimator.XGBOOST])
def test_early_stopping_never_looks_at_judged_rows(divisions, estimator):
    one, boosted = divisions[0], replace(BOOSTED, estimator=estimator)
    found = one.judge(boosted, seed=0, threads=1)
    turned = Examples(features=one.judged.features, outcome=1 - one.judged.outcome)
    other = Division(VISITS, ARRIVAL, one.learning, turned).judge(boosted, seed=0, threads=1)
    np.testing.assert_array_equal(found.predicted, other.predicted)
    assert found.rounds == other.rounds < 200


def test_early_stopping_settles_the_number_of_trees(divisions):
    settled = attempt(BOOSTED, divisions, seed=0, threads=1).candidate
    rounds = [one.judge(BOOSTED, seed=0, threads=1).rounds for one in divisions]
    assert dict(settled.params)["n_estimators"] == round(np.mean(rounds))
    assert settled.patience == 0


def test_held_out_predictions_are_of_every_row(divisions, rows):
    held_out = out_of_fold(LINEAR, divisions, seed=0, threads=1)
    assert len(held_out.predicted) == len(held_out.outcome) == len(rows)
    assert held_out.outcome.mean() == pytest.approx(rows.outcome.mean())


def tried(candidates, trials, divisions, seed=0):
    def judge(one, give_up):
        return attempt(one, divisions, seed=0, threads=1, give_up=give_up)

    budget = Search(trials=trials)
    return list(search(candidates, judge, budget=budget, score=Score.ROC_AUC, seed=seed))


SEARCHED = Candidate(
    estimator=Estimator.LOGISTIC_REGRESSION, space=(("C", Span(low=0.001, high=10, log=True)),)
)


def test_a_search_spends_its_budget_and_no_more(divisions):
    found = tried((SEARCHED, BOOSTED), 8, divisions)
    assert len(found) == 8
    assert [one.candidate.estimator for one in found[:2]] == [
        Estimator.LOGISTIC_REGRESSION,
        Estimator.LIGHTGBM,
    ]
    assert all(one.finished for one in found[:2])
    drawn = [dict(one.candidate.params)["C"] for one in found[2:]]
    assert len(set(drawn)) == 6
    assert all(0.001 <= value <= 10 for value in drawn)


def test_equal_seeds_draw_alike(divisions):
    names = [
        [describe(one.candidate) for one in tried((SEARCHED,), 5, divisions, seed)]
        for seed in (0, 0, 1)
    ]
    assert names[0] == names[1] != names[2]


def test_a_draw_that_falls_behind_is_given_up(divisions):
    flat = Candidate(
        estimator=Estimator.DECISION_TREE,
        space=(("ccp_alpha", Span(low=0.3, high=0.4)),),  # prunes every branch away
    )
    found = tried((flat, LINEAR), 5, divisions)
    assert {one.folds for one in found[2:]} == {1}
    assert not any(one.finished for one in found[2:])


def test_without_spaces_only_what_is_listed_is_tried(divisions):
    assert len(tried((LINEAR,), 8, divisions)) == 1


def test_a_large_table_is_searched_on_a_sample(rows):
    some = sample(rows, 200, VISITS.task, seed=0)
    assert len(some) == 200
    assert some.outcome.mean() == pytest.approx(rows.outcome.mean(), abs=0.01)
    assert sample(rows, 5_000, VISITS.task, seed=0) is rows


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Search(trials=0), "trials is 0; expected 1 or more"),
        (lambda: Search(folds=1), "folds is 1; expected 2 or more"),
        (lambda: Span(low=1, high=1), "low must be below high"),
        (lambda: Span(low=0, high=1, log=True), "above 0 and below high"),
        (lambda: Candidate(estimator=Estimator.RANDOM_FOREST, patience=3), "patience 3 is for"),
        (lambda: replace(BOOSTED, patience=-1), "expected 0 or more rounds"),
        (lambda: replace(LINEAR, space=(("C", ()),)), "space of .'C'. has no values"),
        (lambda: replace(VISITS, search=Search(trials=2)), "2 trials for 3 listed configurations"),
    ],
)
def test_what_cannot_be_searched_is_refused(make, words):
    with pytest.raises(InvalidUseCase, match=words):
        make()


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
