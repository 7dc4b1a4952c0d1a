"""The table of a scored file: every row of the input in its order, with a status."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ml.contract.names import LINE
from ml.contract.spelling import quote
from ml.core.in_step import in_step

SCORED, NEEDS_ATTENTION, DUPLICATE = "scored", "needs_attention", "duplicate"

#: The columns with which every scored table begins; those of the file follow.
OURS = (
    LINE, "status", "score", "score_low", "score_high", "probability", "band", "certainty",
    "low_confidence", "reasons_for", "reasons_against", "attention",
)  # fmt: skip

#: What is said of a row that was held back.
ATTENTION = "attention"

#: Rows whose cells could not be told apart.
UNREAD = "unread_row"

#: Between two sentences of one cell.
JOINER = " · "

_STATUSES = (SCORED, NEEDS_ATTENTION, DUPLICATE)
_RAW = "raw"
#: Words that repeat: as places in a list they are neither copied nor compared again.
_WORDS = pa.dictionary(pa.int32(), pa.string())

_Lines = npt.NDArray[np.int64]


def held_sql() -> str:
    """SQL of what is said of each row in quarantine, by ascending line.

    Returns
    -------
    str
        A query over the table `quarantine`, to be rendered for an engine.
    """
    return (
        f"SELECT {LINE}, {_sentences()} AS {ATTENTION}, any_value({_RAW}) AS {_RAW} "
        f"FROM quarantine GROUP BY {LINE} ORDER BY {LINE}"
    )


def scored_schema(said: pa.Schema, read: pa.Schema, cells: Mapping[str, str]) -> pa.Schema:
    """Columns of the table.

    Parameters
    ----------
    said, read : Schema
        Columns of scores and of what was read, line and all.
    cells : mapping of str to str
        Columns of what was read to give back, and how the file calls them.
    """
    return pa.schema(
        [
            (LINE, pa.int64()),
            ("status", _WORDS),
            *(field for field in said if field.name != LINE),
            (ATTENTION, pa.string()),
            *((source, read.field(name).type) for name, source in cells.items()),
            (UNREAD, pa.string()),
        ]
    )


def scored_rows(
    text: Iterable[pa.RecordBatch],
    scores: Iterable[pa.RecordBatch],
    held: Iterable[pa.RecordBatch],
    *,
    schema: pa.Schema,
    cells: Mapping[str, str],
) -> Iterator[pa.RecordBatch]:
    """What was read, what was scored and what was held back, joined by line.

    Parameters
    ----------
    text, scores, held : iterables of RecordBatch
        Each by ascending line; `held` as `held_sql` gives it. A line that is in `text` alone
        repeats another.
    schema, cells
        See `scored_schema`.

    Yields
    ------
    RecordBatch
        A row whose cells could not be told apart stands whole in the last column.
    """
    for read, scored, refused in in_step([text, scores, held], LINE):
        found = [part[LINE].to_numpy() for part in (read, refused) if part is not None]
        lines = found[0] if len(found) == 1 else np.union1d(*found)
        sides = [_Side(part, lines) for part in (read, scored, refused)]
        yield pa.record_batch(_columns(lines, sides, schema, cells), schema)


def _columns(
    lines: _Lines, sides: Sequence[_Side], schema: pa.Schema, cells: Mapping[str, str]
) -> list[pa.Array]:
    read, scored, held = sides
    status = np.where(scored.there, 0, np.where(held.there, 1, 2)).astype(np.int32)
    raw = held.column(_RAW, pa.string())
    found = {
        LINE: pa.array(lines),
        "status": pa.DictionaryArray.from_arrays(status, [*_STATUSES]),
        ATTENTION: held.column(ATTENTION, pa.string()),
        UNREAD: pc.if_else(read.there, pa.scalar(None, pa.string()), raw),
    }
    found |= {
        source: read.column(name, schema.field(source).type) for name, source in cells.items()
    }
    rest = (field for field in schema if field.name not in found)
    found |= {field.name: scored.column(field.name, field.type) for field in rest}
    return [found[name] for name in schema.names]


class _Side:
    """Rows of one stream, each moved to the place of its line."""

    def __init__(self, rows: pa.RecordBatch | None, lines: _Lines) -> None:
        self._rows, self._count = rows, len(lines)
        self.there = np.zeros(len(lines), dtype=bool)
        self._places: pa.Array | None = None
        if rows is not None:
            self.there[np.searchsorted(lines, rows[LINE].to_numpy())] = True
        if not self.there.all():
            at = np.cumsum(self.there) - 1
            self._places = pa.array(at, mask=~self.there)

    def column(self, name: str, kind: pa.DataType) -> pa.Array:
        """A column, missing where the stream has no row."""
        if self._rows is None:
            return pa.nulls(self._count, kind)
        column = self._rows[name]
        moved = column if self._places is None else column.take(self._places)
        return moved if moved.type == kind else moved.cast(kind)


def _sentences() -> str:
    """SQL of all sentences about a line, by column and rule, those about no column last."""
    keys = f"""{{'last': "column" IS NULL, 'of': "column", 'rule': rule, 'said': {_sentence()}}}"""
    said = f"list_transform(list_sort(list({keys})), lambda one: one.said)"
    return f"array_to_string({said}, {quote(JOINER)})"


def _sentence() -> str:
    """SQL twin of `Fault.sentence`, without the line."""
    place = """CASE WHEN "column" IS NULL THEN '' ELSE 'column ''' || "column" || ''': ' END"""
    return f"{place} || rule || ': ' || message || ' (' || hint || ')'"
