"""Rows from old to new, where the table says which came first."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from ml.contract.names import Role
from ml.contract.schema import Column, Schema

Rows = NDArray[np.intp]


def arrival_column(table: pa.Table, schema: Schema) -> Column | None:
    """The column that says which rows are older: of role ORDER, else TIME; complete, else none."""
    for column in schema.with_role(Role.ORDER) + schema.with_role(Role.TIME):
        if column.name in table.column_names and not table[column.name].null_count:
            return column
    return None


def arrival_order(table: pa.Table, schema: Schema) -> Rows | None:
    """Positions of the rows from the oldest to the newest; None where nothing orders them."""
    column = arrival_column(table, schema)
    if column is None or not table.num_rows:
        return None
    return np.argsort(ranks(table[column.name].to_pandas()), kind="stable")


def ranks(keys: pd.Series) -> Rows:
    """Rank of each key: as a number if all of them are numbers, else as text or day."""
    if pd.api.types.is_object_dtype(keys) or pd.api.types.is_string_dtype(keys):
        numbers = pd.to_numeric(keys, errors="coerce")
        keys = keys.astype(str) if numbers.isna().any() else numbers
    return np.asarray(pd.factorize(keys, sort=True)[0], dtype=np.intp)
