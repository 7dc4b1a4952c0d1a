"""Rows of the Data API as Arrow tables: each value by its column's type, each NULL as None."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

_TYPES = {
    "bool": pa.bool_(),
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "oid": pa.int64(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", tz="UTC"),
}
_NUMERIC = "numeric"
# Redshift's own limit of digits, where it does not say how many.
_DIGITS = 38


def decoded(pages: Iterable[Mapping[str, Any]]) -> pa.Table:
    """The table that pages of `GetStatementResult` hold together; at least one page.

    Examples
    --------
    >>> page = {
    ...     "ColumnMetadata": [{"name": "paid", "typeName": "bool"}],
    ...     "Records": [[{"isNull": True}], [{"booleanValue": False}]],
    ... }
    >>> decoded([page]).to_pydict()
    {'paid': [None, False]}
    """
    batches: list[pa.RecordBatch] = []
    schema = None
    for page in pages:
        schema = schema or result_schema(page["ColumnMetadata"])
        batches.append(_batch(page["Records"], schema))
    return pa.Table.from_batches(batches, schema)


def result_schema(columns: Sequence[Mapping[str, Any]]) -> pa.Schema:
    """Arrow types of a result; what Arrow has no type for stays text."""
    return pa.schema([(column["name"], _type(column)) for column in columns])


def _type(column: Mapping[str, Any]) -> pa.DataType:
    name = str(column["typeName"]).lower()
    if name == _NUMERIC:
        return pa.decimal128(column.get("precision") or _DIGITS, column.get("scale") or 0)
    return _TYPES.get(name, pa.string())


def _batch(records: Sequence[Sequence[Mapping[str, Any]]], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*records, strict=True) if records else [() for _ in schema]
    arrays = [_array(fields, type) for fields, type in zip(columns, schema.types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _array(fields: Sequence[Mapping[str, Any]], type: pa.DataType) -> pa.Array:
    """Numbers, dates and moments may come as text, which Arrow reads exactly."""
    values = [_value(field) for field in fields]
    if any(isinstance(value, str) for value in values):
        return pa.array(values, pa.string()).cast(type)
    return pa.array(values, type)


def _value(field: Mapping[str, Any]) -> Any:
    if field.get("isNull"):
        return None
    (value,) = (value for kind, value in field.items() if kind != "isNull")
    return value
