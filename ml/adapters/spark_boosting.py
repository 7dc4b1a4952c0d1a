"""XGBoost on Spark: gradient boosting on rows that lie on many machines, or just on disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from ml.adapters.spark_engine import SparkEngine
from ml.core.out_of_fold import HeldOut
from ml.ports import Boosted, EncodedRows

#: Said to XGBoost's Spark package by arguments of its own, or not known to it.
_OTHERWISE = frozenset({"enable_categorical", "feature_types", "n_jobs", "missing", "objective"})


class SparkBoosting:
    """Fits in the engine's session, by one worker per task that it runs at a time.

    Parameters
    ----------
    engine : SparkEngine
    """

    def __init__(self, engine: SparkEngine) -> None:
        self._engine = engine

    def fit(
        self, train: Sequence[EncodedRows], unseen: EncodedRows, model: Any, *, folder: Path
    ) -> Boosted:
        """Trees of encoded rows, and what they say of others.

        Raises
        ------
        DependencyUnavailable
            If Spark is not installed, cannot fit, or dies.
        """
        from sklearn.base import is_classifier  # every command imports this module

        trees, said = folder / "model.json", folder / "said.parquet"
        self._engine.ask(
            "XGBoost",
            {
                "do": "boost",
                "train": [str(rows.file) for rows in train],
                "unseen": [str(unseen.file)],
                "columns": list(unseen.columns),
                "kinds": list(unseen.kinds),
                "target": unseen.target,
                "workers": self._engine.tasks,
                "params": _parameters(model),
                "binary": is_classifier(model),
                "model": str(trees),
                "said": str(said),
            },
        )
        table = pq.read_table(said)
        held_out = HeldOut(
            predicted=table["predicted"].to_numpy().astype(np.float64),
            outcome=table["outcome"].to_numpy().astype(np.float64),
        )
        return Boosted(model=trees.read_bytes(), unseen=held_out)


def _parameters(model: Any) -> dict[str, object]:
    given: dict[str, object] = model.get_params()
    return {
        name: str(value) if isinstance(value, tuple) else value  # XGBoost's own spelling
        for name, value in given.items()
        if value is not None and name not in _OTHERWISE
    }
