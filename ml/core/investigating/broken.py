"""Fields that broke on their way: nearly all of what a column told is gone, at once.

Drift moves a column; a broken field stops telling anything. So a column counts as broken where
most of its values went missing, where it holds one value and no other, or where most of its values
are none that anybody knows.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ml.contract.names import OTHER
from ml.contract.schema import Column
from ml.core.drift.bins import Level
from ml.core.drift.tables import is_number, level_counts, number_values
from ml.core.investigating.evidence import Evidence

#: Of the cells that had a value before, so many must have lost it.
_LOST = 0.8
#: Share of values that nobody knows, above that of before.
_UNKNOWN = 0.5
#: Rows that must be expected to differ before it is odd that none does.
_EXPECTED = 20
#: A column with fewer values than this share was no field to speak of.
_FILLED = 0.02


def broken_fields(evidence: Evidence) -> Mapping[str, str]:
    """How each broken column broke, by its name."""
    absent = set(evidence.current.absent)
    looked = {
        column.name: _broken(column, evidence)
        for column in evidence.columns
        if column.source not in absent
    }
    return {name: how for name, how in looked.items() if how}


def unsound_columns(evidence: Evidence) -> frozenset[str]:
    """Names of columns that broke or are not in the file: what they show is no drift."""
    absent = {
        column.name for column in evidence.columns if column.source in evidence.current.absent
    }
    return frozenset({*broken_fields(evidence), *absent})


def _broken(column: Column, evidence: Evidence) -> str:
    before, now = evidence.reference(), evidence.current.table
    if is_number(column):
        sides = [number_values(side, column) for side in (before, now)]
        counted = [_counts(values) for values in sides]
    else:
        counted = [level_counts(side, column) for side in (before, now)]
    old, new = counted
    return _lost(column, old, new) or _stuck(column, old, new) or _unknown(column, old, new)


def _counts(values: np.ndarray) -> dict[Level, int]:
    """Rows per number, `None` for missing, as levels are counted."""
    known, rows = np.unique(values[~np.isnan(values)], return_counts=True)
    found: dict[Level, int] = {f"{value:g}": int(n) for value, n in zip(known, rows, strict=True)}
    return found | {None: int(np.isnan(values).sum())}


def _filled(counts: Mapping[Level, int]) -> float:
    whole = sum(counts.values())
    return 1 - counts.get(None, 0) / whole if whole else 0.0


def _lost(column: Column, old: Mapping[Level, int], new: Mapping[Level, int]) -> str:
    before, now = _filled(old), _filled(new)
    if before < _FILLED or now > (1 - _LOST) * before:
        return ""
    return f"{column.source} has a value in {now:.1%} of rows; before, in {before:.1%}"


def _stuck(column: Column, old: Mapping[Level, int], new: Mapping[Level, int]) -> str:
    values = {level: n for level, n in new.items() if level is not None and n}
    if len(values) != 1:
        return ""
    ((only, rows),) = values.items()
    then = {level: n for level, n in old.items() if level is not None}
    others = 1 - then.get(only, 0) / sum(then.values()) if sum(then.values()) else 0.0
    if others * rows < _EXPECTED:
        return ""
    return f"{column.source} says the same in every row; before, {others:.1%} said something else"


def _unknown(column: Column, old: Mapping[Level, int], new: Mapping[Level, int]) -> str:
    if is_number(column):
        return ""
    known: set[Level] = {level for level in old if level is not None and level != OTHER}
    before, now = (_strange(side, known) for side in (old, new))
    if now - before < _UNKNOWN:
        return ""
    return (
        f"{now:.1%} of the values of {column.source} are none that was known; before, {before:.1%}"
    )


def _strange(counts: Mapping[Level, int], known: set[Level]) -> float:
    values = {level: n for level, n in counts.items() if level is not None}
    whole = sum(values.values())
    return sum(n for level, n in values.items() if level not in known) / whole if whole else 0.0
