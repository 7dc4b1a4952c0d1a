"""What an investigation looks at, part by part: rows, scores, what serves, what was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from ml.contract.schema import Column
from ml.core.columns import Floats


@dataclass(frozen=True, kw_only=True)
class Current:
    """The leads of late, as a file told them.

    Parameters
    ----------
    table : pyarrow.Table
        Clean rows: the id, what a model of the moment reads, and columns that nobody declared.
    day_column : str or None
        Column of `table` with the day on which each lead came; None where the file has no days.
    absent : tuple of str, default=()
        Columns that the model reads and the file does not have.
    undeclared : tuple of Column, default=()
        Columns of the file that the use case does not declare, but for days.
    received : int
        Rows of the file.
    held : mapping of str to int, default={}
        Rows held back, by the source column at fault; by '' where a row as a whole is.
    """

    table: pa.Table
    day_column: str | None
    absent: tuple[str, ...] = ()
    undeclared: tuple[Column, ...] = ()
    received: int
    held: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Scored:
    """What the model in force makes of rows.

    Parameters
    ----------
    before, now : ndarray
        Predictions of rows that it did not learn from, and of the leads of late.
    importance : mapping of str to float
        How much a score hangs on each column.
    """

    before: Floats
    now: Floats
    importance: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Serving:
    """What ledger, registry and endpoint say.

    Parameters
    ----------
    version : str or None
        In force.
    trained_at : datetime or None
        When that version was made.
    disagreements : tuple of str, default=()
        Where the three disagree.
    ledger_faults : tuple of str, default=()
        What was done to the ledger since it was written.
    entries : int, default=0
        Entries of the ledger.
    registry_away, package_fault : str, default=''
        Why the registry could not be asked, and why the package in force must not be used.
    """

    version: str | None = None
    trained_at: datetime | None = None
    disagreements: tuple[str, ...] = ()
    ledger_faults: tuple[str, ...] = ()
    entries: int = 0
    registry_away: str = ""
    package_fault: str = ""


@dataclass(frozen=True, kw_only=True)
class Answered:
    """Receipts of late.

    Parameters
    ----------
    by_day : tuple of int
        How many there are for each of the last days, the last 24 hours at the end.
    ahead : int
        Receipts that carry a time in the future.
    replayed, other_score : int
        Receipts that were scored again by the package that answered, and those whose score came
        out as another one.
    """

    by_day: tuple[int, ...]
    ahead: int = 0
    replayed: int = 0
    other_score: int = 0
