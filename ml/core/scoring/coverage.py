"""How often intervals and open outcomes were right, on rows that the model has not seen."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from ml.core.columns import Floats
from ml.core.scoring.certainty import ManySure
from ml.core.scoring.scorer import Scorer

#: Groups by score, of equal size, in which observed rates are held against intervals.
_GROUPS = 10


def coverage(scorer: Scorer, rows: pa.Table, outcome: Floats) -> dict[str, float]:
    """Figures of a package's intervals; compare coverage with `conformal.LEVEL`.

    Parameters
    ----------
    scorer : Scorer
        The package.
    rows : Table
        Clean rows that the model has not seen.
    outcome : ndarray of shape (n_rows,)
        What happened.

    Returns
    -------
    dict of str to float
        Binary task: `coverage_events` and `coverage_others`, shares of those rows whose outcome
        was held possible; `open`, share of rows whose outcome was left open; `interval_width`;
        `interval_excess`, how far observed rates of ten groups by score lie outside the mean
        interval of their group, on average. Ordinal task: `coverage` and `interval_width`.
        Empty for a package without intervals.
    """
    sure = scorer.judge(rows).sure
    if sure is None:
        return {}
    width = {"interval_width": float(np.mean(sure.high - sure.low))}
    if sure.possible is None:
        inside = (outcome >= sure.low) & (outcome <= sure.high)
        return {"coverage": float(np.mean(inside))} | width
    event, other = sure.possible
    return {
        "coverage_events": float(np.mean(event[outcome == 1])),
        "coverage_others": float(np.mean(other[outcome == 0])),
        "open": float(np.mean(event == other)),
        "interval_excess": interval_excess(sure, outcome),
    } | width


def interval_excess(sure: ManySure, outcome: Floats) -> float:
    """How far observed rates lie outside the mean interval of their group by score, on average.

    Each group's rate is compared with ends that luck alone would move by one standard error.
    """
    order = np.argsort(sure.low + sure.high, kind="stable")
    groups = [part for part in np.array_split(order, _GROUPS) if part.size]
    return float(np.mean([_excess(sure, outcome, rows) for rows in groups]))


def _excess(sure: ManySure, outcome: Floats, rows: np.typing.NDArray[np.intp]) -> float:
    seen, low, high = (float(np.mean(of[rows])) for of in (outcome, sure.low, sure.high))
    luck = float(np.sqrt(max(seen * (1 - seen), 1 / len(rows)) / len(rows)))
    return max(low - luck - seen, seen - high - luck, 0.0)
