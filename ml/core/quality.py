"""How good a model family is on a table, and how much that depends on the division."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from sklearn.model_selection import train_test_split

from ml.contract.candidates import Candidate
from ml.contract.moments import Moment
from ml.contract.names import LINE, Estimator, Score
from ml.contract.use_case import UseCase
from ml.core.selection import Division, Examples, Judged, configurations, settled


@dataclass(frozen=True, kw_only=True)
class Spread:
    """A figure over repeated divisions.

    Parameters
    ----------
    mean : float
        Over the divisions.
    sd : float
        Of one division: what a single split may be off by.
    """

    mean: float
    sd: float


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Figures of one family at one moment over repeated divisions."""

    use_case: str
    moment: str
    estimator: str
    splits: int
    seed: int
    rows: int
    scores: dict[Score, Spread]

    def to_dict(self) -> dict[str, object]:
        """As JSON-ready values."""
        facts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        scores = {str(s): {"mean": v.mean, "sd": v.sd} for s, v in self.scores.items()}
        return facts | {"scores": scores}


def repeated_quality(
    use_case: UseCase,
    table: pa.Table,
    moment: Moment,
    *,
    estimator: Estimator,
    splits: int = 10,
    seed: int = 0,
    threads: int = 2,
    after_each: Callable[[dict[Score, float]], object] = lambda _: None,
) -> Quality:
    """Fit one family on as many random divisions and judge it on the held-out fifth of each.

    Parameters
    ----------
    use_case : UseCase
        Whose columns, task and parameters of the family; a family that it does not list is
        taken with its defaults, and of a grid the first combination.
    table : pyarrow.Table
        Clean rows with the outcome.
    moment : Moment
        Columns known only later are not used.
    estimator : Estimator
        The family.
    splits : int, default=10
        Divisions, stratified 80/20; more show the spread better.
    seed : int, default=0
        Seed of the first division; the others follow it.
    threads : int, default=2
        Threads for fitting.
    after_each : callable, optional
        Told the figures of each division as it is done.

    Returns
    -------
    Quality
        Mean and sample standard deviation of each figure.

    Raises
    ------
    TooFewOutcomes
        If a held-out fifth holds too few of an outcome.
    """
    candidate = _of_family(use_case, estimator)
    found = []
    for turn, division in divisions(use_case, table, moment, splits=splits, seed=seed):
        found.append(judge_on_all(candidate, division, seed=turn, threads=threads).figures)
        after_each(found[-1])
    return Quality(
        use_case=use_case.name,
        moment=moment.name,
        estimator=str(estimator),
        splits=splits,
        seed=seed,
        rows=table.num_rows,
        scores=spreads(found),
    )


def judge_on_all(
    candidate: Candidate, division: Division, *, seed: int, threads: int = 2
) -> Judged:
    """Judge a configuration; after early stopping it learns from all learning rows once more."""
    first = division.judge(candidate, seed=seed, threads=threads)
    if first.rounds is None:
        return first
    return division.judge(settled(candidate, [first.rounds]), seed=seed, threads=threads)


def divisions(
    use_case: UseCase, table: pa.Table, moment: Moment, *, splits: int, seed: int = 0
) -> Iterator[tuple[int, Division]]:
    """Stratified 80/20 divisions of clean rows, each with its seed.

    Drawn as published figures on the leads file were, by scikit-learn's `train_test_split` over
    the file's own order, so that they can be compared. Nothing is chosen between, so what a run
    would validate on teaches as well.
    """
    examples = Examples.of(_in_file_order(table), use_case, moment)
    for turn in range(seed, seed + splits):
        learning, held_out = train_test_split(
            np.arange(len(examples)), test_size=0.2, stratify=examples.outcome, random_state=turn
        )
        yield turn, Division(use_case, moment, examples.take(learning), examples.take(held_out))


def _in_file_order(table: pa.Table) -> pa.Table:
    """Rows as the source file has them: engines give them back in any order."""
    return table.sort_by(LINE) if LINE in table.column_names else table


def _of_family(use_case: UseCase, estimator: Estimator) -> Candidate:
    listed = [one for one in use_case.candidates if one.estimator is estimator]
    return configurations((listed or [Candidate(estimator=estimator)])[0])[0]


def spreads(found: Sequence[dict[Score, float]]) -> dict[Score, Spread]:
    """Mean and sample standard deviation of each figure over the divisions."""
    return {score: _spread([one[score] for one in found]) for score in found[0]}


def _spread(values: list[float]) -> Spread:
    return Spread(
        mean=float(np.mean(values)), sd=float(np.std(values, ddof=min(1, len(values) - 1)))
    )
