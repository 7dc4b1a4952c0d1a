"""How files are read to be investigated: nothing is asked of them but ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import pyarrow as pa

from ml.contract.names import Kind, Role
from ml.contract.schema import Column, Schema, header_key
from ml.contract.splits import StratifiedSplit
from ml.contract.use_case import UseCase
from ml.core.few_columns import only_columns
from ml.core.investigating.outcomes import Told
from ml.core.lead_days import day_column, day_of

#: Headers that mean the day on which an outcome was known.
KNOWN_HEADERS: Final = ("Outcome Date", "known_at")

_OUTCOME, _KNOWN = "outcome_told", "known_on"


def lenient(use_case: UseCase, more: Sequence[Column] = ()) -> UseCase:
    """A use case that reads whatever columns a file has: an absent one is a finding, no refusal.

    Parameters
    ----------
    more : sequence of Column, default=()
        Further columns of the file.
    """
    days = day_column(use_case)
    columns = [
        replace(column, required=column.role is Role.ID)
        for column in use_case.schema.columns
        if column.name != days.name
    ]
    schema = Schema(columns=(*columns, days, *more))
    return replace(use_case, schema=schema, split=StratifiedSplit(), consistency=())


def telling(use_case: UseCase) -> UseCase:
    """A use case whose rows are outcomes: an id, what became of it, and when that was known."""
    first, target = use_case.moments[0], use_case.schema.target
    known, *more = KNOWN_HEADERS
    outcome = Column(
        name=_OUTCOME, source=target.source, aliases=(target.name, *target.aliases),
        kind=Kind.CATEGORY, known_from=first,
    )  # fmt: skip
    known_on = Column(
        name=_KNOWN, source=known, aliases=tuple(more), kind=Kind.CATEGORY, known_from=first,
        required=False,
    )  # fmt: skip
    return only_columns(use_case, (outcome, known_on))


def strange_headers(use_case: UseCase, headers: Sequence[str]) -> tuple[str, ...]:
    """Headers that mean nothing of the use case, and no day of an outcome either."""
    known = {*lenient(use_case).schema.by_header, *map(header_key, KNOWN_HEADERS)}
    return tuple(header for header in headers if header_key(header) not in known)


def told_lines(use_case: UseCase, text: pa.Table) -> tuple[list[Told], int]:
    """What the lines of a file of outcomes say, and how many say nothing that is an outcome.

    Parameters
    ----------
    text : pyarrow.Table
        Cells of a file as `telling` reads it.
    """
    lines, unreadable = [], 0
    for lead, outcome, known in _cells(use_case, text):
        cell = use_case.schema.target.clean(outcome)
        if lead is None or cell.fault:
            unreadable += 1
            continue
        # A target's cell is a number or yes and no; its type is that of all cells.
        value = None if cell.value is None else float(cell.value)  # type: ignore[arg-type]
        lines.append(Told(lead=lead, outcome=value, known_at=day_of(known)))
    return lines, unreadable


def _cells(
    use_case: UseCase, text: pa.Table
) -> Iterator[tuple[str | None, str | None, str | None]]:
    ids = (
        use_case.schema.id.clean(cell).value for cell in text[use_case.schema.id.name].to_pylist()
    )
    known: Sequence[str | None] = (
        text[_KNOWN].to_pylist() if _KNOWN in text.column_names else [None] * text.num_rows
    )
    named = (None if lead is None else str(lead) for lead in ids)
    return zip(named, text[_OUTCOME].to_pylist(), known, strict=True)
