"""Rows to learn from or to be judged on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from ml.contract.errors import LeadwiseError
from ml.contract.moments import Moment
from ml.contract.use_case import UseCase
from ml.core.features import feature_frame

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Rows to learn from or to be judged on: what was known, and what happened.

    Parameters
    ----------
    features : DataFrame of shape (n_rows, n_columns)
        Only columns that are known by the moment.
    outcome : ndarray of shape (n_rows,)
        The target as numbers.
    """

    features: pd.DataFrame
    outcome: Floats

    @classmethod
    def of(cls, table: pa.Table, use_case: UseCase, moment: Moment) -> Examples:
        """Examples of a clean table.

        Raises
        ------
        LeadwiseError
            If the table has no target, or rows without an outcome.
        """
        name = use_case.schema.target.name
        if name not in table.column_names:
            raise LeadwiseError(
                f"the table has no column {name!r}, so nothing can be learnt from it"
            )
        if missing := table[name].null_count:
            raise LeadwiseError(
                f"{missing} of {table.num_rows} rows have no {name!r}; "
                "leave them out of the snapshot"
            )
        outcome = table[name].to_numpy().astype(np.float64)
        return cls(features=feature_frame(table, use_case, moment), outcome=outcome)

    def __len__(self) -> int:
        return len(self.outcome)

    def join(self, more: Examples) -> Examples:
        """These rows and then those."""
        return Examples(
            features=pd.concat([self.features, more.features], ignore_index=True),
            outcome=np.concatenate([self.outcome, more.outcome]),
        )

    def take(self, rows: NDArray[np.intp]) -> Examples:
        """Some of the rows."""
        features = self.features.iloc[rows].reset_index(drop=True)
        return Examples(features=features, outcome=self.outcome[rows])
