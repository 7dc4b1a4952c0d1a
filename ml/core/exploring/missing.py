"""Missing values: which columns are empty together, and in how many rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.contract.records import Interval
from ml.core.coding import Coded
from ml.core.exploring.outcome import Outcome
from ml.core.leakage.company import TOGETHER, overlap

_SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """Rows that lack the very same columns."""

    columns: tuple[str, ...]
    rows: int
    share: float
    outcome: Interval


@dataclass(frozen=True, kw_only=True)
class MissingView:
    """The patterns of a table.

    Parameters
    ----------
    complete : int
        Rows without a missing value.
    patterns : int
        How many different ones there are.
    commonest : tuple of Pattern
        Those with most rows.
    blocks : tuple of tuple of str
        Columns that are missing in the same rows.
    """

    complete: int
    patterns: int
    commonest: tuple[Pattern, ...]
    blocks: tuple[tuple[str, ...], ...]


def missing_view(columns: Sequence[tuple[str, Coded]], outcome: Outcome) -> MissingView:
    """Patterns over named columns."""
    gaps = [(name, coded) for name, coded in columns if coded.missing.any()]
    names = [name for name, _ in gaps]
    flags = np.array([coded.missing for _, coded in gaps]).T.reshape(len(outcome.values), -1)
    packed = np.packbits(flags, axis=1) if gaps else np.zeros((len(flags), 1), np.uint8)
    _, first, which = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    rows, means = np.bincount(which), outcome.by_group(which, len(first))
    commonest = [
        Pattern(
            columns=tuple(name for name, gone in zip(names, flags[first[n]], strict=True) if gone),
            rows=int(rows[n]),
            share=float(rows[n] / len(which)),
            outcome=means[n],
        )
        for n in np.argsort(-rows, kind="stable")[:_SHOWN]
    ]
    return MissingView(
        complete=int((~flags.any(axis=1)).sum()),
        patterns=len(first),
        commonest=tuple(commonest),
        blocks=_blocks(gaps),
    )


def _blocks(gaps: Sequence[tuple[str, Coded]]) -> tuple[tuple[str, ...], ...]:
    """Columns that are missing together, joined through any of them."""
    blocks: list[list[tuple[str, Coded]]] = []
    for gap in gaps:
        near = [b for b in blocks if any(overlap(gap[1], o) >= TOGETHER for _, o in b)]
        joined = [gap, *(member for block in near for member in block)]
        blocks = [block for block in blocks if block not in near] + [joined]
    return tuple(tuple(name for name, _ in block) for block in blocks if len(block) > 1)
