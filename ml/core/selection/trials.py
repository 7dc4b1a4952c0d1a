"""Trials: configurations judged fold by fold, and the choice between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ml.contract.candidates import Candidate
from ml.contract.errors import LeadwiseError
from ml.contract.names import Score
from ml.core.selection.configurations import configured, describe
from ml.core.selection.division import Division, Judged

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A configuration that was judged on folds.

    Parameters
    ----------
    candidate : Candidate
        One configuration: nothing is left to search, and `n_estimators` is what early stopping
        found.
    figures, spread : dict of Score to float
        Mean and standard deviation over the folds that were judged.
    folds : int
        How many those were.
    finished : bool
        Whether that were all: a search gives up on what falls behind.
    """

    candidate: Candidate
    figures: dict[Score, float]
    spread: dict[Score, float]
    folds: int
    finished: bool


def attempt(
    candidate: Candidate,
    divisions: Sequence[Division],
    *,
    seed: int,
    threads: int,
    give_up: Callable[[int, dict[Score, float]], bool] = lambda _fold, _figures: False,
) -> Trial:
    """Judge one configuration on each division.

    Parameters
    ----------
    give_up : callable, optional
        Told after each division its number and the mean figures so far; True ends the trial.
    """
    found: list[Judged] = []
    for at, division in enumerate(divisions):
        found.append(division.judge(candidate, seed=seed, threads=threads))
        if at + 1 < len(divisions) and give_up(at, _over(found, np.mean)):
            break
    return Trial(
        candidate=settled(candidate, [one.rounds for one in found]),
        figures=_over(found, np.mean),
        spread=_over(found, np.std),
        folds=len(found),
        finished=len(found) == len(divisions),
    )


def _over(found: Sequence[Judged], statistic: Callable[[Floats], float]) -> dict[Score, float]:
    return {
        score: float(statistic(np.array([one.figures[score] for one in found])))
        for score in found[0].figures
    }


def settled(candidate: Candidate, stopped: Sequence[int | None]) -> Candidate:
    """The configuration with as many trees as early stopping took, on average.

    Parameters
    ----------
    candidate : Candidate
        A configuration; told unchanged where nothing was stopped.
    stopped : sequence of int or None
        Trees of each fit.
    """
    rounds = [one for one in stopped if one is not None]
    if not rounds:
        return candidate
    trees = max(1, round(float(np.mean(rounds))))
    return replace(configured(candidate, {"n_estimators": trees}), patience=0)


def leading(trials: Sequence[Trial], score: Score) -> Trial:
    """The finished trial with the best figure; of equals the one that was tried first.

    Raises
    ------
    LeadwiseError
        If no trial has the figure.
    """
    sign = -1.0 if score.lower_is_better else 1.0
    judged = [one for one in trials if one.finished and np.isfinite(one.figures[score])]
    if not judged:
        tried = ", ".join(describe(trial.candidate) for trial in trials) or "nothing"
        raise LeadwiseError(
            f"no candidate has a figure for {score} (tried: {tried}); see their runs"
        )
    return max(judged, key=lambda trial: sign * trial.figures[score])


def best(trials: Sequence[Trial], score: Score) -> Trial:
    """As `leading`; but a weighted trial counts only if its log loss is the lowest of all."""
    return leading([one for one in trials if _may_win(one, trials)], score)


def _may_win(trial: Trial, others: Sequence[Trial]) -> bool:
    if not trial.candidate.class_weights:
        return True
    plain = [
        one.figures[Score.LOG_LOSS]
        for one in others
        if one.finished and not one.candidate.class_weights
    ]
    return trial.figures[Score.LOG_LOSS] < min(plain, default=np.inf)
