"""Arrow columns as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ml.contract.cleaning import Value
from ml.contract.names import Kind
from ml.contract.schema import Column

Floats = npt.NDArray[np.float64]

_EPOCH = date(1970, 1, 1).toordinal()


def numbers(array: pa.ChunkedArray | pa.Array) -> Floats:
    """A column of numbers, days or yes/no as float64; missing values as NaN.

    Examples
    --------
    >>> numbers(pa.array([True, None, False])).tolist()
    [1.0, nan, 0.0]
    """
    if pa.types.is_date(array.type):
        array = array.cast(pa.date32()).cast(pa.int32())
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.uint8())
    floats = array.cast(pa.float64(), safe=False)
    if floats.null_count:
        floats = pc.fill_null(floats, float("nan"))
    return np.asarray(floats.to_numpy(), dtype=np.float64)


def coded_levels(
    column: pa.ChunkedArray | pa.Array,
) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Distinct levels of a column, and for each row the place of its level; missing comes last.

    Yes and no are the levels "1" and "0".

    Examples
    --------
    >>> levels, codes = coded_levels(pa.array(["b", None, "a", "b"]))
    >>> levels, codes.tolist()
    (['b', 'a'], [0, 2, 1, 0])
    """
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    coded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    levels = coded.dictionary.cast(pa.string()).to_pylist()
    codes = pc.fill_null(coded.indices.cast(pa.int64()), len(levels))
    return levels, np.asarray(codes.to_numpy(zero_copy_only=False))


def day_number(day: date) -> float:
    """Days since 1970-01-01, as `numbers` counts them.

    Examples
    --------
    >>> day_number(date(1970, 1, 2))
    1.0
    """
    return float(day.toordinal() - _EPOCH)


#: Arrow types of clean columns.
ARROW_TYPES: Mapping[Kind, pa.DataType] = {
    Kind.NUMBER: pa.float64(),
    Kind.INTEGER: pa.int64(),
    Kind.YES_NO: pa.bool_(),
    Kind.DATE: pa.date32(),
    Kind.CATEGORY: pa.string(),
    Kind.ORDINAL: pa.string(),
    Kind.TEXT: pa.string(),
}


def table_of(records: Sequence[Mapping[str, Value]], columns: Sequence[Column]) -> pa.Table:
    """Clean records as a clean table."""
    arrays = {
        c.name: pa.array([record.get(c.name) for record in records], ARROW_TYPES[c.kind])
        for c in columns
    }
    return pa.table(arrays)
