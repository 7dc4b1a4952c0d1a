"""The canonical hash: one fingerprint for equal tables, whoever computed and stored them.

The hash is SHA-256 over UTF-8 text: a header line and one line per row, each ended by a line
feed, with commas between cells. Columns ascend by name, rows by id. Texts stand in double
quotes, with a quote doubled; numbers, `true`, `false`, days (`2025-01-31`) and `NULL` do not,
so NULL, an empty text and the text "NULL" differ. A floating-point number is the shortest
decimal that reads back to it, as Python's `repr` writes it: `2.0`, `1e+22`. The physical line
is left out, as it says nothing about the lead.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from ml.contract.errors import LeadwiseError
from ml.contract.names import LINE
from ml.contract.spelling import identifier

_NULL = "NULL"


def sorted_sql(table: str, id_column: str) -> str:
    """SQL for a table's rows in the order that `canonical_hash` reads.

    Examples
    --------
    >>> sorted_sql("leads", "prospect_id")
    'SELECT * FROM leads ORDER BY "prospect_id"'
    """
    return f"SELECT * FROM {table} ORDER BY {identifier(id_column)}"


def canonical_hash(batches: Iterable[pa.RecordBatch], *, id_column: str) -> str:
    """Fingerprint of a clean table.

    Parameters
    ----------
    batches : iterable of pyarrow.RecordBatch
        The rows by ascending id, in UTF-8 order; however they are cut. Read once.
    id_column : str
        The column that names a row; neither missing nor repeated.

    Returns
    -------
    str
        SHA-256 in 64 hexadecimal digits. A table without rows hashes its header.

    Raises
    ------
    LeadwiseError
        If the ids do not ascend: then equal tables could get different hashes.

    Examples
    --------
    >>> row = pa.RecordBatch.from_pylist([{"id": "a", "visits": 2.0}])
    >>> turned = pa.RecordBatch.from_pylist([{"visits": 2.0, "id": "a"}])
    >>> canonical_hash([row], id_column="id") == canonical_hash([turned], id_column="id")
    True
    """
    digest = hashlib.sha256()
    names: list[str] | None = None
    last: str | None = None
    for batch in batches:
        if names is None:
            names = sorted(name for name in batch.schema.names if name != LINE)
            digest.update(",".join(map(_quoted, names)).encode() + b"\n")
        last = _check_ascending(batch[id_column], last)
        if batch.num_rows:
            digest.update(_text(batch, names))
    return digest.hexdigest()


def _check_ascending(ids: pa.Array, last: str | None) -> str | None:
    """The last id, once it is sure that all ascend."""
    if not len(ids):
        return last
    first = ids[0].as_py()
    rising = pc.all(pc.less(ids[:-1], ids[1:])).as_py() is not False
    if ids.null_count or not rising or (last is not None and not last.encode() < first.encode()):
        raise LeadwiseError(
            f"the canonical hash reads rows by ascending id without gaps or repeats, and near "
            f"{first!r} they do not ascend; sort the table by its id"
        )
    return str(ids[-1].as_py())


def _text(batch: pa.RecordBatch, names: list[str]) -> memoryview:
    """All lines of a batch as one run of bytes: the values of one Arrow text column."""
    ends = {name: "\n" if name == names[-1] else "," for name in names}
    cells = [_cells(batch[name], end) for name, end in ends.items()]
    lines = pc.binary_join_element_wise(*cells, pa.scalar("", pa.large_string()))
    return memoryview(lines.buffers()[2])


def _cells(column: pa.Array, end: str) -> pa.LargeStringArray:
    """A column's cells as text with what follows them, each distinct value written once."""
    coded = column.dictionary_encode()
    written = [_written(value) + end for value in coded.dictionary.to_pylist()]
    texts = pa.array([*written, _NULL + end], pa.large_string())
    return texts.take(pc.fill_null(coded.indices, len(written)))


def _written(value: object) -> str:
    if value is None:
        return _NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    return repr(value + 0.0) if isinstance(value, float) else str(value)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def in_order(table: pa.Table, id_column: str) -> Iterator[pa.RecordBatch]:
    """Batches of a small table in the order that `canonical_hash` reads."""
    yield from table.sort_by(id_column).to_batches()
