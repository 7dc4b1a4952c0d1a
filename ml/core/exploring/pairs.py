"""How strongly two columns go together, on a scale from 0 to 1 whatever they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import stats

from ml.core.coding import Coded, Floats

#: With fewer rows beside a column's commonest value, a figure says nothing.
_LEAST_ROWS = 30
#: Columns with more levels are nearly ids, which go with everything.
_MOST_LEVELS = 200
#: More rows change no figure that a page shows.
_MOST_ROWS = 20_000


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two columns and their association.

    Parameters
    ----------
    one, other : str
        Their names for people.
    strength : float
        0 for none, 1 where one decides the other.
    measure : str
        Spearman's rank correlation of two numbers, with its sign; Cramér's V of two columns of
        levels, corrected for chance; the correlation ratio of a number by levels.
    """

    one: str
    other: str
    strength: float
    measure: str


def pairs(columns: Sequence[tuple[str, Coded]], *, seed: int = 0) -> list[Pair]:
    """Every pair of columns that can be compared, the strongest first."""
    columns = [(name, coded) for name, coded in columns if len(coded.labels) <= _MOST_LEVELS]
    if not columns:
        return []
    rows = len(columns[0][1].codes)
    chosen = np.arange(rows)
    if rows > _MOST_ROWS:
        chosen = np.random.default_rng(seed).choice(rows, _MOST_ROWS, replace=False)
    found = [_pair(one, other, chosen) for one, other in combinations(columns, 2)]
    return sorted((pair for pair in found if pair), key=lambda pair: -pair.strength)


def _pair(one: tuple[str, Coded], other: tuple[str, Coded], rows: np.ndarray) -> Pair | None:
    left, right = one[1], other[1]
    both = rows[~(left.missing | right.missing)[rows]]
    if min(_varied(left, both), _varied(right, both)) < _LEAST_ROWS:
        return None
    strength, measure = _measured(left, right, both)
    if not np.isfinite(strength):
        return None
    return Pair(one=one[0], other=other[0], strength=strength, measure=measure)


def _varied(column: Coded, rows: np.ndarray) -> int:
    """Rows with another value than the commonest: a handful goes with anything."""
    return len(rows) - int(np.bincount(column.codes[rows], minlength=1).max())


def _measured(left: Coded, right: Coded, rows: np.ndarray) -> tuple[float, str]:
    if left.values is not None and right.values is not None:
        figure = float(stats.spearmanr(left.values[rows], right.values[rows]).statistic)
        return abs(figure), f"Spearman {figure:+.2f}"
    if left.values is None and right.values is None:
        figure = cramers_v(left.codes[rows], right.codes[rows])
        return figure, f"Cramér's V {figure:.2f}"
    number, levels = (left, right) if left.values is not None else (right, left)
    assert number.values is not None  # one of the two is a number
    figure = correlation_ratio(levels.codes[rows], number.values[rows])
    return figure, f"correlation ratio {figure:.2f}"


def cramers_v(left: np.ndarray, right: np.ndarray) -> float:
    """Cramér's V with Bergsma's correction (2013): 0 on average where there is nothing.

    Examples
    --------
    >>> codes = np.arange(100) % 4
    >>> round(cramers_v(codes, codes), 6)
    1.0
    """
    _, left = np.unique(left, return_inverse=True)
    _, right = np.unique(right, return_inverse=True)
    shape = (int(left.max()) + 1, int(right.max()) + 1)
    size = len(left)
    seen = np.bincount(left * shape[1] + right, minlength=shape[0] * shape[1]).reshape(shape)
    expected = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / size
    square = float((((seen - expected) ** 2) / expected).sum()) / size
    corrected = max(0.0, square - (shape[0] - 1) * (shape[1] - 1) / (size - 1))
    ways = min(side - (side - 1) ** 2 / (size - 1) for side in shape)
    return float(np.sqrt(corrected / (ways - 1))) if ways > 1 else float("nan")


def correlation_ratio(codes: np.ndarray, values: Floats) -> float:
    """Share of a number's spread that levels explain, as a root (Pearson's eta).

    Examples
    --------
    >>> correlation_ratio(np.array([0, 0, 1, 1]), np.array([2.0, 2.0, 5.0, 5.0]))
    1.0
    """
    _, codes = np.unique(codes, return_inverse=True)
    rows = np.bincount(codes)
    means = np.bincount(codes, weights=values) / rows
    around = float(((values - values.mean()) ** 2).sum())
    between = float((rows * (means - values.mean()) ** 2).sum())
    return float(np.sqrt(between / around)) if around else float("nan")
