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
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ml.contract.errors import LeadwiseError
from ml.contract.names import LINE

Places = NDArray[np.int32]
Rows = NDArray[np.int64]
#: Arrow and hashlib let other threads work; every column in hand takes memory.
_COLUMNS_AT_ONCE = 2
#: Values that are written out at a time.
_AT_ONCE = 100_000
#: Bytes up to which Arrow's plain texts can lie in one array.
_OFFSETS_REACH = 2**31 - 2**20
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
        coded = _coded(table.column(name), rows)
        return _column_digest(name, len(coded.values), _written(coded), coded.places)

    with ThreadPoolExecutor(_COLUMNS_AT_ONCE) as pool:
        digests = dict(zip(names, pool.map(digest, names), strict=True)) | {id_column: first}
    return hashlib.sha256(b"".join(digests[name] for name in sorted(digests))).hexdigest()


class _Coded(NamedTuple):
    """A column's distinct values, and the place of each row's among them.

    Texts stand in `values` as they are, all else as it is written.
    """

    values: pa.Array
    places: Places
    texts: bool


def _of_ids(table: Columns, name: str) -> tuple[bytes, Rows]:
    """The ids' own digest, and the rows in their order."""
    ids = _whole(table.column(name))
    order = pc.sort_indices(ids).to_numpy()
    pieces = _pieces(order)
    _refuse_unless_each_once(ids, pieces, name)
    written = (_in_quotes(ids.take(piece)) for piece in pieces)
    places = np.arange(len(order), dtype=np.int32)
    return _column_digest(name, len(order), written, places), order


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """Plain texts as one array."""
    plain = column.cast(column.type.value_type) if _is_coded(column) else column
    if not plain.num_chunks:
        return pa.array([], pa.large_string())
    small = plain.nbytes < _OFFSETS_REACH
    return (plain if small else plain.cast(pa.large_string())).combine_chunks()


def _is_coded(column: pa.ChunkedArray) -> bool:
    return bool(pa.types.is_dictionary(column.type))


def _refuse_unless_each_once(ids: pa.Array, pieces: list[Rows], name: str) -> None:
    repeated = _repeated(ids, pieces)
    if ids.null_count or repeated:
        raise LeadwiseError(
            f"{ids.null_count} of {len(ids)} rows have no {name!r} and {repeated} repeat "
            "another's; a canonical hash needs each id once: clean the table first"
        )


def _repeated(texts: pa.Array, ascending: list[Rows]) -> int:
    """How many texts equal the one before them; equal ones stand together."""
    repeated, last = 0, None
    for piece in ascending:
        some = texts.take(piece)
        repeated += pc.sum(pc.equal(some[1:], some[:-1])).as_py() or 0
        repeated += last is not None and some[0].as_py() == last
        last = some[-1].as_py()
    return repeated


def _pieces(rows: Rows) -> list[Rows]:
    """Never all texts in order at once: in large tables they are most of what there is."""
    return [rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE)]


def _column_digest(
    name: str, count: int, written: Iterable[pa.LargeStringArray], places: Places
) -> bytes:
    digest = hashlib.sha256(f"{_quoted(name)} {count}{_END}".encode())
    for some in written:
        digest.update(_bytes(pc.binary_join_element_wise(some, _large(""), _large(_END))))
    digest.update(places.astype("<i4").data)
    return digest.digest()


def _written(coded: _Coded) -> Iterator[pa.LargeStringArray]:
    for start in range(0, len(coded.values), _AT_ONCE):
        some = coded.values[start : start + _AT_ONCE]
        yield _in_quotes(some) if coded.texts else some


def _coded(column: pa.ChunkedArray, rows: Rows) -> _Coded:
    if not len(column):
        return _Coded(pa.array([], pa.large_string()), np.empty(0, np.int32), texts=False)
    if _is_text(column.type):
        return _coded_texts(_whole(column), rows)
    encoded = column if _is_coded(column) else column.dictionary_encode()
    whole = encoded.unify_dictionaries().combine_chunks()
    codes = pc.fill_null(whole.indices, -1).to_numpy(zero_copy_only=False)[rows]
    return _by_appearance(_values(whole.dictionary, codes))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _coded_texts(texts: pa.Array, rows: Rows) -> _Coded:
    """Texts that hardly repeat; where none does, a table of them is spared."""
    ordered = texts.take(rows)
    if not texts.null_count and not _repeated(texts, _pieces(pc.sort_indices(texts).to_numpy())):
        return _Coded(ordered, np.arange(len(ordered), dtype=np.int32), texts=True)
    encoded = ordered.dictionary_encode()  # which lists values as they first appear
    places = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    return _Coded(encoded.dictionary, places, texts=True)


def _values(dictionary: pa.Array, codes: Places) -> _Coded:
    """Values that are written alike, as 0.0 and -0.0 are, become one."""
    if _is_text(dictionary.type):
        return _Coded(dictionary, codes, texts=True)
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


def _in_quotes(texts: pa.Array) -> pa.LargeStringArray:
    doubled = pc.replace_substring(texts.cast(pa.large_string()), _QUOTE, _QUOTE * 2)
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
