"""Fits XGBoost where rows are too many for this process; the model is packaged like any other.

Rows pass through this process batch by batch: they are encoded by the plan that scores leads
later, and fitted by whoever answers the port `Boosting`. What stays in memory is a sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from ml.contract.candidates import Candidate
from ml.contract.moments import Moment
from ml.contract.names import Estimator
from ml.contract.use_case import UseCase
from ml.core.features import encoder_of, model_columns, model_of
from ml.core.features.encoders import count_of_native_levels
from ml.core.features.monotone import fit_held
from ml.core.out_of_fold import HeldOut
from ml.core.scoring.compiling import compile_plan
from ml.ports import Boosted, Boosting, EncodedRows
from ml.steps.encoded_rows import encode_file

#: The only family that is fitted so.
FAMILY = Estimator.XGBOOST


@dataclass(frozen=True, kw_only=True)
class FitApart:
    """What fits one configuration on the rows of two files.

    Parameters
    ----------
    use_case, moment : UseCase, Moment
        What is learnt.
    boosting : Boosting
        Who fits.
    learning, choosing : Path
        Parquet files of clean rows. The second is what trees of the first alone have not seen.
    folder : Path
        For unfinished files.
    """

    use_case: UseCase
    moment: Moment
    boosting: Boosting
    learning: Path
    choosing: Path
    folder: Path

    def fit(
        self, candidate: Candidate, known: pd.DataFrame, *, seed: int
    ) -> tuple[Pipeline, HeldOut]:
        """A pipeline fitted on the rows of both files, and what it says of rows it had not seen.

        Parameters
        ----------
        candidate : Candidate
            Of XGBoost, settled.
        known : DataFrame
            A sample as pipelines take it: the levels of open columns come from it.
        seed : int
            Seed of all randomness.

        Raises
        ------
        DependencyUnavailable
            If whoever fits is away.
        """
        encoder = encoder_of(self.use_case, self.moment, FAMILY).fit(known)
        model = model_of(self.use_case, self.moment, candidate, seed=seed, threads=1)
        rows = [self._encoded(encoder, file) for file in (self.learning, self.choosing)]
        unseen = self._boosted(model, encoder, rows[:1], rows[1]).unseen
        _load(model, self._boosted(model, encoder, rows, rows[1]).model)
        return Pipeline([("encode", encoder), ("model", model)]), unseen

    def _encoded(self, encoder: ColumnTransformer, file: Path) -> EncodedRows:
        features = self.use_case.schema.features(self.moment)
        return encode_file(
            file,
            self.folder / f"encoded-{file.name}",
            plan=compile_plan(encoder, model_columns(self.use_case, self.moment)),
            native_levels=count_of_native_levels(features),
            target=self.use_case.schema.target.name,
        )

    def _boosted(
        self, model: Any, encoder: ColumnTransformer, rows: list[EncodedRows], unseen: EncodedRows
    ) -> Boosted:
        """Fitted with the model's parameters, directions of columns among them."""
        features = self.use_case.schema.features(self.moment)
        return fit_held(
            model,
            lambda _: self.boosting.fit(rows, unseen, model, folder=self.folder),
            np.empty((0, len(features))),  # the rows lie in files
            encoder,
            features,
        )


def _load(model: Any, trees: bytes) -> None:
    """Make a fitted model of trees, for rows that come without names."""
    model.load_model(bytearray(trees))
    model.get_booster().feature_names = None
