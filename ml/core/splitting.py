"""Which rows train, which choose between candidates, and which judge.

The real file repeats 1,281 rows apart from their ids. They are divided like all others: that is
how every published figure on the file was made, and a person who leaves the form twice is two
leads in the source system too. Leave them out in the snapshot to see the difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from ml.contract.errors import InvalidUseCase, LeadwiseError, UsageError
from ml.contract.names import Role
from ml.contract.schema import Schema
from ml.contract.splits import (
    ArrivalSplit,
    DaySplit,
    ShareSplit,
    Split,
    StratifiedSplit,
    TimeSplit,
)
from ml.core.arrival import ranks

Rows = NDArray[np.intp]
#: After every day.
_NEVER = np.datetime64("9999-12-31", "D")


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Row positions of each part, ascending; together with `left_out` every row once.

    Parameters
    ----------
    train, validation, test : ndarray of int
        Rows that teach, that choose between candidates, and that judge.
    holdout : ndarray of int
        Rows that stand for production's; empty where the split has no share for them.
    left_out : ndarray of int
        Rows in a gap, or older than the window of a `DaySplit`; empty otherwise.
    """

    train: Rows
    validation: Rows
    test: Rows
    holdout: Rows
    left_out: Rows

    def __post_init__(self) -> None:
        for name in ("train", "validation", "test"):
            self.refuse_without(name)

    def refuse_without(self, name: str) -> None:
        """Say what is where, if a part has no row."""
        if not len(getattr(self, name)):
            raise LeadwiseError(
                f"the {name} part is empty: {self._sizes()}; give more rows, "
                "another share, or a shorter gap"
            )

    def _sizes(self) -> str:
        return (
            f"{len(self.train)} train, {len(self.validation)} validation, "
            f"{len(self.test)} test, {len(self.holdout)} holdout, {len(self.left_out)} left out"
        )


def divide(table: pa.Table | pd.DataFrame, schema: Schema, split: Split) -> Parts:
    """Divide a clean table as its use case says.

    Parameters
    ----------
    table : pyarrow.Table or pandas.DataFrame
        Clean rows with the schema's id, target and, where the split asks, order or time column.
    schema : Schema
        Names those columns.
    split : Split
        Shares and rule.

    Returns
    -------
    Parts
        The same for the same rows in any order of the file.

    Raises
    ------
    LeadwiseError
        If there are no rows, a part would be empty, or rows lack the value that orders them.
    """
    rows = _dividing_columns(table, schema)
    if rows.empty:
        raise UsageError("there are no rows to divide; freeze a training set that has some")
    parts = _divided(rows, schema, split)
    if isinstance(split, ShareSplit) and split.holdout_share:
        parts.refuse_without("holdout")
    return parts


def _divided(rows: pd.DataFrame, schema: Schema, split: Split) -> Parts:
    match split:
        case StratifiedSplit():
            return _stratified(rows, schema, split)
        case ArrivalSplit():
            return _by_order(rows, schema, split)
        case TimeSplit():
            return _by_time(rows, schema, split)
        case DaySplit():
            return _by_days(rows, schema, split)
        case _:
            raise InvalidUseCase(f"no rule to divide rows by {type(split).__name__}")


def _dividing_columns(table: pa.Table | pd.DataFrame, schema: Schema) -> pd.DataFrame:
    names = [c.name for c in schema.with_role(Role.ID, Role.TARGET, Role.ORDER, Role.TIME)]
    if isinstance(table, pd.DataFrame):
        return table[[name for name in names if name in table]]
    present = [name for name in names if name in table.column_names]
    frame: pd.DataFrame = table.select(present).to_pandas()
    return frame


def _stratified(table: pd.DataFrame, schema: Schema, split: StratifiedSplit) -> Parts:
    """Within each outcome, rows stand in the order of a hash of their id.

    So a lead keeps its part (but for a few at the edges) when the table grows, and next month's
    test rows do not sit among the rows that taught this month's champion.
    """
    place = _hashed(table[schema.id.name], split.seed)
    order = np.argsort(place, kind="stable")
    outcome = table[schema.target.name].to_numpy()[order]
    strata = [order[outcome == value] for value in np.unique(outcome)]
    cut = [_cut(rows, split) for rows in strata]
    return _parts([np.concatenate(parts) for parts in zip(*cut, strict=True)], len(table))


def _hashed(ids: pd.Series, seed: int) -> NDArray[np.uint64]:
    key = f"{seed:016d}"[-16:]
    return np.asarray(
        pd.util.hash_array(ids.astype(object).to_numpy(), hash_key=key, categorize=False)
    )


def _cut(rows: Rows, split: ShareSplit, gap: int = 0) -> list[Rows]:
    """Ordered rows as train, validation, test and holdout; the newest stand last."""
    shares = (split.validation_share, split.test_share, split.holdout_share)
    sizes = [round(len(rows) * share) for share in shares]
    starts = [len(rows) - sum(sizes[part:]) for part in range(len(sizes))]
    ends = [max(start - gap, 0) if start < len(rows) else start for start in starts]
    begins = [0, *starts]
    return [rows[a:b] for a, b in zip(begins, [*ends, len(rows)], strict=True)]


def _parts(chosen: Sequence[Rows], rows: int) -> Parts:
    """Train, validation, test and holdout; what is in none of them is left out."""
    train, validation, test, holdout = (np.sort(part) for part in chosen)
    left_out = np.ones(rows, dtype=bool)
    left_out[np.concatenate(chosen)] = False
    return Parts(
        train=train,
        validation=validation,
        test=test,
        holdout=holdout,
        left_out=np.flatnonzero(left_out),
    )


def _by_order(table: pd.DataFrame, schema: Schema, split: ArrivalSplit) -> Parts:
    keys = _known(table, schema, Role.ORDER)
    ties = pd.factorize(table[schema.id.name].astype(str), sort=True)[0]  # "01" is not "1"
    order = np.lexsort([ties, ranks(keys)])
    return _parts(_cut(order, split, split.gap_rows), len(table))


def _known(table: pd.DataFrame, schema: Schema, role: Role) -> pd.Series:
    """The column of a role, complete."""
    name = schema.with_role(role)[0].name
    if name not in table:
        raise LeadwiseError(
            f"column {name!r} orders the rows of this split but the table lacks it; add it to "
            "the source file or choose a StratifiedSplit"
        )
    if missing := int(table[name].isna().sum()):
        raise LeadwiseError(
            f"{missing} of {len(table)} rows have no {name!r}, so their place in time is unknown; "
            "fill it in or choose a StratifiedSplit"
        )
    return table[name]


def _by_time(table: pd.DataFrame, schema: Schema, split: TimeSplit) -> Parts:
    """Whole days go to one part; the gap before a part is measured from its first day."""
    days = _days(table, schema)
    ordered = _cut(np.argsort(days, kind="stable"), split)
    starts = [days[part].min() if len(part) else _NEVER for part in ordered]
    gap = np.timedelta64(split.gap.days, "D")
    ends = [start - gap if start != _NEVER else start for start in starts[1:]]
    spans = zip(starts, [*ends, _NEVER], strict=True)
    return _parts([np.flatnonzero((days >= a) & (days < b)) for a, b in spans], len(table))


def _by_days(table: pd.DataFrame, schema: Schema, split: DaySplit) -> Parts:
    """The newest days test, and each part before ends a gap earlier."""
    days = _days(table, schema)
    chosen: list[Rows] = []
    end = days.max() + 1
    for length in (split.test_days, split.validation_days, split.train_days):
        start = end - length
        chosen.insert(0, np.flatnonzero((days >= start) & (days < end)))
        end = start - np.timedelta64(split.gap.days, "D")
    return _parts([*chosen, np.empty(0, dtype=np.intp)], len(table))


def _days(table: pd.DataFrame, schema: Schema) -> NDArray[np.datetime64]:
    return pd.to_datetime(_known(table, schema, Role.TIME)).to_numpy().astype("datetime64[D]")
