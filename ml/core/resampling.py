"""Confidence intervals by the bootstrap, for one model and for the difference of two."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

import numpy as np
from numpy.typing import NDArray

from ml.contract.modelling import Task
from ml.contract.names import Score
from ml.contract.records import Interval
from ml.core.metrics import METRICS, THRESHOLD, check_outcomes
from ml.core.ranking import Ranking, ratio

Floats = NDArray[np.float64]
Resampled = Callable[[Floats, Floats, Floats], Floats]

#: Weights held in memory at once; bounds a bootstrap over a large table to about 100 MB.
_CELLS = 4_000_000


def _mean(loss: Callable[[Floats, Floats], Floats]) -> Resampled:
    return lambda outcome, predicted, weights: ratio(
        weights @ loss(outcome, predicted), weights.sum(axis=1)
    )


def _counts(outcome: Floats, predicted: Floats, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Hits, predicted events and events of each resample."""
    decided = (predicted >= THRESHOLD).astype(float)
    return weights @ (decided * outcome), weights @ decided, weights @ outcome


def _precision(outcome: Floats, predicted: Floats, weights: Floats) -> Floats:
    hits, decided, _ = _counts(outcome, predicted, weights)
    return hits / np.maximum(decided, 1)


def _recall(outcome: Floats, predicted: Floats, weights: Floats) -> Floats:
    hits, _, events = _counts(outcome, predicted, weights)
    return hits / np.maximum(events, 1)


def _f1(outcome: Floats, predicted: Floats, weights: Floats) -> Floats:
    hits, decided, events = _counts(outcome, predicted, weights)
    return 2 * hits / np.maximum(decided + events, 1)


def _surprise(outcome: Floats, predicted: Floats) -> Floats:
    # The clip is scikit-learn's: a certain and wrong prediction costs 36, not infinity.
    tiny = np.finfo(np.float64).eps
    likely = np.clip(np.where(outcome == 1, predicted, 1 - predicted), tiny, 1 - tiny)
    surprise: Floats = -np.log(likely)
    return surprise


def _root_of_squares(outcome: Floats, predicted: Floats, weights: Floats) -> Floats:
    squares = _mean(lambda seen, said: (seen - said) ** 2)
    return np.sqrt(squares(outcome, predicted, weights))


def _spearman(outcome: Floats, predicted: Floats, weights: Floats) -> Floats:
    """Correlation of the midranks."""
    centred = []
    for values in (predicted, outcome):
        ranks = Ranking.of(outcome, values).midranks(weights)
        mean = (ranks * weights).sum(axis=1, keepdims=True) / weights.sum(axis=1, keepdims=True)
        centred.append(ranks - mean)
    left, right = centred
    spread = np.sqrt((weights * left**2).sum(axis=1) * (weights * right**2).sum(axis=1))
    return ratio((weights * left * right).sum(axis=1), spread)


def _ranked(figure: Callable[[Ranking, Floats], Floats]) -> Resampled:
    return lambda outcome, predicted, weights: figure(Ranking.of(outcome, predicted), weights)


RESAMPLED: dict[Score, Resampled] = {
    Score.ROC_AUC: _ranked(Ranking.roc_auc),
    Score.PR_AUC: _ranked(Ranking.average_precision),
    Score.ACCURACY: _mean(
        lambda seen, said: ((said >= THRESHOLD) == (seen == 1)).astype(np.float64)
    ),
    Score.PRECISION: _precision,
    Score.RECALL: _recall,
    Score.F1: _f1,
    Score.PRECISION_AT_10: _ranked(lambda ranking, weights: ranking.precision_at(weights, 0.1)),
    Score.LIFT_AT_10: _ranked(lambda ranking, weights: ranking.lift_at(weights, 0.1)),
    Score.LOG_LOSS: _mean(_surprise),
    Score.BRIER: _mean(lambda seen, said: (seen - said) ** 2),
    Score.ECE: _ranked(Ranking.calibration_error),
    Score.SPEARMAN: _spearman,
    Score.MAE: _mean(lambda seen, said: np.abs(seen - said)),
    Score.RMSE: _root_of_squares,
}


def draws(rows: int, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each row is drawn in each resample, in blocks of shape (some, rows)."""
    random = np.random.default_rng(seed)
    block = max(1, _CELLS // rows)
    for begin in range(0, resamples, block):
        size = min(block, resamples - begin)
        drawn = random.integers(rows, size=(size, rows)) + rows * np.arange(size)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=size * rows).reshape(size, rows)
        yield counts.astype(np.float64)


def _interval(value: float, figures: Floats, level: float) -> Interval:
    # A resample without any event has no AUC; with ten of each outcome that is one in 20,000.
    low, high = np.nanquantile(figures, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value=value, low=float(low), high=float(high))


def intervals(
    task: Task,
    outcome: Floats,
    predicted: Floats,
    *,
    seed: int = 0,
    resamples: int = 500,
    level: float = 0.95,
    scores: Collection[Score] | None = None,
) -> dict[Score, Interval]:
    """Every figure of the task with its percentile bootstrap interval (Efron 1979).

    Parameters
    ----------
    task : Task
        What is predicted.
    outcome, predicted : ndarray of shape (n_rows,)
        What happened, and what was predicted.
    seed : int, default=0
        Same seed, same intervals.
    resamples : int, default=500
        More give steadier bounds.
    level : float, default=0.95
        Share of resamples inside the interval.
    scores : collection of Score or None, default=None
        The figures that are wanted; all that make sense for the task where absent.

    Returns
    -------
    dict of Score to Interval

    Raises
    ------
    TooFewOutcomes
        If the rows hold too few of an outcome.
    """
    check_outcomes(task, outcome)
    wanted = task.scores if scores is None else task.scores.intersection(scores)
    chosen = [score for score in Score if score in wanted]
    blocks = [
        [RESAMPLED[score](outcome, predicted, weights) for score in chosen]
        for weights in draws(len(outcome), resamples, seed)
    ]
    columns = [np.concatenate(column) for column in zip(*blocks, strict=True)]
    values = [METRICS[score](outcome, predicted) for score in chosen]
    return {
        score: _interval(value, _unbiased(score, value, column), level)
        for score, value, column in zip(chosen, values, columns, strict=True)
    }


def _unbiased(score: Score, value: float, figures: Floats) -> Floats:
    """Resampled figures around the figure itself.

    A resample repeats rows, which alone makes its calibration error larger: a plain percentile
    interval may lie wholly above the figure that it is about.
    """
    if score is not Score.ECE:
        return figures
    return np.maximum(figures - float(np.nanmedian(figures)) + value, 0.0)


def paired_bootstrap(
    challenger: Floats,
    champion: Floats,
    outcome: Floats,
    score: Score,
    *,
    seed: int = 0,
    resamples: int = 1000,
    level: float = 0.95,
) -> Interval:
    """How much better the challenger is than the champion on the same rows.

    Both are judged on the same resamples, so luck that both share cancels out.

    Parameters
    ----------
    challenger, champion : ndarray of shape (n_rows,)
        Predictions of the two.
    outcome : ndarray of shape (n_rows,)
        What happened.
    score : Score
        The figure that is compared. Where smaller is better the sign is turned, so a positive
        difference always favours the challenger.
    seed, resamples, level
        As in `intervals`.

    Returns
    -------
    Interval
        Of the difference; wholly above 0 if the challenger is better beyond luck.

    Examples
    --------
    >>> outcome = np.repeat([0.0, 1.0], 50)
    >>> paired_bootstrap(outcome, outcome, outcome, Score.ROC_AUC)
    Interval(value=0.0, low=0.0, high=0.0)
    """
    sign = -1.0 if score.lower_is_better else 1.0
    resampled, metric = RESAMPLED[score], METRICS[score]
    differences = [
        sign * (resampled(outcome, challenger, weights) - resampled(outcome, champion, weights))
        for weights in draws(len(outcome), resamples, seed)
    ]
    value = sign * (metric(outcome, challenger) - metric(outcome, champion))
    return _interval(value, np.concatenate(differences), level)
