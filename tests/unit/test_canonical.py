"""The canonical hash: equal for equal tables, different for one changed cell."""

import datetime
import hashlib

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.contract.errors import LeadwiseError
from ml.core.canonical import canonical_hash, in_order

TABLE = pa.table(
    {
        "line_number": pa.array([2, 3, 4]),
        "id": ["b", "a", "é"],
        "visits": pa.array([1, None, 3], pa.int64()),
        "pages": [2.5, -0.0, 1e22],
        "agreed": [True, None, False],
        "day": pa.array([datetime.date(2025, 1, 31), None, None], pa.date32()),
        "city": ['Say "hi", all', None, ""],
    }
)


def fingerprint(table):
    return canonical_hash(in_order(table, "id"), id_column="id")


def test_the_text_that_is_hashed():
    text = (
        '"agreed","city","day","id","pages","visits"\n'
        'NULL,NULL,NULL,"a",0.0,NULL\n'
        'true,"Say ""hi"", all",2025-01-31,"b",2.5,1\n'
        'false,"",NULL,"é",1e+22,3\n'
    )
    assert fingerprint(TABLE) == hashlib.sha256(text.encode()).hexdigest()


def test_order_of_rows_and_columns_and_lines_do_not_matter():
    turned = TABLE.take([2, 0, 1]).select(TABLE.column_names[::-1])
    moved = turned.set_column(turned.column_names.index("line_number"), "line_number", [[9, 8, 7]])
    assert fingerprint(moved) == fingerprint(TABLE)


@pytest.mark.parametrize("size", [1, 2])
def test_batches_may_be_cut_anywhere(size):
    batches = TABLE.sort_by("id").to_batches(max_chunksize=size)
    assert canonical_hash(batches, id_column="id") == fingerprint(TABLE)


CHANGES = {
    "visits": pa.array([1, 0, 3], pa.int64()),
    "pages": [2.5000000000000004, 0.0, 1e22],
    "agreed": [True, False, False],
    "city": ['Say "hi", all', "NULL", ""],
    "day": pa.array([datetime.date(2025, 2, 1), None, None], pa.date32()),
}


@pytest.mark.parametrize("column", CHANGES)
def test_one_changed_cell_changes_it(column):
    at = TABLE.column_names.index(column)
    assert fingerprint(TABLE.set_column(at, column, [CHANGES[column]])) != fingerprint(TABLE)


def test_a_missing_text_is_not_an_empty_one():
    empty = TABLE.set_column(6, "city", [['Say "hi", all', "", ""]])
    assert fingerprint(empty) != fingerprint(TABLE)


@pytest.mark.parametrize("ids", [["b", "a"], ["a", "a"], ["a", None]])
def test_rows_must_ascend_by_id(ids):
    batch = pa.RecordBatch.from_pydict({"id": ids, "x": [1, 2]})
    with pytest.raises(LeadwiseError, match="ascend"):
        canonical_hash([batch], id_column="id")


def test_rows_must_ascend_across_batches():
    batches = [pa.RecordBatch.from_pydict({"id": [name]}) for name in ("b", "a")]
    with pytest.raises(LeadwiseError, match="'a'"):
        canonical_hash(batches, id_column="id")


cell = st.none() | st.text(st.characters(exclude_categories=("Cs",)), max_size=5)


@given(st.lists(st.tuples(cell, cell), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_tables_are_equal_where_their_hashes_are(rows, random):
    def table(pairs):
        names = [f"{i}" for i in range(len(pairs))]
        return pa.table(
            {
                "id": names,
                "x": pa.array([x for x, _ in pairs], pa.string()),
                "y": pa.array([y for _, y in pairs], pa.string()),
            }
        )

    other = random.sample(rows, len(rows))
    assert (fingerprint(table(rows)) == fingerprint(table(other))) == (rows == other)
