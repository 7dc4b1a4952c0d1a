"""For every value that a position can take, the leaves that its splits leave open.

A position's values fall into few cells: between neighbouring thresholds of all trees, or one per
level. Per cell and tree a word has a bit for each leaf that no split of that position rules out.
Source: Lucchese et al. 2015, "QuickScorer", there for thresholds only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.core.columns import Floats
from ml.core.scoring.tree_text import Split, Tree

Words = npt.NDArray[np.unsignedinteger[Any]]
Cells = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class SplitMasks:
    """One position of a row.

    Parameters
    ----------
    position : int
    cells : callable
        From values to the cell of each.
    open : array of shape (n_cells, n_trees)
        The leaves that stay open, a bit each.
    samples : ndarray of shape (n,)
        Values of every cell, those at its ends among them.
    """

    position: int
    cells: Callable[[Floats], Cells]
    open: Words
    samples: Floats


def split_masks(trees: Sequence[Tree], word: type[np.unsignedinteger[Any]]) -> list[SplitMasks]:
    """Masks of every position that a split reads.

    Raises
    ------
    ValueError
        If a position is split both by levels and by thresholds.
    """
    found: dict[int, list[_Ruling]] = {}
    for at, tree in enumerate(trees):
        for split, left, right in _with_leaves(tree):
            found.setdefault(split.position, []).append(_Ruling(at, split, left, right))
    everything = np.array([(1 << len(tree.leaves)) - 1 for tree in trees], dtype=word)
    return [_masks(position, found[position], everything) for position in sorted(found)]


@dataclass(frozen=True)
class _Ruling:
    """A split, and the leaves below each of its sides."""

    tree: int
    split: Split
    left: int
    right: int


def _with_leaves(tree: Tree) -> Iterable[tuple[Split, int, int]]:
    def below(child: int) -> int:
        if child < 0:
            return 1 << ~child
        return below(tree.splits[child].left) | below(tree.splits[child].right)

    return [(split, below(split.left), below(split.right)) for split in tree.splits]


def _masks(position: int, rulings: list[_Ruling], everything: Words) -> SplitMasks:
    by_level = {ruling.split.threshold is None for ruling in rulings}
    if len(by_level) > 1:
        raise ValueError(f"position {position} is split both by levels and by thresholds")
    grid: _Levels | _Numbers = (_Levels if by_level.pop() else _Numbers)(rulings)
    open_ = np.tile(everything, (grid.count, 1))
    for ruling in rulings:
        ruled_out = np.where(grid.left(ruling.split), ruling.right, ruling.left)
        open_[:, ruling.tree] &= ~ruled_out.astype(open_.dtype)
    return SplitMasks(position=position, cells=grid.cells, open=open_, samples=grid.samples())


class _Levels:
    """Cells of levels: none or below 0, then one each, then all that no split names."""

    def __init__(self, rulings: list[_Ruling]) -> None:
        self._top = max((max(one.split.levels, default=0) for one in rulings), default=0)
        self.count = self._top + 3

    def left(self, split: Split) -> npt.NDArray[np.bool_]:
        return np.array([level in split.levels for level in range(-1, self._top + 2)])

    def cells(self, values: Floats) -> Cells:
        held = np.fmax(np.fmin(values, self._top + 1), -1)  # of a missing one, -1
        return held.astype(np.int64) + 1

    def samples(self) -> Floats:
        return np.array([np.nan, *range(-1, self._top + 2)])


class _Numbers:
    """Cells of numbers: up to each threshold, beyond the last, and missing."""

    def __init__(self, rulings: list[_Ruling]) -> None:
        self._cuts = np.unique([one.split.threshold for one in rulings]).astype(np.float64)
        self.count = len(self._cuts) + 2

    def left(self, split: Split) -> npt.NDArray[np.bool_]:
        side = np.arange(self.count) <= np.searchsorted(self._cuts, split.threshold or 0.0)
        side[-1] = split.missing_left
        return side

    def cells(self, values: Floats) -> Cells:
        return np.searchsorted(self._cuts, values) + np.isnan(values)  # missing ones sort last

    def samples(self) -> Floats:
        beside = np.nextafter(self._cuts, np.inf)
        return np.array([np.nan, -0.0, *self._cuts, *beside])
