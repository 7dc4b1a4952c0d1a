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
    by_fold : tuple of dict of Score to float
        Figures on each fold that was judged.
    finished : bool
        Whether that were all: a search gives up on what falls behind.
    """

    candidate: Candidate
    by_fold: tuple[dict[Score, float], ...]
    finished: bool

    @property
    def folds(self) -> int:
        """How many folds were judged."""
        return len(self.by_fold)

    @property
    def figures(self) -> dict[Score, float]:
        """Means over the folds."""
        return {score: float(self.on_folds(score).mean()) for score in self.by_fold[0]}

    @property
    def spread(self) -> dict[Score, float]:
        """Standard deviations over the folds."""
        return {score: float(self.on_folds(score).std()) for score in self.by_fold[0]}

    def on_folds(self, score: Score) -> Floats:
        """One figure on each fold."""
        return np.array([figures[score] for figures in self.by_fold])


def attempt(
    candidate: Candidate,
    divisions: Sequence[Division],
    *,
    seed: int,
    threads: int,
    give_up: Callable[[Trial], bool] = lambda _: False,
) -> Trial:
    """Judge one configuration on each division.

    Parameters
    ----------
    give_up : callable, optional
        Told after each division but the last what is known so far; True ends the trial.
    """
    found: list[Judged] = []
    for division in divisions:
        found.append(division.judge(candidate, seed=seed, threads=threads))
        if len(found) < len(divisions) and give_up(_so_far(candidate, found)):
            return _so_far(candidate, found)
    return replace(_so_far(candidate, found), finished=True)


def _so_far(candidate: Candidate, found: Sequence[Judged]) -> Trial:
    return Trial(
        candidate=settled(candidate, [one.rounds for one in found]),
        by_fold=tuple(one.figures for one in found),
        finished=False,
    )


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


def best(trials: Sequence[Trial], score: Score, preference: Sequence[Candidate]) -> Trial:
    """The trial to make a model of.

    Of the trials that luck alone may keep behind the leading one, the leading trial of the
    candidate that stands first: a later family has to be better by more than one standard error
    of the difference over the folds (the rule of Breiman et al., Classification and Regression
    Trees, 1984, on paired folds). A weighted trial counts only if its log loss is the lowest.

    Parameters
    ----------
    trials : sequence of Trial
    score : Score
        What to choose by.
    preference : sequence of Candidate
        Families, the one to prefer first.
    """
    eligible = [one for one in trials if one.finished and _may_win(one, trials)]
    ahead = leading(eligible or trials, score)
    close = [one for one in eligible if one is ahead or _only_luck(ahead, one, score)]
    families = [one.family for one in preference]
    first = min((one.candidate.family for one in close), key=families.index)
    return leading([one for one in close if one.candidate.family == first], score)


def _only_luck(ahead: Trial, behind: Trial, score: Score) -> bool:
    differences = ahead.on_folds(score) - behind.on_folds(score)
    error = np.std(differences, ddof=1) / np.sqrt(len(differences))
    return bool(np.abs(np.mean(differences)) <= error)


def _may_win(trial: Trial, others: Sequence[Trial]) -> bool:
    if not trial.candidate.class_weights:
        return True
    plain = [
        one.figures[Score.LOG_LOSS]
        for one in others
        if one.finished and not one.candidate.class_weights
    ]
    return trial.figures[Score.LOG_LOSS] < min(plain, default=np.inf)
