"""Survey: a training file read with all of its columns, to be looked at before it teaches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.errors import InputRefused
from ml.contract.moments import Moment
from ml.contract.names import Purpose
from ml.contract.records import RowCount
from ml.contract.schema import Column
from ml.contract.use_case import UseCase
from ml.core.intake import admit
from ml.core.undeclared import numbers_found, undeclared_columns, widened
from ml.ports import Runtime
from ml.steps.clean import clean
from ml.steps.ingest import ingest


@dataclass(frozen=True, kw_only=True)
class Survey:
    """The rows of a file.

    Parameters
    ----------
    table : pyarrow.Table
        Clean rows with the outcome: every declared column, and what the file holds beside them.
    undeclared : tuple of Column
        Columns of the file that the use case does not declare.
    unread : tuple of str
        Headers of those among them that hold neither text nor numbers, and were left out.
    rows : RowCount
        Where every row of the file went.
    held_back : pyarrow.Table
        The quarantine: one row per fault.
    """

    table: pa.Table
    undeclared: tuple[Column, ...]
    unread: tuple[str, ...]
    rows: RowCount
    held_back: pa.Table


def survey(use_case: UseCase, runtime: Runtime, *, source: Path, moment: Moment) -> Survey:
    """Read a training file with all of its columns.

    Parameters
    ----------
    runtime : Runtime
        A home for this file only: its tables get the columns that the use case does not declare.
    source : Path
        CSV, Parquet or JSON lines.
    moment : Moment
        Columns that the file must hold; those of later moments are read where it has them.

    Raises
    ------
    InputRefused
        If the file cannot be read as training rows.
    """
    last = use_case.moments[-1]
    more, unread = _undeclared(use_case, source, moment)
    wide = widened(use_case, more, moment)
    admitted = ingest(wide, runtime, source=source, purpose=Purpose.TRAIN, moment=last)
    cleaned = clean(wide, runtime, ingest=admitted)
    table, found = numbers_found(pq.read_table(runtime.lake.fetch(cleaned.clean)), more)
    return Survey(
        table=table,
        undeclared=found,
        unread=unread,
        rows=cleaned.rows,
        held_back=pq.read_table(runtime.lake.fetch(cleaned.quarantine)),
    )


def _undeclared(
    use_case: UseCase, source: Path, moment: Moment
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """Columns of a file that the use case does not declare, and headers of those of odd types."""
    more = undeclared_columns(use_case, _headers(widened(use_case, (), moment), source))
    try:
        _headers(widened(use_case, more, moment), source)
    except InputRefused as refused:
        odd = {fault.column for fault in refused.faults}
        readable = tuple(column for column in more if column.source not in odd)
        return readable, tuple(column.source for column in more if column.source in odd)
    return more, ()


def _headers(use_case: UseCase, source: Path) -> tuple[str, ...]:
    """The columns of a file that can be read as training rows."""
    with source.open("rb") as stream:
        last = use_case.moments[-1]
        return admit(stream, use_case=use_case, purpose=Purpose.TRAIN, moment=last).header.names
