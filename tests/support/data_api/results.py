"""Results as the Data API shows them: fields by type, in pages."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

#: No row may be larger; a page ends before it would be.
ROW_BYTES, PAGE_BYTES = 64 * 2**10, 2**20

_LONGS, _DOUBLES = {"int2", "int4", "int8", "oid"}, {"float4", "float8"}


@dataclass(frozen=True)
class Column:
    """A column of a result, as PostgreSQL describes it."""

    name: str
    type: str
    precision: int | None = None
    scale: int | None = None

    @property
    def metadata(self) -> dict[str, Any]:
        """The same as the Data API says it."""
        return {
            "name": self.name, "label": self.name, "typeName": self.type, "nullable": 1,
            "precision": self.precision or 0, "scale": self.scale or 0, "length": 0,
            "isCaseSensitive": True, "isCurrency": False, "isSigned": True,
        }  # fmt: skip


@dataclass
class Result:
    """What one statement left."""

    affected: int = 0
    columns: Sequence[Column] | None = None
    rows: Sequence[tuple[Any, ...]] = ()
    bytes: int = 0

    def page(self, token: str, page_bytes: int) -> dict[str, Any]:
        """A page of rows, and where the next begins."""
        assert self.columns is not None
        first = int(base64.b64decode(token)) if token else 0
        records, size, types = [], 0, [column.type for column in self.columns]
        for row in self.rows[first:]:
            if records and size + row_bytes(row) > page_bytes:
                break
            size += row_bytes(row)
            records.append([_field(v, t) for v, t in zip(row, types, strict=True)])
        last = first + len(records)
        more = {"NextToken": base64.b64encode(str(last).encode()).decode()}
        return {
            "Records": records,
            "ColumnMetadata": [column.metadata for column in self.columns],
            "TotalNumRows": len(self.rows),
            **(more if last < len(self.rows) else {}),
        }


def row_bytes(row: tuple[Any, ...]) -> int:
    """Size of a row's texts."""
    return sum(len(str(value).encode()) for value in row if value is not None)


def _field(value: Any, type: str) -> dict[str, Any]:
    if value is None:
        return {"isNull": True}
    if type == "bool":
        return {"booleanValue": value}
    if type in _LONGS:
        return {"longValue": value}
    if type in _DOUBLES:
        return {"doubleValue": value}
    return {"stringValue": str(value)}
