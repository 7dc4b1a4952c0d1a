"""What tests put into warehouses."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.modelling import BinaryTask
from ml.contract.names import Kind, Table
from ml.contract.schema import Column
from ml.contract.use_case import UseCase
from ml.core.table_rows import row_schema
from tests.support.small_use_case import small_use_case

SMALL = small_use_case(BinaryTask())
LEADS = f"{SMALL.name}.{Table.LEADS}"
#: Every kind of value, and what engines mix up: NULL with true, with nothing, with the text.
ROWS: list[dict[str, Any]] = [
    {"line_number": 2, "order_id": "a", "rating": 1, "price": 0.1, "items": 2**53 + 1,
     "gift": True, "region": "north", "shop": "", "ordered": date(2026, 2, 28)},
    {"line_number": 3, "order_id": "b", "rating": 0, "price": -1e-300, "items": 0,
     "gift": False, "region": None, "shop": "NULL", "ordered": date(1999, 12, 31)},
    {"line_number": 4, "order_id": "Zoë \\ \'quoted\' \n\"2\", line", "rating": None,
     "price": None, "items": None, "gift": None, "region": None, "shop": None, "ordered": None},
]  # fmt: skip


def with_column(use_case: UseCase, name: str) -> UseCase:
    """The use case with one more whole number."""
    column = Column(name=name, source=name.title(), kind=Kind.INTEGER)
    schema = replace(use_case.schema, columns=(*use_case.schema.columns, column))
    return replace(use_case, schema=schema)


def leads_schema(use_case: UseCase = SMALL) -> pa.Schema:
    """Arrow types of the table of leads, but for the version of the load."""
    return pa.schema((f.name, f.type) for f in row_schema(use_case, Table.LEADS))


def leads_file(folder: Path, rows: list[dict[str, Any]], use_case: UseCase = SMALL) -> Path:
    """A clean file with rows of the small use case."""
    file = folder / f"leads-{len(rows)}-{len(use_case.schema.columns)}.parquet"
    pq.write_table(pa.Table.from_pylist(rows, leads_schema(use_case)), file)
    return file


def filled(row: dict[str, Any], use_case: UseCase = SMALL) -> dict[str, Any]:
    """A row with None for every column that it does not name."""
    return {name: row.get(name) for name in leads_schema(use_case).names}


def many(count: int) -> list[dict[str, Any]]:
    """That many rows, each with its own id."""
    return [
        {"line_number": n, "order_id": f"o{n:06}", "items": None if n % 3 else n}
        for n in range(2, count + 2)
    ]
