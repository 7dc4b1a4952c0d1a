"""The frame that pipelines take: clean columns of one moment in plain dtypes."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from ml.contract.errors import UsageError
from ml.contract.moments import Moment
from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.contract.use_case import UseCase
from ml.core.columns import numbers

LEVEL_KINDS = frozenset({Kind.CATEGORY, Kind.ORDINAL})


def model_columns(use_case: UseCase, moment: Moment) -> tuple[Column, ...]:
    """Columns that a model for `moment` reads: features known by then, then their groups."""
    return (*use_case.schema.features(moment), *use_case.schema.group_features(moment))


def feature_frame(
    table: pa.Table | pd.DataFrame, use_case: UseCase, moment: Moment
) -> pd.DataFrame:
    """The columns that a pipeline takes, in its order.

    Parameters
    ----------
    table : pyarrow.Table or pandas.DataFrame
        Clean rows; further columns are left out.
    use_case : UseCase
        Whose schema names the columns.
    moment : Moment
        No column known only later is among the result.

    Returns
    -------
    pandas.DataFrame of shape (n_rows, n_columns)
        Numbers, days since 1970 and yes/no as float64 with NaN; levels as objects with None.

    Raises
    ------
    UsageError
        Naming every column that the table lacks.
    """
    arrow = table if isinstance(table, pa.Table) else pa.Table.from_pandas(table)
    columns = model_columns(use_case, moment)
    absent = [column.name for column in columns if column.name not in arrow.column_names]
    if absent:
        raise UsageError(
            f"the table lacks {absent}, which a model for {moment} reads; pass a cleaned table"
        )
    return pd.DataFrame(
        {c.name: _plain(arrow[c.name], c.kind in LEVEL_KINDS) for c in columns}, copy=False
    )


def _plain(array: pa.ChunkedArray, levels: bool) -> pd.Series:
    if levels:
        return pd.Series(array.cast(pa.string()).to_pylist(), dtype=object)
    return pd.Series(numbers(array))
