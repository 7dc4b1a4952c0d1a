"""The guard as a gate: no model is promoted that reads a column which gives the outcome away."""

from __future__ import annotations

import pyarrow as pa

from ml.contract.moments import Moment
from ml.contract.names import LeakVerdict
from ml.contract.use_case import UseCase
from ml.core.leakage.guard import quick_findings

_SAID = 3


def leaks_among(
    use_case: UseCase, rows: pa.Table, moment: Moment, *, seed: int = 0
) -> tuple[int, str]:
    """How many columns of a moment leak without being acknowledged, and a reason in words.

    Parameters
    ----------
    rows : pyarrow.Table
        Training rows; test rows judge the model and nothing else.
    moment : Moment
        Whose columns are looked at.

    Returns
    -------
    (int, str)
        The figure for a gate; the reason is empty where there is no leak.
    """
    findings = quick_findings(use_case, rows, moment, seed=seed)
    leaks = [one for one in findings if one.verdict is LeakVerdict.LEAK]
    said = [f"{one.column} (alone AUC {one.evidence.alone.value:.3f})" for one in leaks[:_SAID]]
    more = len(leaks) - len(said)
    return len(leaks), ", ".join(said) + (f" and {more} more" if more else "")
