"""The canonical hash: one fingerprint for equal tables, whoever computed and stored them.

It is SHA-256 over the SHA-256 of each column but the physical line, columns ascending by name.
A column is hashed as its name, its distinct values, and for each row the place of its value among
them (4 bytes, little-endian; -1 for NULL). Rows ascend by id, and values stand in the order in
which they first appear. A value is UTF-8 text ended by a line feed: texts in double quotes, with a
quote doubled; numbers, `true`, `false` and days (`2025-01-31`) without, so NULL, an empty text and
the text "NULL" differ. A floating-point number is the shortest decimal that reads back to it, as
Python's `repr` writes it: `2.0`, `1e+22`.

A row is never written out: few cells are distinct, and columns are read one at a time, so a
million leads take seconds and a table need not fit into memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ml.contract.errors import LeadwiseError
from ml.contract.names import LINE

Places = NDArray[np.int32]
#: Arrow and hashlib let other threads work; every column in hand takes memory.
_COLUMNS_AT_ONCE = 2
#: Values that are written out at a time.
_WRITTEN_AT_ONCE = 100_000
_QUOTE, _END = '"', "\n"


class Columns(Protocol):
    """A table whose columns can be read one at a time: `pyarrow.Table`, `ParquetColumns`."""

    @property
    def column_names(self) -> Sequence[str]:
        """Its columns in any order."""

    def column(self, name: str) -> pa.ChunkedArray:
        """One column's cells, rows always in the same order."""


def canonical_hash(table: Columns, *, id_column: str) -> str:
    """Fingerprint of a clean table.

    Parameters
    ----------
    table : Columns
        Rows and columns in any order.
    id_column : str
        The column that names a row; neither missing nor repeated.

    Returns
    -------
    str
        SHA-256 in 64 hexadecimal digits. A table without rows hashes its columns' names.

    Raises
    ------
    LeadwiseError
        If an id is missing or repeated: then rows have no order, and no fingerprint.

    Examples
    --------
    >>> table = pa.table({"id": ["b", "a"], "visits": [2.0, None]})
    >>> turned = pa.table({"visits": [None, 2.0], "id": ["a", "b"]})
    >>> canonical_hash(table, id_column="id") == canonical_hash(turned, id_column="id")
    True
    """
    names = set(table.column_names) - {LINE, id_column}
    first, rows = _of_ids(table, id_column)

    def digest(name: str) -> bytes:
        return _column_digest(name, _coded(table.column(name), rows))

    with ThreadPoolExecutor(_COLUMNS_AT_ONCE) as pool:
        digests = dict(zip(names, pool.map(digest, names), strict=True)) | {id_column: first}
    return hashlib.sha256(b"".join(digests[name] for name in sorted(digests))).hexdigest()


class _Coded(NamedTuple):
    """A column's distinct values, and the place of each row's among them.

    Texts stand in `values` as they are, all else as it is written.
    """

    values: pa.LargeStringArray
    places: Places
    texts: bool


def _of_ids(table: Columns, name: str) -> tuple[bytes, NDArray[np.int64]]:
    """The ids' own digest, and the rows in their order; the ids themselves take much memory."""
    ids = _plain_texts(table.column(name))
    order = pc.sort_indices(ids)
    ids = ids.take(order)
    _refuse_unless_each_once(ids, name)
    return _column_digest(name, _distinct(ids)), order.to_numpy()


def _plain_texts(column: pa.ChunkedArray) -> pa.LargeStringArray:
    whole = column.cast(pa.large_string())
    return whole.combine_chunks() if whole.num_chunks else pa.array([], pa.large_string())


def _refuse_unless_each_once(ids: pa.LargeStringArray, name: str) -> None:
    """Ids that ascend, NULL at the end, are each there once."""
    repeated = pc.sum(pc.equal(ids[1:], ids[:-1])).as_py() or 0
    if ids.null_count or repeated:
        raise LeadwiseError(
            f"{ids.null_count} of {len(ids)} rows have no {name!r} and {repeated} repeat "
            "another's; a canonical hash needs each id once: clean the table first"
        )


def _column_digest(name: str, coded: _Coded) -> bytes:
    digest = hashlib.sha256(f"{_quoted(name)} {len(coded.values)}{_END}".encode())
    for start in range(0, len(coded.values), _WRITTEN_AT_ONCE):
        some = coded.values[start : start + _WRITTEN_AT_ONCE]
        written = _in_quotes(some) if coded.texts else some
        digest.update(_bytes(pc.binary_join_element_wise(written, _large(""), _large(_END))))
    digest.update(coded.places.astype("<i4").data)
    return digest.digest()


def _distinct(values: pa.LargeStringArray) -> _Coded:
    return _Coded(values, np.arange(len(values), dtype=np.int32), texts=True)


def _coded(column: pa.ChunkedArray, rows: NDArray[np.int64]) -> _Coded:
    if not len(column):
        return _distinct(pa.array([], pa.large_string()))
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return _coded_texts(_plain_texts(column).take(rows))
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    whole = encoded.unify_dictionaries().combine_chunks()
    codes = pc.fill_null(whole.indices, -1).to_numpy(zero_copy_only=False)[rows]
    return _by_appearance(_values(whole.dictionary, codes))


def _coded_texts(texts: pa.LargeStringArray) -> _Coded:
    """Texts that hardly repeat, rows in their order: Arrow lists values as they first appear."""
    encoded = texts.dictionary_encode()
    places = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    return _Coded(encoded.dictionary, places, texts=True)


def _values(dictionary: pa.Array, codes: Places) -> _Coded:
    """Values that are written alike, as 0.0 and -0.0 are, become one."""
    if pa.types.is_string(dictionary.type) or pa.types.is_large_string(dictionary.type):
        return _Coded(dictionary.cast(pa.large_string()), codes, texts=True)
    written = pa.array([_plain(value) for value in dictionary.to_pylist()], pa.large_string())
    once = written.dictionary_encode()
    places = np.append(once.indices.to_numpy(), -1).astype(np.int32)
    return _Coded(once.dictionary, places[codes], texts=False)


def _by_appearance(coded: _Coded) -> _Coded:
    """The values that occur, in the order in which rows name them."""
    first = np.full(len(coded.values) + 1, len(coded.places), np.int64)
    # Assigned from the last row to the first, so that the first one stays.
    first[coded.places[::-1]] = np.arange(len(coded.places) - 1, -1, -1)
    order = np.argsort(first[:-1], kind="stable")
    used = order[: int(np.count_nonzero(first[:-1] < len(coded.places)))]
    ranks = np.full(len(first), -1, np.int32)
    ranks[used] = np.arange(len(used))
    return coded._replace(values=coded.values.take(pa.array(used)), places=ranks[coded.places])


def _in_quotes(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    doubled = pc.replace_substring(texts, _QUOTE, _QUOTE * 2)
    return pc.binary_join_element_wise(_large(_QUOTE), doubled, _large(_QUOTE), _large(""))


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value + 0.0) if isinstance(value, float) else str(value)


def _quoted(text: str) -> str:
    return _QUOTE + text.replace(_QUOTE, _QUOTE * 2) + _QUOTE


def _large(text: str) -> pa.Scalar:
    return pa.scalar(text, pa.large_string())


def _bytes(texts: pa.LargeStringArray) -> memoryview:
    """All texts as one run of bytes."""
    buffer = texts.buffers()[2]
    return memoryview(buffer) if buffer is not None else memoryview(b"")
