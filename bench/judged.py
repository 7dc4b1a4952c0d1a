"""A package of four fifths of the rows, made as training makes it, and the rows that judge it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sklearn.model_selection import train_test_split

from ml.contract.candidates import Candidate
from ml.contract.moments import Moment
from ml.contract.use_case import UseCase
from ml.core.scoring import Scorer, package
from ml.core.selection import Examples, fit
from ml.core.selection.folds import folds, out_of_fold


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A packaged model, and leads that it has not seen."""

    scorer: Scorer
    unseen: pa.Table

    @property
    def outcome(self) -> npt.NDArray[np.float64]:
        """What came of them."""
        target = self.scorer.use_case.schema.target.name
        return np.asarray(self.unseen[target].to_numpy(), dtype=np.float64)


def judged(
    use_case: UseCase,
    table: pa.Table,
    candidate: Candidate,
    moment: Moment,
    *,
    seed: int = 0,
    parts: int = 5,
    drawn: int | None = None,
) -> Judged:
    """Divide, fit, calibrate and package.

    Parameters
    ----------
    table : Table
        Clean rows with the outcome.
    seed : int, default=0
        Of the division, stratified 80/20.
    parts : int, default=5
        Folds of the four fifths from which calibrator and intervals are learnt.
    drawn : int or None, default=None
        Seed of a bootstrap of the four fifths; None takes each row once.
    """
    target = table[use_case.schema.target.name].to_numpy()
    seen, unseen = train_test_split(
        np.arange(table.num_rows), test_size=0.2, random_state=seed, stratify=target
    )
    if drawn is not None:
        seen = np.random.default_rng(drawn).choice(seen, len(seen))
    taught = table.take(pa.array(seen))
    examples = Examples.of(taught, use_case, moment)
    divisions = folds(use_case, moment, examples, count=parts, seed=seed)
    files = package(
        fit(candidate, examples, use_case, moment, seed=seed, threads=1),
        use_case=use_case,
        moment=moment,
        model_name="judged",
        background=taught,
        facts={},
        held_out=out_of_fold(candidate, divisions, seed=seed, threads=1),
    )
    scorer = Scorer.load(files, version="1", use_case=use_case)
    return Judged(scorer=scorer, unseen=table.take(pa.array(unseen)))
