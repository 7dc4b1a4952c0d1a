"""Sorted streams side by side, with memory that does not grow with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from ml.contract.errors import LeadwiseError


def in_step(
    streams: Sequence[Iterable[pa.RecordBatch]], by: str
) -> Iterator[tuple[pa.RecordBatch | None, ...]]:
    """Rows of sorted streams, cut at the same values.

    Parameters
    ----------
    streams : sequence of iterables of RecordBatch
        Each ascends by the same column of whole numbers, none of them missing.
    by : str
        That column.

    Yields
    ------
    tuple of RecordBatch or None
        One per stream: its rows beyond those before and up to a value that all share; None where
        it has none there. Every row comes once.

    Raises
    ------
    LeadwiseError
        If a stream does not ascend.

    Examples
    --------
    >>> odd, all_ = ([pa.record_batch({"n": n})] for n in ([1, 3], [1, 2, 3, 4]))
    >>> [[part and part["n"].to_pylist() for part in parts] for parts in in_step([odd, all_], "n")]
    [[[1, 3], [1, 2, 3]], [None, [4]]]
    """
    filled = [_ascending(stream, by) for stream in streams]
    heads = [next(stream, None) for stream in filled]
    while any(head is not None for head in heads):
        cut = min(head[by][-1].as_py() for head in heads if head is not None)
        counts = [_up_to(head, by, cut) for head in heads]
        yield tuple(
            head.slice(0, count) if head is not None and count else None
            for head, count in zip(heads, counts, strict=True)
        )
        heads = [
            _rest(head, count) or next(stream, None)
            for head, count, stream in zip(heads, counts, filled, strict=True)
        ]


def _ascending(stream: Iterable[pa.RecordBatch], by: str) -> Iterator[pa.RecordBatch]:
    last = np.empty(0, dtype=np.int64)
    for batch in stream:
        values = batch[by].to_numpy()
        if (np.diff(values, prepend=last) <= 0).any():
            raise LeadwiseError(f"rows do not ascend by {by!r}; joined, they would be lost")
        if batch.num_rows:
            last = values[-1:]
            yield batch


def _up_to(head: pa.RecordBatch | None, by: str, cut: int) -> int:
    return 0 if head is None else int(np.searchsorted(head[by].to_numpy(), cut, side="right"))


def _rest(head: pa.RecordBatch | None, count: int) -> pa.RecordBatch | None:
    return head.slice(count) if head is not None and count < head.num_rows else None
