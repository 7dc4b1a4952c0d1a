"""What the model in force makes of both sides: its scores, and how much it leans on each column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from ml.contract.modelling import DriftPolicy
from ml.contract.schema import Column
from ml.core.columns import Floats
from ml.core.drift.importance import score_importance
from ml.core.drift.tables import sample_rows

SCORED_ROWS = 20_000
"""Most rows per side that are scored: two samples of one distribution then differ by about .001."""


@dataclass(frozen=True, kw_only=True)
class ModelView:
    """Scores on both sides, and the weight of each column.

    Parameters
    ----------
    reference, current : ndarray of shape (n_samples,)
        Scores of one model on rows that it did not learn from, and on the current rows.
    importance : dict of str to float or None, default=None
        Weight of each column in the drifted share; equal weights where absent.
    """

    reference: Floats
    current: Floats
    importance: dict[str, float] | None = None


def view(
    predict: Callable[[pa.Table], Floats],
    unlearned: pa.Table | None,
    current: pa.Table,
    *,
    columns: Sequence[Column],
    policy: DriftPolicy,
) -> ModelView | None:
    """The view of a model on seeded samples of both sides.

    Parameters
    ----------
    predict : callable
        Scores of a table's rows.
    unlearned : Table or None
        Clean rows that the model did not learn from: on its training rows a model is too sure.
    current : Table
        Clean rows of now.
    columns : sequence of Column
        Columns to weigh.
    policy : DriftPolicy
        With fewer rows than `minimum_rows` on a side there is no view.
    """
    if unlearned is None or min(unlearned.num_rows, current.num_rows) < policy.minimum_rows:
        return None
    before, now = (predict(sample_rows(side, SCORED_ROWS, 0)) for side in (unlearned, current))
    weights = score_importance(predict, unlearned, columns)
    return ModelView(reference=before, current=now, importance=weights)
