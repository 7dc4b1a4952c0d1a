"""A scored file holds every row that was read, once and in its order, with the right status."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.contract.errors import LeadwiseError
from ml.contract.names import LINE
from ml.core.in_step import in_step
from ml.core.scored_table import (
    ATTENTION,
    DUPLICATE,
    NEEDS_ATTENTION,
    SCORED,
    UNREAD,
    scored_rows,
    scored_schema,
)

_WORDS = pa.dictionary(pa.int32(), pa.string())
_READ = pa.schema([(LINE, pa.int64()), ("city", _WORDS), ("id", pa.string())])
_SAID = pa.schema([(LINE, pa.int64()), ("score", pa.int32()), ("band", _WORDS)])
_HELD = pa.schema([(LINE, pa.int64()), (ATTENTION, pa.string()), ("raw", pa.string())])
_CELLS = {"city": "City", "id": "Prospect ID"}
_FATES = (SCORED, NEEDS_ATTENTION, DUPLICATE, UNREAD)


def _batches(rows: list[dict[str, object]], schema: pa.Schema, size: int) -> list[pa.RecordBatch]:
    return [
        pa.RecordBatch.from_pylist(rows[at : at + size], schema) for at in range(0, len(rows), size)
    ]


def _row(line: int, fate: str) -> dict[str, object]:
    """What the table should hold of a line."""
    read = fate != UNREAD
    return {
        LINE: line,
        "status": NEEDS_ATTENTION if fate == UNREAD else fate,
        "score": line % 101 if fate == SCORED else None,
        "band": f"band {line % 3}" if fate == SCORED else None,
        ATTENTION: f"why {line}" if fate in {NEEDS_ATTENTION, UNREAD} else None,
        "City": f"city {line % 5}" if read else None,
        "Prospect ID": f"id {line}" if read else None,
        UNREAD: None if read else f"raw {line}",
    }


@given(
    fates=st.lists(st.sampled_from(_FATES), max_size=60),
    sizes=st.tuples(*[st.integers(1, 20)] * 3),
)
def test_every_line_comes_back_once_whatever_became_of_it(
    fates: list[str], sizes: tuple[int, int, int]
) -> None:
    wanted = [_row(2 * line, fate) for line, fate in enumerate(fates)]
    read = [
        {LINE: row[LINE], "city": row["City"], "id": row["Prospect ID"]}
        for row in wanted
        if row[UNREAD] is None
    ]
    said = [{name: row[name] for name in _SAID.names} for row in wanted if row["status"] == SCORED]
    held = [
        {LINE: row[LINE], ATTENTION: row[ATTENTION], "raw": f"raw {row[LINE]}"}
        for row in wanted
        if row[ATTENTION]
    ]
    streams = [
        _batches(rows, schema, size)
        for rows, schema, size in zip((read, said, held), (_READ, _SAID, _HELD), sizes, strict=True)
    ]
    schema = scored_schema(_SAID, _READ, _CELLS)
    found = pa.Table.from_batches(scored_rows(*streams, schema=schema, cells=_CELLS), schema)
    assert found.to_pylist() == wanted


def test_rows_out_of_order_are_refused_before_one_is_lost() -> None:
    good = [pa.record_batch({LINE: [1, 2, 3]})]
    across, within = (
        [pa.record_batch({LINE: lines}) for lines in of] for of in ([[5], [4]], [[2, 2]])
    )
    for bad in (across, within):
        with pytest.raises(LeadwiseError, match="do not ascend"):
            list(in_step([good, bad], LINE))
