"""Leads of late and what became of them, read from files on a home aside."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.errors import InputRefused
from ml.contract.moments import Moment
from ml.contract.names import Purpose
from ml.contract.schema import Column, header_key
from ml.contract.use_case import UseCase
from ml.core.intake import admit
from ml.core.investigating import Current, Outcomes, beside
from ml.core.investigating.reading import lenient, strange_headers, telling, told_lines
from ml.core.lead_days import day_column, with_days
from ml.core.undeclared import numbers_found, undeclared_columns
from ml.ports import Runtime
from ml.steps.clean import clean
from ml.steps.ingest import ingest


@dataclass(frozen=True, kw_only=True)
class LateLeads:
    """Reads a file of leads with all of its columns, and whatever tells their outcomes.

    Parameters
    ----------
    aside : Runtime
        A home for these files only.
    today : date
        Outcomes of later days are not taken.
    """

    use_case: UseCase
    aside: Runtime
    moment: Moment
    today: date

    def read(self, source: Path) -> Current:
        """The leads of a file.

        Raises
        ------
        InputRefused
            If it cannot be read at all, or holds no ids.
        """
        headers = self._headers(source)
        more = self._undeclared(source, headers)
        case = lenient(self.use_case, more)
        admitted = ingest(
            case, self.aside, source=source, purpose=Purpose.SCORE, moment=self.moment
        )
        cleaned = clean(case, self.aside, ingest=admitted)
        table, found = numbers_found(self._table(cleaned.clean), more)
        table, days = with_days(table, day_column(self.use_case))
        held = self._table(cleaned.quarantine)["column"].to_pylist()
        return Current(
            table=table,
            day_column=days,
            absent=self._absent(headers),
            undeclared=found,
            received=cleaned.rows.received,
            held=dict(Counter(str(name or "") for name in held)),
        )

    def outcomes(
        self, file: Path | None, source: Path, current: Current, known_leads: frozenset[str]
    ) -> Outcomes | None:
        """Outcomes of a file that was named; of the leads' own file if it holds any.

        Raises
        ------
        InputRefused
            If a file that was named cannot be read, or holds no ids or no outcome.
        """
        try:
            text = self._told(file or source)
        except InputRefused:
            if file is not None:
                raise
            return None
        lines, unreadable = told_lines(self.use_case, text)
        if file is None and all(line.outcome is None for line in lines):
            return None
        return beside(
            current.table[self.use_case.schema.id.name].to_pylist(),
            lines,
            known_leads=known_leads,
            unreadable=unreadable,
            today=self.today,
        )

    def _told(self, file: Path) -> pa.Table:
        case = telling(self.use_case)
        admitted = ingest(
            case, self.aside, source=file, purpose=Purpose.SCORE, moment=case.default_moment
        )
        return self._table(admitted.text)

    def _table(self, key: str) -> pa.Table:
        return pq.read_table(self.aside.lake.fetch(key))

    def _absent(self, headers: tuple[str, ...]) -> tuple[str, ...]:
        known = {header_key(header) for header in headers}
        return tuple(
            column.source
            for column in self.use_case.schema.features(self.moment)
            if not known & {header_key(header) for header in column.headers}
        )

    def _headers(self, source: Path, more: tuple[Column, ...] = ()) -> tuple[str, ...]:
        case = lenient(self.use_case, more)
        with source.open("rb") as stream:
            admitted = admit(
                stream, use_case=case, purpose=Purpose.SCORE, moment=self.moment, name=source.name
            )
            return tuple(admitted.header.names)

    def _undeclared(self, source: Path, headers: tuple[str, ...]) -> tuple[Column, ...]:
        """Columns that nobody declared, but for those that hold neither text nor numbers."""
        more = undeclared_columns(self.use_case, strange_headers(self.use_case, headers))
        try:
            self._headers(source, more)
        except InputRefused as refused:
            odd = {fault.column for fault in refused.faults}
            return tuple(column for column in more if column.source not in odd)
        return more
