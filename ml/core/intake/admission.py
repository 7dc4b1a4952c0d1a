"""The gate: a file becomes batches of text rows, or is refused with every reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import pyarrow as pa

from ml.contract.faults import Fault, Rule
from ml.contract.intake.containers import Form
from ml.contract.intake.header import Header
from ml.contract.intake.reading import Reading
from ml.contract.intake.saying import refusal
from ml.contract.names import LINE, Purpose
from ml.contract.use_case import UseCase
from ml.core.intake.cells import CellChecks
from ml.core.intake.rows import Rows
from ml.core.intake.targets import TargetCheck
from ml.core.quarantine import RowFault

#: Rows after which a file is refused if every one of them has the wrong number of cells.
_ALL_WRONG = 1000


class Part(NamedTuple):
    """Some rows of a file.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
        `line_number` and every source column of the schema as text. A column that the file
        lacks, or that must not be used, is null; an empty cell is ''.
    faults : list of RowFault
        What is wrong with the rows that were held back here, in the order of lines.
    """

    batch: pa.RecordBatch
    faults: list[RowFault]


class Source(Protocol):
    """A file of some form whose columns were understood."""

    @property
    def header(self) -> Header:
        """Its columns."""

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """What a person should know about it."""

    @property
    def decimal_comma(self) -> bool:
        """Whether a number may have a decimal comma."""

    @property
    def fast_rows(self) -> int:
        """Rows that the fast reader has read."""

    def rows(self) -> Iterator[Rows]:
        """Its rows in order."""


class Admission:
    """A file that was let in; its rows are read while `parts` is iterated.

    Attributes
    ----------
    form : Form
        CSV, JSON lines or Parquet.
    encoding : str
        Codec of the text.
    received, quarantined : int
        Rows read so far, and those held back; final after iteration.
    """

    def __init__(
        self,
        source: Source,
        reading: Reading,
        *,
        form: Form,
        encoding: str,
        told: tuple[Fault, ...],
    ) -> None:
        self.form, self.encoding = form, encoding
        self.received = self.quarantined = 0
        self._source, self._reading, self._told = source, reading, told
        self._cells = CellChecks(
            taken=source.header.taken, limits=reading.limits, decimal_comma=source.decimal_comma
        )
        self._miscounted = 0
        self._first_miscounted: Fault | None = None

    @property
    def warnings(self) -> list[Fault]:
        """What a person should know; rewritten cells join once all parts are read."""
        return [*self._told, *self._source.warnings, *self._cells.warnings()]

    @property
    def header(self) -> Header:
        """The file's columns and which of them are read."""
        return self._source.header

    @property
    def accepted(self) -> int:
        """Rows in the batches so far."""
        return self.received - self.quarantined

    @property
    def fast_rows(self) -> int:
        """Rows so far that were plain enough for the fast reader."""
        return self._source.fast_rows

    def parts(self) -> Iterator[Part]:
        """The rows in the order of the file; to be iterated once.

        Raises
        ------
        InputRefused
            If the file turns out to be unreadable, too large, without rows, or, to train, with
            outcomes that the task does not know. Batches before it are then void.
        """
        targets = self._target_check()
        for rows in self._source.rows():
            sound, faults = self._cells.apply(rows)
            self._count(rows, faults)
            part = Part(self._batch(sound), faults)
            if targets is not None:
                targets.look(part.batch.column(LINE), part.batch.column(self._target))
            if targets is None or not targets.failed:
                yield part
        if targets is not None:
            targets.refuse_if_failed()
        self._refuse_if_miscounted()
        self._refuse_if_empty()

    @property
    def _target(self) -> str:
        return self._reading.schema.target.name

    def _target_check(self) -> TargetCheck | None:
        header = {one.column.name: one.header for one in self.header.taken}.get(self._target)
        if self._reading.purpose is not Purpose.TRAIN or header is None:
            return None
        return TargetCheck(header, self._reading.use_case.task.target_words)

    def _batch(self, rows: Rows) -> pa.RecordBatch:
        cells = {one.column.name: i for i, one in enumerate(self.header.taken)}
        absent = pa.nulls(len(rows.lines), pa.string())
        columns = [
            rows.cells[cells[column.name]] if column.name in cells else absent
            for column in self._reading.schema.columns
        ]
        return pa.RecordBatch.from_arrays(
            [rows.lines, *columns], schema=text_schema(self._reading.use_case)
        )

    def _count(self, rows: Rows, faults: list[RowFault]) -> None:
        self.received += len(rows.lines) + len(rows.broken)
        self.quarantined += len({fault.line for fault, _ in faults})
        wrong = [fault for fault, _ in faults if fault.rule is Rule.FIELD_COUNT]
        self._miscounted += len(wrong)
        self._first_miscounted = self._first_miscounted or next(iter(wrong), None)
        limit = self._reading.limits.rows
        if limit is not None and self.received > limit:
            raise refusal(
                Rule.TOO_LARGE,
                f"{self._reading.name} has more than {limit:,} rows",
                "split the file, or read it with the command line, which has no such limit",
            )
        if self.received >= _ALL_WRONG:
            self._refuse_if_miscounted()

    def _refuse_if_miscounted(self) -> None:
        """Rows that all differ from the header in width mean that the header is not theirs."""
        first = self._first_miscounted
        if first is not None and self.received == self._miscounted:
            raise refusal(
                Rule.FIELD_COUNT,
                f"none of {self.received:,} rows has as many cells as the header has names; "
                f"on line {first.line} {first.message}",
                "give every column a name in the header, and every row a cell for each",
                line=first.line,
            )

    def _refuse_if_empty(self) -> None:
        if self.received == 0:
            entity = self._reading.use_case.entity
            raise refusal(
                Rule.NO_ROWS,
                f"{self._reading.name} has a header but no rows: 0 {entity}s",
                f"export it again with at least one {entity}",
            )


def text_schema(use_case: UseCase) -> pa.Schema:
    """Schema of the batches of a use case: the line, then every source column as text."""
    columns = [pa.field(column.name, pa.string()) for column in use_case.schema.columns]
    return pa.schema([pa.field(LINE, pa.int64(), nullable=False), *columns])
