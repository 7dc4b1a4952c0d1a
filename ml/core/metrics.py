"""The figures that judge predictions, one function per `Score`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn import metrics as sk

from ml.contract.errors import TooFewOutcomes
from ml.contract.modelling import BinaryTask, Task
from ml.contract.names import Score
from ml.core.ranking import Ranking

Floats = NDArray[np.float64]
Metric = Callable[[Floats, Floats], float]

#: Probability from which a lead counts as a predicted event, for accuracy, precision, recall, F1.
THRESHOLD = 0.5

#: Fewer rows of an outcome make every figure a matter of luck.
MINIMUM_OF_EACH = 10


def precision_at_10(outcome: Floats, predicted: Floats) -> float:
    """Share of events among the tenth of rows with the highest predictions.

    Examples
    --------
    >>> precision_at_10(np.array([1.0, 1] + [0] * 18), np.linspace(1, 0, 20))
    1.0
    """
    ones = np.ones((1, len(outcome)))
    return float(Ranking.of(outcome, predicted).precision_at(ones, 0.1)[0])


def lift_at_10(outcome: Floats, predicted: Floats) -> float:
    """How many times more events the best tenth holds than a random tenth; 1 is no better."""
    return precision_at_10(outcome, predicted) / float(np.mean(outcome))


def expected_calibration_error(outcome: Floats, predicted: Floats) -> float:
    """Mean gap between predicted and observed rates over ten bins of equal mass.

    Naeini, Cooper and Hauskrecht, AAAI 2015, with the equal-mass bins of Nguyen and O'Connor,
    EMNLP 2015: equal-width bins would leave most bins of a skewed score nearly empty.

    Returns
    -------
    float
        0 for perfect calibration; 0.03 means three points off on average.

    Examples
    --------
    >>> expected_calibration_error(np.array([0.0, 1] * 50), np.full(100, 0.5))
    0.0
    """
    ones = np.ones((1, len(outcome)))
    return float(Ranking.of(outcome, predicted).calibration_error(ones)[0])


def _decided(metric: Callable[..., float], **options: object) -> Metric:
    return lambda outcome, predicted: float(metric(outcome, predicted >= THRESHOLD, **options))


METRICS: dict[Score, Metric] = {
    Score.ROC_AUC: lambda outcome, predicted: float(sk.roc_auc_score(outcome, predicted)),
    Score.PR_AUC: lambda outcome, predicted: float(sk.average_precision_score(outcome, predicted)),
    Score.ACCURACY: _decided(sk.accuracy_score),
    Score.PRECISION: _decided(sk.precision_score, zero_division=0),
    Score.RECALL: _decided(sk.recall_score, zero_division=0),
    Score.F1: _decided(sk.f1_score, zero_division=0),
    Score.PRECISION_AT_10: precision_at_10,
    Score.LIFT_AT_10: lift_at_10,
    Score.LOG_LOSS: lambda outcome, predicted: float(
        sk.log_loss(outcome, predicted, labels=[0, 1])
    ),
    Score.BRIER: lambda outcome, predicted: float(sk.brier_score_loss(outcome, predicted)),
    Score.ECE: expected_calibration_error,
    # One constant prediction ranks nothing: scipy says NaN, which no gate passes.
    Score.SPEARMAN: lambda outcome, predicted: float(stats.spearmanr(outcome, predicted).statistic),
    Score.MAE: lambda outcome, predicted: float(sk.mean_absolute_error(outcome, predicted)),
    Score.RMSE: lambda outcome, predicted: float(sk.root_mean_squared_error(outcome, predicted)),
}


def check_outcomes(task: Task, outcome: Floats) -> None:
    """Refuse rows that cannot judge a model.

    Raises
    ------
    TooFewOutcomes
        Naming the outcome that is too rare, how often it occurs and how often it has to.
    """
    if isinstance(task, BinaryTask):
        for label, count in (("1", int(outcome.sum())), ("0", int((1 - outcome).sum()))):
            if count < MINIMUM_OF_EACH:
                raise TooFewOutcomes(f"outcome {label}", count, len(outcome), MINIMUM_OF_EACH)
    elif len(np.unique(outcome)) < 2 or len(outcome) < MINIMUM_OF_EACH:
        common = int(np.unique(outcome, return_counts=True)[1].max(initial=0))
        rarer = len(outcome) - common
        raise TooFewOutcomes("ratings other than the commonest", rarer, len(outcome), 1)


def figures(task: Task, outcome: Floats, predicted: Floats) -> dict[Score, float]:
    """Every figure that makes sense for the task, in the order of `Score`.

    Parameters
    ----------
    task : Task
        What is predicted.
    outcome, predicted : ndarray of shape (n_rows,)
        What happened, and the probability (binary) or rating (ordinal) that was predicted.

    Returns
    -------
    dict of Score to float

    Raises
    ------
    TooFewOutcomes
        If the rows hold too few of an outcome to say anything.

    Examples
    --------
    >>> outcome = np.repeat([0.0, 1.0], 20)
    >>> figures(BinaryTask(), outcome, 0.2 + 0.6 * outcome)[Score.ROC_AUC]
    1.0
    """
    check_outcomes(task, outcome)
    return {score: METRICS[score](outcome, predicted) for score in Score if score in task.scores}
