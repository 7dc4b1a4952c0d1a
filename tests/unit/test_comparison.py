"""A challenger takes the champion's place only when it is better beyond luck (F31)."""

from dataclasses import replace

import numpy as np
import pytest

from ml.contract.gates import Gate
from ml.contract.modelling import BinaryTask, OrdinalTask
from ml.contract.names import Score, Trait
from ml.core.comparison import Measured, check_gates, check_predictions, compare, objections

RANDOM = np.random.default_rng(11)
TRUTH = RANDOM.beta(0.8, 1.2, 2000)
OUTCOME = (RANDOM.random(2000) < TRUTH).astype(float)
CHAMPION = np.clip(TRUTH + RANDOM.normal(0, 0.10, 2000), 0.001, 0.999)


def objection(challenger, *, champion=CHAMPION, score=Score.ROC_AUC, margin=0.0) -> str:
    found = compare(
        BinaryTask(), score, OUTCOME, challenger=challenger, champion=champion, margin=margin
    )
    return "; ".join(objections("", found.gates))


def found(**figures: float) -> dict[Score, Measured]:
    return {Score(name): Measured(figure=figure) for name, figure in figures.items()}


def test_a_worse_challenger_is_refused():
    assert objection(np.clip(TRUTH + RANDOM.normal(0, 0.5, 2000), 0, 1)).startswith("worse than")


def test_an_equal_challenger_is_refused():
    assert objection(CHAMPION.copy()).startswith("equal to the champion")


def test_a_challenger_that_is_better_by_luck_is_refused():
    slightly = np.clip(CHAMPION + 0.002 * (OUTCOME - 0.5) + RANDOM.normal(0, 0.02, 2000), 0, 1)
    found = compare(BinaryTask(), Score.ROC_AUC, OUTCOME, challenger=slightly, champion=CHAMPION)
    assert found.difference.value > 0
    ahead, sound = found.gates
    assert ahead.reason.startswith("better than the champion by no more than luck")
    assert (ahead.figure, ahead.passed) == (found.difference.low, False)
    assert (sound.reason, sound.passed) == ("", True)


def test_a_better_challenger_is_let_in():
    noisy = np.clip(TRUTH + RANDOM.normal(0, 0.5, 2000), 0, 1)
    assert objection(TRUTH, champion=noisy) == ""


def test_better_order_with_worse_probabilities_is_refused():
    noisy = np.clip(TRUTH + RANDOM.normal(0, 0.2, 2000), 0, 1)
    squashed = 0.45 + 0.02 * TRUTH  # the right order, no idea of the rate
    found = objection(squashed, champion=noisy)
    assert "AUC is better" in found
    assert "predictions themselves are worse: Brier score -" in found


def test_better_f1_with_worse_calibration_is_refused():
    """F31: a threshold that suits F1 is no reason to promise what does not come."""
    timid = np.clip(TRUTH - 0.12, 0.001, 0.999)
    boastful = np.clip(TRUTH * 0.2 + 0.75 * (TRUTH > 0.38), 0.001, 0.999)
    found = compare(BinaryTask(), Score.F1, OUTCOME, challenger=boastful, champion=timid)
    ahead, sound = found.gates
    assert ahead.passed
    assert not sound.passed
    assert sound.reason.startswith("F1 is better (+")
    assert "the predictions themselves are worse: Brier score -" in sound.reason


def test_a_margin_asks_for_more_or_forgives_some():
    noisy = np.clip(TRUTH + RANDOM.normal(0, 0.2, 2000), 0, 1)
    assert objection(TRUTH, champion=noisy) == ""
    assert "by more than 0.5" in objection(TRUTH, champion=noisy, margin=0.5)
    near = np.clip(CHAMPION + RANDOM.normal(0, 0.01, 2000), 0, 1)
    assert objection(near, margin=-0.01) == ""


def test_what_is_let_in_as_equal_is_not_called_better():
    near = CHAMPION + 0.01 * np.sin(np.arange(2000)) * CHAMPION * (1 - CHAMPION)
    found = compare(
        BinaryTask(), Score.ROC_AUC, OUTCOME, challenger=near, champion=CHAMPION, margin=-0.5
    )
    assert found.gates[0].passed
    assert not found.is_better
    worse = replace(found, margin=-0.0001).gates[0].reason
    assert worse.startswith("perhaps worse than the champion by more than 0.0001: AUC")


def test_smaller_is_better_where_it_is():
    noisy = np.clip(TRUTH + RANDOM.normal(0, 0.3, 2000), 0, 1)
    assert objection(TRUTH, champion=noisy, score=Score.LOG_LOSS) == ""
    assert objection(noisy, champion=TRUTH, score=Score.LOG_LOSS).startswith("worse than")


def test_ratings_are_guarded_by_their_error():
    outcome = RANDOM.integers(1, 6, 1000).astype(float)
    good = outcome + RANDOM.normal(0, 0.5, 1000)
    bad = outcome + RANDOM.normal(0, 2, 1000)
    found = compare(OrdinalTask(), Score.SPEARMAN, outcome, challenger=good, champion=bad)
    assert found.guard == Score.MAE
    assert all(gate.passed for gate in found.gates)


@pytest.mark.parametrize(
    ("predicted", "words"),
    [
        ([0.1, np.nan, 0.4], "1 of 3 predictions are not finite"),
        ([0.1, np.inf, 0.4], "1 of 3 predictions are not finite"),
        ([0.1, -0.2, 0.4], "1 of 3 predictions lie outside 0 to 1, such as -0.2"),
        ([0.3, 0.3, 0.3], "every prediction is 0.3"),
    ],
)
def test_predictions_that_mean_nothing_are_named(predicted, words):
    assert words in check_predictions(BinaryTask(), np.array(predicted))


def test_ratings_may_be_any_number():
    assert check_predictions(OrdinalTask(), np.array([-0.2, 5.3])) == ""


def test_a_gate_says_what_it_saw_and_wanted():
    gates = (Gate(score=Score.ROC_AUC, at_least=0.9), Gate(score=Score.ECE, at_most=0.05))
    first, second = check_gates(gates, found(roc_auc=0.87, ece=0.02))
    assert (first.passed, first.reason) == (
        False,
        "the AUC is 0.8700, and at least 0.9 is asked for",
    )
    assert (second.passed, second.reason) == (True, "")
    (leaks,) = check_gates(
        (Gate(score=Trait.LEAKS, at_most=0),), {Trait.LEAKS: Measured(figure=1, note="tags")}
    )
    assert leaks.reason == (
        "the number of columns that give the outcome away is 1, and 0 is asked for: tags"
    )
    (lost,) = check_gates(gates[:1], found(roc_auc=float("nan")))
    assert not lost.passed


def test_every_objection_is_told():
    gates = check_gates((Gate(score=Score.ROC_AUC, at_least=0.9),), found(roc_auc=0.87))
    same = compare(BinaryTask(), Score.ROC_AUC, OUTCOME, challenger=CHAMPION, champion=CHAMPION)
    told = list(objections("unusable", gates + same.gates))
    assert [words.split(" ")[0] for words in told] == ["unusable", "the", "equal"]
    assert list(objections("", ())) == []
