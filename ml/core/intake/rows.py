"""Rows between a reader and the checks of their cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from ml.core.quarantine import RowFault


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Some rows as text, with those that could not be told apart into cells.

    Parameters
    ----------
    lines : pyarrow.Int64Array
        Physical line on which each row begins.
    cells : sequence of pyarrow.StringArray
        One per column taken, in the header's order of `taken`.
    raw : callable
        Text of the row at an index, as it stood in the file.
    broken : sequence of RowFault, default=()
        Rows without cells; exactly one fault each.
    plain : bool, default=False
        Whether the reader knows that no cell is too long or holds a control character.
    """

    lines: pa.Int64Array
    cells: Sequence[pa.StringArray]
    raw: Callable[[int], str]
    broken: Sequence[RowFault] = field(default=())
    plain: bool = False
