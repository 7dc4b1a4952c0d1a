"""What was counted in a clean table: all that checks judge, kept to compare with later."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Levels that figures keep per column, the frequent ones; more would keep ids of open columns.
LEVELS_KEPT = 200


@dataclass(frozen=True, kw_only=True)
class NumberFigures:
    """Where the values of a number lie; counted, never estimated, so that engines agree.

    Parameters
    ----------
    low, quarter, median, three_quarters, high : float
        Values that occur.
    most : int
        Rows with the most frequent value.
    distinct : int
        Different values.
    """

    low: float
    quarter: float
    median: float
    three_quarters: float
    high: float
    most: int
    distinct: int


@dataclass(frozen=True, kw_only=True)
class ColumnFigures:
    """One column.

    Parameters
    ----------
    present : int
        Rows with a value.
    outside : int, default=0
        Values that no row may hold: beyond the hard bounds, or not finite.
    beyond : int, default=0
        Values beyond what is usual.
    number : NumberFigures or None, default=None
        Of a number with any value.
    levels : dict of str to int, default={}
        Rows per level; yes and no are `true` and `false`.
    """

    present: int
    outside: int = 0
    beyond: int = 0
    number: NumberFigures | None = None
    levels: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A clean table and its quarantine in figures.

    Parameters
    ----------
    received, quarantined : int
        Rows of the file, and those held back.
    rows : int
        Clean rows.
    types : dict of str to str
        Columns of the clean table with their types, see `types_of`.
    unknown : tuple of str, default=()
        Columns of the file that the schema does not know, in words.
    ids : int, default=0
        Different ids.
    contents : int, default=0
        Rows that differ in more than ids and dates.
    columns : dict of str to ColumnFigures, default={}
        By name; empty where the types forbid to count.
    strange_targets : int, default=0
        Rows whose outcome the task does not know.
    held : dict of str to int, default={}
        Rows held back by source column; `` where a row as a whole is broken.
    newest : str or None, default=None
        The newest day of the time column.
    weeks : dict of str to int, default={}
        Rows by the Monday of their week, those of earlier data included.
    """

    received: int
    quarantined: int
    rows: int
    types: dict[str, str]
    unknown: tuple[str, ...] = ()
    ids: int = 0
    contents: int = 0
    columns: dict[str, ColumnFigures] = field(default_factory=dict)
    strange_targets: int = 0
    held: dict[str, int] = field(default_factory=dict)
    newest: str | None = None
    weeks: dict[str, int] = field(default_factory=dict)
