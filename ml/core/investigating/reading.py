"""How files are read to be investigated: nothing is asked of them but ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

import pyarrow as pa

from ml.contract.check_policy import CheckPolicy
from ml.contract.names import Kind, Role
from ml.contract.schema import Column, Schema, header_key
from ml.contract.splits import StratifiedSplit
from ml.contract.use_case import UseCase
from ml.contract.watch_policy import WatchPolicy
from ml.core.investigating.outcomes import Told

#: Headers that mean the day on which a lead came, where the use case declares none.
ARRIVED_HEADERS: Final = ("Arrival Date", "arrived_on")
#: Headers that mean the day on which an outcome was known.
KNOWN_HEADERS: Final = ("Outcome Date", "known_at")

_ARRIVED, _OUTCOME, _KNOWN = "arrived_on", "outcome_told", "known_on"
_ISO_DAY = 10


def day_column(use_case: UseCase) -> Column:
    """The column that says when a lead came: declared, or by its header."""
    declared = use_case.schema.with_role(Role.TIME)
    if declared:
        first = use_case.moments[0]
        return replace(declared[0], role=Role.FEATURE, known_from=first, required=False)
    first_header, *more = ARRIVED_HEADERS
    return Column(
        name=_ARRIVED,
        source=first_header,
        aliases=tuple(more),
        kind=Kind.CATEGORY,
        known_from=use_case.moments[0],
        required=False,
    )


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
    columns = (
        use_case.schema.id,
        Column(
            name=_OUTCOME, source=target.source, aliases=(target.name, *target.aliases),
            kind=Kind.CATEGORY, known_from=first,
        ),
        Column(
            name=_KNOWN, source=known, aliases=tuple(more), kind=Kind.CATEGORY, known_from=first,
            required=False,
        ),
        Column(name="not_read", source="(not read)", kind=Kind.INTEGER, role=Role.TARGET),
    )  # fmt: skip
    return replace(
        use_case,
        schema=Schema(columns=columns),
        moments=(first,),
        default_moment=first,
        gates=(),
        split=StratifiedSplit(),
        consistency=(),
        checks=CheckPolicy(),
        contact_wishes=(),
        steady=(),
        known_leaks=(),
        watch=WatchPolicy(),
    )


def strange_headers(use_case: UseCase, headers: Sequence[str]) -> tuple[str, ...]:
    """Headers that mean nothing of the use case, and no day of an outcome either."""
    known = {*lenient(use_case).schema.by_header, *map(header_key, KNOWN_HEADERS)}
    return tuple(header for header in headers if header_key(header) not in known)


def with_days(table: pa.Table, column: Column) -> tuple[pa.Table, str | None]:
    """The table with readable days, and the name of their column; None where there are none."""
    if column.name not in table.column_names or table[column.name].null_count == table.num_rows:
        return table, None
    if column.kind is Kind.DATE:
        return table, column.name
    days = pa.array([_day(text) for text in table[column.name].to_pylist()], pa.date32())
    place = table.column_names.index(column.name)
    return table.set_column(place, column.name, days), column.name


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
        lines.append(Told(lead=lead, outcome=value, known_at=_day(known)))
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


def _day(text: str | None) -> date | None:
    """The day with which a cell begins; None where it begins with none."""
    try:
        return date.fromisoformat(text.strip()[:_ISO_DAY]) if text else None
    except ValueError:
        return None
