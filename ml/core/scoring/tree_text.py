"""Boosted trees as LightGBM's text tells them, where every split is of a kind that is known here.

Source: `Tree::ToString` and `Tree::Decision` of LightGBM's `src/io/tree.cpp` and
`include/LightGBM/tree.h`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_LEVELS, _MISSING_LEFT, _MISSING = 1, 2, 12
#: Missing values are read as zero, or go a way of their own.
_AS_ZERO, _APART = 0, 8
_WORD = 32
#: Numbers as close to zero are zero to the library: 1e-35 in 32 bits.
_ZERO = 1.0000000180025095e-35
#: Lines of texts whose prediction is no plain sum of one value per tree.
_OTHER_SUMS = (b"\naverage_output\n", b"\nis_linear=1\n")
_ONE_OUTPUT = (b"\nnum_class=1\n", b"\nnum_tree_per_iteration=1\n")


@dataclass(frozen=True, kw_only=True)
class Split:
    """A node: rows that it takes go left, the others right; a child below 0 is leaf `~child`.

    Parameters
    ----------
    position : int
        What it reads of a row.
    threshold : float or None
        Numbers up to here go left; None of a split by levels.
    levels : frozenset of int
        Levels that go left.
    missing_left : bool
        Whether a missing value goes left.
    left, right : int
        Children.
    """

    position: int
    threshold: float | None
    levels: frozenset[int]
    missing_left: bool
    left: int
    right: int


@dataclass(frozen=True, kw_only=True)
class Tree:
    """Splits, the first of which is the root, and what each leaf adds."""

    splits: tuple[Split, ...]
    leaves: tuple[float, ...]


def read_trees(text: bytes) -> tuple[Tree, ...] | None:
    """The trees of a model text, in the order in which they are added.

    Returns
    -------
    tuple of Tree or None
        None where a prediction is no plain sum of leaves, or a split reads zeros as missing.

    Raises
    ------
    KeyError, ValueError, IndexError
        If the text is none of LightGBM's.
    """
    header, *blocks = text.split(b"\nend of trees")[0].split(b"\nTree=")
    if any(line in text for line in _OTHER_SUMS) or not all(part in header for part in _ONE_OUTPUT):
        return None
    trees = tuple(_tree(_lines(block)) for block in blocks)
    return None if any(tree is None for tree in trees) else tuple(filter(None, trees))


def _lines(block: bytes) -> Mapping[str, list[str]]:
    pairs = (line.partition("=") for line in block.decode().splitlines())
    return {name: values.split() for name, _, values in pairs}


def _tree(told: Mapping[str, list[str]]) -> Tree | None:
    kinds = [int(kind) for kind in told.get("decision_type", ())]
    if any(kind & _MISSING not in {_AS_ZERO, _APART} for kind in kinds):
        return None
    return Tree(
        splits=tuple(_splits(told, kinds)),
        leaves=tuple(float(value) for value in told["leaf_value"]),
    )


def _splits(told: Mapping[str, list[str]], kinds: list[int]) -> Iterator[Split]:
    for node, kind in enumerate(kinds):
        said = told["threshold"][node]
        threshold = None if kind & _LEVELS else _compared(float(said))
        yield Split(
            position=int(told["split_feature"][node]),
            threshold=threshold,
            levels=_levels(told, int(said)) if threshold is None else frozenset(),
            missing_left=threshold is not None and _missing_left(kind, threshold),
            left=int(told["left_child"][node]),
            right=int(told["right_child"][node]),
        )


def _compared(threshold: float) -> float:
    """The threshold that means the same for numbers which the library takes for zero."""
    if abs(threshold) > _ZERO:
        return threshold
    return _ZERO if threshold >= 0 else math.nextafter(-_ZERO, -math.inf)


def _missing_left(kind: int, threshold: float) -> bool:
    return bool(kind & _MISSING_LEFT) if kind & _MISSING == _APART else threshold >= 0


def _levels(told: Mapping[str, list[str]], at: int) -> frozenset[int]:
    """Levels of a bit set, 32 to a word."""
    begin, end = (int(place) for place in told["cat_boundaries"][at : at + 2])
    words = [int(word) for word in told["cat_threshold"][begin:end]]
    return frozenset(
        _WORD * place + bit
        for place, word in enumerate(words)
        for bit in range(_WORD)
        if word >> bit & 1
    )
