"""The bins of a column with words, for people to see what its stability index is made of."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from ml.contract.names import Kind
from ml.contract.records import ColumnBin
from ml.core.columns import Floats
from ml.core.drift.bins import Binned, Level

MISSING = "missing"
NEW_LEVELS = "levels that the reference lacks"
OTHERS = "other levels"
#: Levels that are named, the most frequent of both sides; more are no picture.
_NAMED = 10
_LONGEST = 60
_FIRST_DAY = date(1970, 1, 1)


def number_picture(binned: Binned, edges: Floats, kind: Kind) -> tuple[ColumnBin, ...]:
    """Bins of numbers, from the lowest up, missing values last.

    Parameters
    ----------
    binned : Binned
        Rows per bin.
    edges : ndarray of shape (n_bins - 2,)
        Where bins begin, but for the first and that of missing values.
    kind : Kind
        Whole numbers and days are said as such.

    Examples
    --------
    >>> import numpy as np
    >>> binned = Binned(np.array([50, 50, 0]), np.array([10, 80, 10]))
    >>> [bin.label for bin in number_picture(binned, np.array([3.0]), Kind.INTEGER)]
    ['up to 2', 'from 3', 'missing']
    """
    ends = [-math.inf, *edges.tolist(), math.inf]
    words = [_span(low, high, kind) for low, high in pairwise(ends)]
    return _pictured(binned, [*words, MISSING])


def level_picture(binned: Binned, groups: Sequence[Sequence[Level]]) -> tuple[ColumnBin, ...]:
    """Bins of levels, the most frequent first, then others, new ones and missing values.

    Parameters
    ----------
    binned : Binned
        Rows per group.
    groups : sequence of sequence of Level
        As `level_groups` gives them.
    """
    *own, rare, new, missing = range(len(groups))
    own.sort(key=lambda n: -int(binned.reference[n] + binned.current[n]))
    order = [[n] for n in own[:_NAMED]] + [[*own[_NAMED:], rare], [new], [missing]]
    sides = [[int(side[ns].sum()) for ns in order] for side in binned]
    words = [_clipped(str(groups[n][0])) for n in own[:_NAMED]]
    return tuple(_bins(sides[0], sides[1], [*words, OTHERS, NEW_LEVELS, MISSING]))


def _pictured(binned: Binned, words: Sequence[str]) -> tuple[ColumnBin, ...]:
    return tuple(_bins(binned.reference.tolist(), binned.current.tolist(), words))


def _bins(
    reference: Sequence[int], current: Sequence[int], words: Sequence[str]
) -> Iterator[ColumnBin]:
    before, now = sum(reference) or 1, sum(current) or 1
    for label, old, new in zip(words, reference, current, strict=True):
        if old or new:
            yield ColumnBin(label=label, reference=old / before, current=new / now)


def _span(low: float, high: float, kind: Kind) -> str:
    if kind in {Kind.INTEGER, Kind.DATE}:
        return _whole(low, high, kind)
    if math.isinf(low):
        return f"below {_number(high)}" if math.isfinite(high) else "any"
    if math.isinf(high):
        return f"from {_number(low)}"
    if high == math.nextafter(low, math.inf):
        return _number(low)
    return f"{_number(low)} up to {_number(high)}"


def _whole(low: float, high: float, kind: Kind) -> str:
    first = "" if math.isinf(low) else _whole_word(math.ceil(low), kind)
    last = "" if math.isinf(high) else _whole_word(math.ceil(high) - 1, kind)
    if first and last:
        return first if first == last else f"{first} to {last}"
    if first:
        return f"from {first}"
    return f"up to {last}" if last else "any"


def _whole_word(value: int, kind: Kind) -> str:
    if kind is not Kind.DATE:
        return f"{value:,}"
    try:
        return (_FIRST_DAY + timedelta(days=value)).isoformat()
    except OverflowError:
        return f"{value:,}"


def _number(value: float) -> str:
    return f"{value:,.4g}"


def _clipped(level: str) -> str:
    return level if len(level) <= _LONGEST else f"{level[: _LONGEST - 1]}…"
