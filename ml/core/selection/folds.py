"""Folds: rows are divided several times, so that each is judged by a model that has not seen it."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

from ml.contract.candidates import Candidate
from ml.contract.errors import TooFewOutcomes
from ml.contract.modelling import BinaryTask, Task
from ml.contract.moments import Moment
from ml.contract.use_case import UseCase
from ml.core.metrics import MINIMUM_OF_EACH
from ml.core.out_of_fold import HeldOut
from ml.core.selection.division import Division
from ml.core.selection.examples import Examples


def folds(
    use_case: UseCase, moment: Moment, examples: Examples, *, count: int, seed: int
) -> list[Division]:
    """Divisions whose judged rows are together all rows, each once.

    Parameters
    ----------
    count : int
        How many; stratified by the outcome where that is yes or no.
    seed : int
        Same seed and rows, same folds.

    Raises
    ------
    TooFewOutcomes
        If some fold could not be judged: it says how many more of an outcome are needed.
    """
    _check(use_case.task, examples, count)
    binary = isinstance(use_case.task, BinaryTask)
    divide = (StratifiedKFold if binary else KFold)(count, shuffle=True, random_state=seed)
    return [
        Division(use_case, moment, examples.take(learning), examples.take(judged))
        for learning, judged in divide.split(examples.features, examples.outcome)
    ]


def _check(task: Task, examples: Examples, count: int) -> None:
    if not isinstance(task, BinaryTask):
        return
    needed = count * MINIMUM_OF_EACH
    for label in (1, 0):
        seen = int((examples.outcome == label).sum())
        if seen < needed:
            raise TooFewOutcomes(f"outcome {label}", seen, len(examples), needed)


def sample(examples: Examples, most: int, task: Task, *, seed: int) -> Examples:
    """At most so many of the rows, with the same share of each outcome."""
    if len(examples) <= most:
        return examples
    kinds = examples.outcome if isinstance(task, BinaryTask) else None
    rows, _ = train_test_split(
        np.arange(len(examples)), train_size=most, stratify=kinds, random_state=seed
    )
    return examples.take(np.sort(rows))


def out_of_fold(
    candidate: Candidate, divisions: list[Division], *, seed: int, threads: int
) -> HeldOut:
    """What a configuration says of every row, each time by a model that has not seen it."""
    said = [one.judge(candidate, seed=seed, threads=threads).predicted for one in divisions]
    return HeldOut(
        predicted=np.concatenate(said),
        outcome=np.concatenate([one.judged.outcome for one in divisions]),
    )
