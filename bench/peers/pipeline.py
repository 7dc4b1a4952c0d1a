"""The registered scikit-learn pipeline, called as tutorials call it, and that behind FastAPI."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from fastapi import FastAPI

from bench.context import USE_CASE, Context
from ml.contract.names import Alias
from ml.core.features import model_columns
from ml.core.features.frame import LEVEL_KINDS
from ml.use_cases import find

#: Which MLflow the application below loads its model from.
HOME = "BENCH_PEER_HOME"


def tracking_uri(home: Path) -> str:
    """MLflow's store in a home."""
    return f"sqlite:///{home / 'mlflow.db'}"


def model_uri() -> str:
    """The champion's pipeline, as MLflow names it."""
    case = find(USE_CASE)
    return f"models:/{case.model_name(case.default_moment)}@{Alias.CHAMPION}"


@dataclass(frozen=True)
class Peer:
    """The pipeline on one-row frames."""

    pipeline: Any
    names: list[str]
    numbers: list[str]

    @classmethod
    def load(cls, home: Path) -> Self:
        """The champion of a home, out of MLflow."""
        import mlflow

        mlflow.set_tracking_uri(tracking_uri(home))
        case = find(USE_CASE)
        columns = model_columns(case, case.default_moment)
        return cls(
            mlflow.sklearn.load_model(model_uri()),
            [column.name for column in columns],
            [column.name for column in columns if column.kind not in LEVEL_KINDS],
        )

    @classmethod
    def of(cls, context: Context) -> Self:
        """The champion that our scorer was made from."""
        return cls.load(context.trained)

    def score(self, lead: Mapping[str, object]) -> float:
        """Probability of one clean lead."""
        frame = pd.DataFrame([lead], columns=self.names)
        frame[self.numbers] = frame[self.numbers].astype(np.float64)
        return float(self.pipeline.predict_proba(frame)[0, 1])


def application() -> FastAPI:
    """The pipeline behind FastAPI, loaded once per process."""
    peer = Peer.load(Path(os.environ[HOME]))
    app = FastAPI()

    @app.post("/score")
    def score(lead: dict[str, Any]) -> dict[str, float]:
        return {"probability": peer.score(lead)}

    return app
