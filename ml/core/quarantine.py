"""The quarantine: rows that were held back, each with every reason and its raw text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa

from ml.contract.faults import Fault
from ml.contract.names import LINE

#: One row per fault; a row of the file with two faults appears twice under the same line.
QUARANTINE_SCHEMA = pa.schema(
    [
        pa.field(LINE, pa.int64(), nullable=False),
        pa.field("column", pa.string()),
        pa.field("rule", pa.string(), nullable=False),
        pa.field("message", pa.string(), nullable=False),
        pa.field("hint", pa.string(), nullable=False),
        pa.field("value", pa.string()),
        pa.field("raw", pa.string()),
    ]
)


class RowFault(NamedTuple):
    """A fault of one row together with the row as it stood in the file.

    Parameters
    ----------
    fault : Fault
        What is wrong; `fault.line` is the physical line on which the row begins (header: 1).
    raw : str
        The row's text as it came, so that a person can mend and send it again.
    """

    fault: Fault
    raw: str


def quarantine_batch(faults: Sequence[RowFault]) -> pa.RecordBatch:
    """Faults as a batch of `QUARANTINE_SCHEMA`, in the order given.

    Parameters
    ----------
    faults : sequence of RowFault

    Returns
    -------
    pyarrow.RecordBatch
        One row per fault.

    Examples
    --------
    >>> quarantine_batch([]).num_rows
    0
    """
    records = [
        {
            LINE: fault.line,
            "column": fault.column,
            "rule": fault.rule.value,
            "message": fault.message,
            "hint": fault.hint,
            "value": fault.value,
            "raw": raw,
        }
        for fault, raw in faults
    ]
    return pa.RecordBatch.from_pylist(records, schema=QUARANTINE_SCHEMA)
