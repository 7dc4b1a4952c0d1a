"""The leads of a plan as a table to hand out."""

from __future__ import annotations

import pyarrow as pa

from ml.core.planning.plan import Plan
from ml.core.scored_table import JOINER

_TYPES = {
    "score": pa.int32(),
    "score_low": pa.int32(),
    "score_high": pa.int32(),
    "band": pa.string(),
    "probability": pa.float64(),
    "expected_profit": pa.float64(),
}


def work_list(plan: Plan, id_name: str) -> pa.Table:
    """The leads to work, the best first.

    Parameters
    ----------
    plan : Plan
    id_name : str
        Header of the leads' ids.

    Returns
    -------
    Table
        `asked_not` names ways in which a lead asked not to be reached; usually it is empty.
    """
    leads = plan.chosen
    columns = {
        "rank": pa.array([lead.rank for lead in leads], pa.int32()),
        id_name: pa.array([lead.id for lead in leads], pa.string()),
        **{name: pa.array([getattr(lead, name) for lead in leads], kind)
           for name, kind in _TYPES.items()},
        "asked_not": pa.array([JOINER.join(lead.asked_not) for lead in leads], pa.string()),
    }  # fmt: skip
    return pa.table(columns)
