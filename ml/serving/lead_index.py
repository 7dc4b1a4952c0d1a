"""Where each lead stands in a scored file, sorted, so that one is found without reading all."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ml.contract.names import LINE
from ml.core.scored_table import SCORED

#: What is read to look for one lead: Parquet knows the first and the last of each group.
_ROWS_PER_GROUP = 5_000


def write_index(table: Path, id_column: str, to: Path) -> None:
    """Write the index of a scored table.

    Parameters
    ----------
    table : Path
        Parquet.
    id_column : str
        Header of the column that names a lead.
    to : Path
        Parquet, too.
    """
    rows = pq.read_table(table, columns=[LINE, "status", id_column])
    scored = rows.filter(pc.equal(rows["status"], SCORED))
    index = pa.table({"lead": scored[id_column], LINE: scored[LINE]}).sort_by("lead")
    pq.write_table(index, to, row_group_size=_ROWS_PER_GROUP)


def lines_of(lead: str, index: Path) -> list[int]:
    """The lines on which a lead was scored."""
    lines: list[int] = pq.read_table(index, filters=[("lead", "==", lead)])[LINE].to_pylist()
    return lines
