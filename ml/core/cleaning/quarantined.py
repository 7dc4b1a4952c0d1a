"""Held rows in words: what `CleaningSql.held` finds, as rows of the quarantine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from ml.contract.fault_texts import cell_fault
from ml.contract.faults import Rule
from ml.contract.names import LINE
from ml.contract.schema import Schema
from ml.core.cleaning.sql import FAULT_MARK, WHY
from ml.core.quarantine import RowFault, quarantine_batch


def quarantined(held: pa.RecordBatch, schema: Schema) -> pa.RecordBatch:
    """One row of the quarantine per fault.

    Parameters
    ----------
    held : pyarrow.RecordBatch
        Rows of `CleaningSql.held`.
    schema : Schema
        The schema that the statement was made for.

    Returns
    -------
    pyarrow.RecordBatch
        In the order of `held`. `raw` is the row as one JSON object by source header, without
        its empty cells: it can be mended and sent again as a line of JSON lines.
    """
    coded = [name for name in held.schema.names if name.endswith(FAULT_MARK)]
    return quarantine_batch([f for row in held.to_pylist() for f in _faults(row, coded, schema)])


def _faults(row: dict[str, Any], coded: list[str], schema: Schema) -> Iterator[RowFault]:
    codes = {name.removesuffix(FAULT_MARK): row[name] for name in coded if row[name]}
    found = [(schema[name], Rule(code)) for name, code in codes.items()]
    if row[WHY]:
        found.append((schema.id, Rule(row[WHY])))
    raw = _raw(row, schema)
    for column, rule in found:
        yield RowFault(cell_fault(rule, column, row[column.name], row[LINE]), raw)


def _raw(row: dict[str, Any], schema: Schema) -> str:
    cells = {column.source: row[column.name] for column in schema.columns if row[column.name]}
    return json.dumps(cells, ensure_ascii=False)
