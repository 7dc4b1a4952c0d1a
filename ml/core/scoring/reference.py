"""What training rows looked like: typical values, ranges, levels and scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.core.columns import Floats

if TYPE_CHECKING:
    import pandas as pd

#: Share of rows, those with the highest predictions, that stand for leads worth having.
_BEST = 0.2

_LEVELS = frozenset({Kind.CATEGORY, Kind.ORDINAL})


@dataclass(frozen=True, kw_only=True)
class NumberRange:
    """A number among training rows; all None where it was never given.

    Parameters
    ----------
    low, high : float or None
        Ends of what was seen.
    typical, best : float or None
        Median of all rows, and of those with the highest predictions.
    missing : int
        Rows without it.
    """

    low: float | None
    typical: float | None
    best: float | None
    high: float | None
    missing: int


@dataclass(frozen=True, kw_only=True)
class LevelCounts:
    """Training rows per level; yes and no are "1" and "0"."""

    levels: Mapping[str, int]
    missing: int


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Training rows in figures.

    Parameters
    ----------
    rows : int
        How many there were.
    base : float
        Prediction of a row about which nothing is known, on the link's scale.
    scores : tuple of float
        The 101 percentiles of what is said of rows that the model has not seen; of training
        rows where there are no others.
    numbers : mapping of str to NumberRange
    levels : mapping of str to LevelCounts
    """

    rows: int
    base: float
    scores: tuple[float, ...]
    numbers: Mapping[str, NumberRange]
    levels: Mapping[str, LevelCounts]

    def to_json(self) -> dict[str, Any]:
        """Plain data that `from_json` reads back to an equal value."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Reference:
        """The reference of plain data; KeyError, TypeError or ValueError if it is none."""
        return cls(
            rows=int(plain["rows"]),
            base=float(plain["base"]),
            scores=tuple(map(float, plain["scores"])),
            numbers={name: NumberRange(**facts) for name, facts in plain["numbers"].items()},
            levels={name: LevelCounts(**facts) for name, facts in plain["levels"].items()},
        )


def reference_of(
    frame: pd.DataFrame,
    columns: Sequence[Column],
    *,
    said: Floats,
    unseen: Floats,
    base: float,
) -> Reference:
    """The reference of training rows.

    Parameters
    ----------
    frame : DataFrame
        Training rows as `feature_frame` gives them.
    columns : sequence of Column
        Columns to describe.
    said : ndarray of shape (n_rows,)
        What is said of the training rows.
    unseen : ndarray
        What is said of rows such as those that will come.
    base : float
        The model's base value.
    """
    best = said >= np.quantile(said, 1 - _BEST)
    flat = [c for c in columns if c.kind not in _LEVELS and c.kind is not Kind.YES_NO]
    return Reference(
        rows=len(frame),
        base=base,
        scores=tuple(np.percentile(unseen, np.arange(101)).tolist()),
        numbers={c.name: _range(frame[c.name].to_numpy(), best) for c in flat},
        levels={c.name: _counts(frame[c.name]) for c in columns if c not in flat},
    )


def _range(values: Floats, best: npt.NDArray[np.bool_]) -> NumberRange:
    there = ~np.isnan(values)
    given, missing = values[there], int((~there).sum())
    if not len(given):
        return NumberRange(low=None, typical=None, best=None, high=None, missing=missing)
    low, typical, high = float(given.min()), float(np.median(given)), float(given.max())
    praised = values[there & best]
    top = float(np.median(praised)) if len(praised) else None
    return NumberRange(low=low, typical=typical, best=top, high=high, missing=missing)


def _counts(series: pd.Series) -> LevelCounts:
    counts = series.value_counts(dropna=True)
    spelt = {_word(value): int(count) for value, count in counts.items()}
    return LevelCounts(levels=dict(sorted(spelt.items())), missing=int(series.isna().sum()))


def _word(value: object) -> str:
    return value if isinstance(value, str) else str(int(bool(value)))
