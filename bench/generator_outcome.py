"""The latent logit of conversion: a penalised logistic regression on cells of small tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from ml.core.generator import columns as c
from ml.core.generator import variables as v

MIN_CELL = 20
PENALTY = 0.6
"""scikit-learn's C: more follows the file more closely."""
EDGES: Mapping[str, Sequence[int]] = {
    v.PERIOD: range(1, v.PERIODS),
    c.VISITS: (0, 1, 2, 3, 4, 5, 6, 7, 8, 10),
    v.SESSIONS: (1, 2, 3, 4, 6),
    c.WEB_TIME: (
        *(1, 30, 60, 100, 150, 200, 300, 400, 500, 600, 650, 700, 750, 850),
        *(1000, 1200, 1400, 1600, 1800),
    ),
    f"{c.WEB_TIME}/coarse": (1, 100, 300, 500, 700, 1000, 1500),
    f"{v.PERIOD}/coarse": (4, 9, 14),
}
TERMS: Sequence[tuple[str, ...]] = (
    *((name,) for name in v.ARRIVAL),
    (v.PERIOD,),
    (c.SOURCE, f"{c.WEB_TIME}/coarse"),
    (c.ORIGIN, f"{c.WEB_TIME}/coarse"),
    (v.FORM, f"{c.WEB_TIME}/coarse"),
    (c.SOURCE, v.FORM),
    (c.SOURCE, "Do Not Email"),
    (c.SOURCE, f"{v.PERIOD}/coarse"),
    (f"{v.PERIOD}/coarse", f"{c.WEB_TIME}/coarse"),
    (c.VISITS, f"{c.WEB_TIME}/coarse"),
    (v.SESSIONS, f"{c.WEB_TIME}/coarse"),
    ("Do Not Email", f"{c.WEB_TIME}/coarse"),
)


def fit_outcome(values: Mapping[str, pd.Series]) -> dict[str, Any]:
    """Ridge-penalised logistic regression on the cells of the outcome's tables."""
    cells = [cells_of(term, values) for term in TERMS]
    names = [[n for n, k in cell.value_counts().items() if k >= MIN_CELL] for cell in cells]
    pairs = zip(cells, names, strict=True)
    design = np.column_stack([(cell == n).to_numpy(float) for cell, kept in pairs for n in kept])
    converted = (values[c.CONVERTED] == "yes").to_numpy()
    model = LogisticRegression(C=PENALTY, max_iter=2000).fit(design, converted)
    logits = iter(np.round(model.coef_[0], 3).tolist())
    return {
        "intercept": round(float(model.intercept_[0]), 3),
        "edges": {name: list(edges) for name, edges in EDGES.items()},
        "terms": [
            {"of": list(term), "logits": {name: next(logits) for name in kept}}
            for term, kept in zip(TERMS, names, strict=True)
        ],
    }


def cells_of(term: Sequence[str], values: Mapping[str, pd.Series]) -> pd.Series:
    """Name of the cell that each lead falls into."""
    parts = [_labels(axis, values[axis.split("/")[0]]) for axis in term]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + " | " + part
    return joined


def _labels(axis: str, values: pd.Series) -> pd.Series:
    if axis not in EDGES:
        return values
    names = np.array(["below", *(f"from {edge}" for edge in EDGES[axis])])
    return pd.Series(names[np.digitize(values, EDGES[axis])], index=values.index)
