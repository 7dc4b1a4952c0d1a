"""The real leads as clean tables: every cell through its column's own rule."""

import csv
from functools import cache
from pathlib import Path

import pyarrow as pa

from ml.contract.names import LINE
from ml.contract.schema import Column, Schema, header_key
from ml.core.columns import ARROW_TYPES
from ml.use_cases.lead_conversion import LEAD_CONVERSION


@cache
def clean_leads(path: Path) -> pa.Table:
    """A leads file as the cleaning step leaves it."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        headers = [header_key(header) for header in next(reader)]
        return clean_table(
            LEAD_CONVERSION.schema, [dict(zip(headers, row, strict=True)) for row in reader]
        )


def raw_leads(path: Path) -> list[dict[str, str]]:
    """The rows of a leads file as they are spelt, keyed by column name."""
    names = {key: column.name for key, column in LEAD_CONVERSION.schema.by_header.items()}
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        headers = [names[header_key(header)] for header in next(reader)]
        return [dict(zip(headers, row, strict=True)) for row in reader]


def clean_table(schema: Schema, rows: list[dict[str, str]]) -> pa.Table:
    """Rows of raw text, keyed by `header_key`, as a clean table."""
    arrays: dict[str, pa.Array] = {LINE: pa.array(range(2, len(rows) + 2), pa.int64())}
    for column in schema.columns:
        texts = [_cell(column, row) for row in rows]
        cleaned = {text: column.clean(text).value for text in set(texts)}
        values = [cleaned[text] for text in texts]
        arrays[column.name] = pa.array(values, ARROW_TYPES[column.kind])
        if column.grouping:
            groups = [column.grouping.apply(value) for value in values]
            arrays[f"{column.name}_group"] = pa.array(groups, pa.string())
    return pa.table(arrays)


def _cell(column: Column, row: dict[str, str]) -> str | None:
    return next((row[key] for key in map(header_key, column.headers) if key in row), None)
