"""What changed of a lead from one score to the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from ml.contract.receipts import Receipt
from ml.contract.schema import Column, Schema, header_key


@dataclass(frozen=True, kw_only=True)
class Entered:
    """One cell as somebody entered it."""

    label: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """One cell that is not what it was; empty for a cell that held nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class HistoryStep:
    """One score of a lead, beside the one before it.

    Parameters
    ----------
    at : datetime
    score : int
    band, version : str
    moved : int or None
        Points since the score before; None for the first.
    changes : tuple of Change
        Cells that changed since.
    other_model : str
        Version that gave the score before, where it was another.
    """

    at: datetime
    score: int
    band: str
    version: str
    moved: int | None
    changes: tuple[Change, ...]
    other_model: str


def history(receipts: Sequence[Receipt], schema: Schema) -> Iterator[HistoryStep]:
    """The steps of receipts that stand newest first.

    Parameters
    ----------
    receipts : sequence of Receipt
    schema : Schema
        Knows how people call the columns.
    """
    for now, before in zip_longest(receipts, receipts[1:]):
        yield HistoryStep(
            at=now.at,
            score=now.score,
            band=now.band,
            version=now.version,
            moved=now.score - before.score if before else None,
            changes=tuple(_changes(before.cells, now.cells, schema)) if before else (),
            other_model=before.version if before and before.version != now.version else "",
        )


def entered(cells: Mapping[str, Any], schema: Schema) -> tuple[Entered, ...]:
    """Cells by column name or header, under the words that people use, as the schema orders them.

    Columns that the schema does not know are left out.
    """
    of = _by_column(cells, schema)
    columns = [column for column in schema.columns if column.name in of]
    return tuple(
        Entered(label=column.label, value=cell_words(of[column.name])) for column in columns
    )


def _changes(
    before: Mapping[str, Any], after: Mapping[str, Any], schema: Schema
) -> Iterator[Change]:
    for column in schema.columns:
        was, now = cell_words(before.get(column.name)), cell_words(after.get(column.name))
        if not _same(column, was, now):
            yield Change(label=column.label, before=was, after=now)


def _same(column: Column, was: str, now: str) -> bool:
    """Whether two spellings mean the same."""
    return was == now or column.clean(was) == column.clean(now)


def _by_column(cells: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    columns = {name: schema.by_header.get(header_key(name)) for name in cells}
    named = {column.name: cells[name] for name, column in columns.items() if column}
    return named | {name: value for name, value in cells.items() if name in schema}


def cell_words(cell: Any) -> str:
    """A cell as people write it; empty where nothing was entered."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return "" if cell is None else str(cell)
