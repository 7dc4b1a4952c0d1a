"""How much a model leans on each column: drift in what it ignores is no reason to retrain."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from ml.contract.schema import Column
from ml.core.columns import Floats
from ml.core.drift.tables import sample_rows


def score_importance(
    predict: Callable[[pa.Table], Floats],
    table: pa.Table,
    columns: Sequence[Column],
    *,
    rows: int = 1_000,
    seed: int = 0,
) -> dict[str, float]:
    """Mean change of the score when a column's values are dealt out to other rows.

    Parameters
    ----------
    predict : callable
        Scores of a table's rows.
    table : Table
        Clean rows. A column's group is dealt out together with it.
    columns : sequence of Column
        Columns to weigh.
    rows : int, default=1000
        Most rows to score for each column; more give steadier weights.
    seed : int, default=0
        Seed of the sample and of the deal.

    Returns
    -------
    dict of str to float
        By column name, in units of the score; 0 for a column that the model does not use.

    References
    ----------
    After L. Breiman, Random Forests, Machine Learning 45 (2001), section 10, with the change of
    the score in place of the loss: it needs no outcomes.

    Examples
    --------
    >>> from ml.contract.names import Kind
    >>> columns = [Column(name=name, source=name, kind=Kind.NUMBER) for name in ("used", "idle")]
    >>> rows = pa.table({"used": [0.0, 1.0] * 50, "idle": [3.0, 4.0] * 50})
    >>> weights = score_importance(lambda rows: rows["used"].to_numpy(), rows, columns)
    >>> weights["used"] > 0.2, weights["idle"]
    (True, 0.0)
    """
    sample = sample_rows(table, rows, seed)
    before = predict(sample)
    deal = pa.array(np.random.default_rng(seed).permutation(sample.num_rows))
    return {
        column.name: float(np.mean(np.abs(predict(_dealt(sample, column, deal)) - before)))
        for column in columns
    }


def _dealt(table: pa.Table, column: Column, deal: pa.Array) -> pa.Table:
    names = {column.name, column.group.name if column.group else column.name}
    for place, name in enumerate(table.column_names):
        if name in names:
            table = table.set_column(place, name, table[name].take(deal))
    return table
