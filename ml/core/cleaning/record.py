"""Cleaning of one record, as a server or a form sends it, equal to what SQL does to tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ml.contract.cleaning import Cleaned, Value
from ml.contract.consistency import Consistency
from ml.contract.fault_texts import cell_fault
from ml.contract.faults import Fault, Rule, Severity
from ml.contract.intake.unicode import normalise
from ml.contract.levels import Grouping
from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.contract.use_case import UseCase

#: Texts longer than this are cleaned anew each time: remembering them would cost memory.
_REMEMBERED_CHARACTERS = 64
_REMEMBERED_CELLS = 2048
#: Whole numbers from here on have more digits than a float; Python refuses to print the largest.
_TOO_LARGE = 10**400


class CleanRow(NamedTuple):
    """One record after cleaning.

    Parameters
    ----------
    values : dict of str to Value
        Clean values by column name, groups included; a column that is absent is None.
    faults : tuple of Fault
        Why the record must not be scored; empty for a sound one.
    warnings : tuple of Fault
        What is odd about it.
    """

    values: dict[str, Value]
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


def clean_record(
    use_case: UseCase, cells: Mapping[str, object], *, columns: tuple[Column, ...]
) -> CleanRow:
    """Clean one raw record; for many, `record_cleaner` looks the use case up only once.

    Parameters
    ----------
    use_case : UseCase
        Whose consistency checks apply.
    cells : mapping of str to object
        Raw cells by column name: texts, or the scalars of JSON. Other keys are not read.
    columns : tuple of Column
        The columns to read and judge, see `ml.core.cleaning.sql.judged_columns`.

    Returns
    -------
    CleanRow
        Never raises for what a cell may hold.

    Examples
    --------
    >>> from ml.use_cases.lead_conversion import LEAD_CONVERSION as leads
    >>> columns = (leads.schema["total_visits"], leads.schema["city"])
    >>> row = clean_record(leads, {"total_visits": 5, "city": " mumbai"}, columns=columns)
    >>> row.values
    {'total_visits': 5, 'city': 'Mumbai', 'city_group': 'Metro India'}
    """
    return record_cleaner(use_case, columns)(cells)


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """Everything about a column that does not depend on a record."""

    name: str
    column: Column
    known: _Known
    group: str | None
    grouping: Grouping | None


@lru_cache(maxsize=64)
def record_cleaner(
    use_case: UseCase, columns: tuple[Column, ...]
) -> Callable[[Mapping[str, object]], CleanRow]:
    """`clean_record` for many records: what does not depend on a record is done once."""
    readers = [_reader(column) for column in columns]
    checks = use_case.consistency
    plain = [(i, r.name, r.known) for i, r in enumerate(readers)]
    groups = [(r.name, r.group, r.grouping.apply) for r in readers if r.group and r.grouping]

    def clean(cells: Mapping[str, object]) -> CleanRow:
        values: dict[str, Value] = {}
        odd: list[int] = []
        get = cells.get
        for i, name, known in plain:
            cell = get(name)
            values[name], fault, warning = (
                known[cell] if cell is None or isinstance(cell, str) else _scalar(known, cell)
            )
            if fault is not None or warning is not None:
                odd.append(i)
        for name, group, apply in groups:
            values[group] = apply(values[name])  # type: ignore[arg-type]  # groups are of words
        faults, warnings = _said(readers, odd, cells)
        warnings += [_breach(check) for check in checks if check.broken(values)]
        return CleanRow(values, tuple(faults), tuple(warnings))

    return clean


def _reader(column: Column) -> _Reader:
    return _Reader(
        name=column.name,
        column=column,
        known=_Known(column),
        group=column.group.name if column.group else None,
        grouping=column.grouping,
    )


class _Known(dict[str | None, Cleaned]):
    """A column's clean cells by their texts: short ones repeat, and ids never do."""

    def __init__(self, column: Column) -> None:
        self._column = column
        self._longest = -1 if column.kind is Kind.TEXT else _REMEMBERED_CHARACTERS

    def __missing__(self, text: str | None) -> Cleaned:
        cleaned = self._clean(text)
        if text is None or len(text) <= self._longest:
            if len(self) >= _REMEMBERED_CELLS:
                self.clear()
            self[text] = cleaned
        return cleaned

    def _clean(self, text: str | None) -> Cleaned:
        if text is None or self._column.kind is Kind.TEXT:
            return self._column.clean(text)
        return self._column.clean(normalise(text))


def _scalar(known: _Known, cell: object) -> Cleaned:
    """A value of JSON, read as a file would spell it."""
    if cell is None:
        return known[None]
    if isinstance(cell, (str, int, float)):
        return known[_as_text(cell)]
    return Cleaned(fault=Rule.JSON_VALUE)


def _as_text(cell: object) -> str:
    """A value as a file would spell it."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int):
        return str(cell) if -_TOO_LARGE < cell < _TOO_LARGE else "inf"
    return repr(cell) if isinstance(cell, float) else str(cell)


def _said(
    readers: list[_Reader], odd: list[int], cells: Mapping[str, object]
) -> tuple[list[Fault], list[Fault]]:
    """Faults and warnings in words, for the few records that have any."""
    faults: list[Fault] = []
    warnings: list[Fault] = []
    for i in odd:
        reader = readers[i]
        cell = cells.get(reader.name)
        text = None if cell is None else _as_text(cell)
        cleaned = _scalar(reader.known, cell)
        if cleaned.fault:
            faults.append(cell_fault(cleaned.fault, reader.column, text))
        if cleaned.warning:
            warnings.append(cell_fault(cleaned.warning, reader.column, text))
    return faults, warnings


def _breach(check: Consistency) -> Fault:
    return Fault(
        rule=Rule.INCONSISTENT,
        severity=Severity.WARNING,
        message=check.message,
        hint="check both numbers; the lead is scored as it is",
    )
