"""Which rows train, which choose between candidates, and which judge.

The real file repeats 1,281 rows apart from their ids. They are divided like all others: that is
how every published figure on the file was made, and a person who leaves the form twice is two
leads in the source system too. Leave them out in the snapshot to see the difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from ml.contract.errors import InvalidUseCase, LeadwiseError
from ml.contract.names import Role
from ml.contract.schema import Schema
from ml.contract.splits import ArrivalSplit, Split, StratifiedSplit, TimeSplit

Rows = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Row positions of each part, ascending; together with `left_out` every row once.

    Parameters
    ----------
    train, validation, test : ndarray of int
        Rows that teach, that choose between candidates, and that judge.
    left_out : ndarray of int
        Rows in the gap of a `TimeSplit`; empty otherwise.
    """

    train: Rows
    validation: Rows
    test: Rows
    left_out: Rows

    def __post_init__(self) -> None:
        for name in ("train", "validation", "test"):
            if not len(getattr(self, name)):
                raise LeadwiseError(
                    f"the {name} part is empty: {self._sizes()}; give more rows, "
                    "another share, or a shorter gap"
                )

    def _sizes(self) -> str:
        return (
            f"{len(self.train)} train, {len(self.validation)} validation, "
            f"{len(self.test)} test, {len(self.left_out)} in gaps"
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
        If a part would be empty, or rows lack the value that orders them.
    """
    rows = _dividing_columns(table, schema)
    match split:
        case StratifiedSplit():
            return _stratified(rows, schema, split)
        case ArrivalSplit():
            return _by_order(rows, schema, split)
        case TimeSplit():
            return _by_time(rows, schema, split)
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
    train, validation, test = (np.concatenate(parts) for parts in zip(*cut, strict=True))
    return _parts(train, validation, test)


def _hashed(ids: pd.Series, seed: int) -> NDArray[np.uint64]:
    key = f"{seed:016d}"[-16:]
    return np.asarray(
        pd.util.hash_array(ids.astype(object).to_numpy(), hash_key=key, categorize=False)
    )


def _cut(rows: Rows, split: Split) -> tuple[Rows, Rows, Rows]:
    """Ordered rows as train, validation, test; the test rows stand last."""
    test = round(len(rows) * split.test_share)
    validation = round(len(rows) * split.validation_share)
    end = len(rows) - test
    return rows[: end - validation], rows[end - validation : end], rows[end:]


def _parts(train: Rows, validation: Rows, test: Rows, left_out: Rows | None = None) -> Parts:
    gap = np.empty(0, dtype=np.intp) if left_out is None else left_out
    return Parts(
        train=np.sort(train), validation=np.sort(validation), test=np.sort(test), left_out=gap
    )


def _by_order(table: pd.DataFrame, schema: Schema, split: ArrivalSplit) -> Parts:
    keys = _known(table, schema, Role.ORDER)
    numbers = pd.to_numeric(keys, errors="coerce")
    ranked = keys.astype(str) if numbers.isna().any() else numbers
    ties = table[schema.id.name].astype(str)
    order = np.lexsort([_codes(ties), _codes(ranked)])
    return _parts(*_cut(order, split))


def _codes(values: pd.Series) -> NDArray[np.intp]:
    return np.asarray(pd.factorize(values, sort=True)[0], dtype=np.intp)


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
    days = pd.to_datetime(_known(table, schema, Role.TIME)).to_numpy()
    _, validation, test = _cut(np.argsort(days, kind="stable"), split)
    if not (len(validation) and len(test)):
        return _parts(np.arange(len(days)), validation, test)
    gap = np.timedelta64(split.gap)
    validating, testing = days[validation].min(), days[test].min()
    is_test = days >= testing
    is_validation = (days >= validating) & (days < testing - gap)
    is_train = days < validating - gap
    left_out = ~(is_train | is_validation | is_test)
    return _parts(*map(np.flatnonzero, (is_train, is_validation, is_test, left_out)))
