"""A scored table that leaves as CSV, safe from formulas, comes back as the same leads."""

import csv
import io

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ml.core.scored_table import OURS, SCORED
from ml.core.spreadsheet import csv_chunks
from tests.support.bad_files import HEADER, csv_file, lead, take

FORMULAS = ("=1+1", "+cmd|' /C calc'!A1", "-2+3", "@SUM(A1)", "'=1", "''@x", "'tis", "-2.5", "'")
CELLS = st.text(st.sampled_from("'=+-@a1,;\" .é"), max_size=5)


def exported(rows: list[dict[str, str]]) -> bytes:
    """What the page and `leadwise score` write of leads."""
    ours = dict.fromkeys(OURS, "") | {"status": SCORED}
    wide = [{**ours, **{name: row[name] for name in HEADER}} for row in rows]
    table = pa.Table.from_pylist(wide, pa.schema([(name, pa.string()) for name in wide[0]]))
    return b"".join(csv_chunks(table.to_batches(), table.schema))


def leads_of(content: bytes) -> list[dict[str, str]]:
    return [{**row, "line_number": 0} for row in take(content).rows]


@given(st.lists(CELLS, min_size=1, max_size=6))
@example(list(FORMULAS))
@settings(max_examples=60)
def test_what_left_safe_comes_back_as_it_was(cells):
    rows = [lead(n, city=cell, prospect_id=f"{cell}{n}") for n, cell in enumerate(cells)]
    assert leads_of(exported(rows)) == leads_of(csv_file(*rows))


@pytest.mark.parametrize("cell", FORMULAS[:6])
def test_no_cell_that_left_runs_in_a_spreadsheet(cell):
    (row,) = csv.DictReader(io.StringIO(exported([lead(1, city=cell)]).decode(), newline=""))
    assert row["City"] == "'" + cell


def test_cells_of_other_files_keep_their_apostrophes():
    rows = [lead(1, city="'=1", prospect_id="'-x")]
    (row,) = take(csv_file(*rows)).rows
    assert (row["city"], row["prospect_id"]) == ("'=1", "'-x")
