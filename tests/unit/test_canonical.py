"""The canonical hash: equal for equal tables, different for one changed cell."""

import datetime
import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.contract.errors import LeadwiseError
from ml.core.canonical import canonical_hash
from ml.core.parquet_columns import ParquetColumns

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
    return canonical_hash(table, id_column="id")


#: Each column's distinct values and rows' places among them, rows ascending by id: a, b, é.
WRITTEN = {
    "agreed": (["true", "false"], [-1, 0, 1]),
    "city": (['"Say ""hi"", all"', '""'], [-1, 0, 1]),
    "day": (["2025-01-31"], [-1, 0, -1]),
    "id": (['"a"', '"b"', '"é"'], [0, 1, 2]),
    "pages": (["0.0", "2.5", "1e+22"], [0, 1, 2]),
    "visits": (["1", "3"], [-1, 0, 1]),
}


def test_what_is_hashed():
    columns = b""
    for name, (values, places) in WRITTEN.items():
        text = f'"{name}" {len(values)}\n' + "".join(value + "\n" for value in values)
        column = text.encode() + np.array(places, "<i4").tobytes()
        columns += hashlib.sha256(column).digest()
    assert fingerprint(TABLE) == hashlib.sha256(columns).hexdigest()


def test_order_of_rows_and_columns_and_lines_do_not_matter():
    turned = TABLE.take([2, 0, 1]).select(TABLE.column_names[::-1])
    moved = turned.set_column(turned.column_names.index("line_number"), "line_number", [[9, 8, 7]])
    assert fingerprint(moved) == fingerprint(TABLE)


@pytest.mark.parametrize("size", [1, 2])
def test_it_does_not_matter_how_the_rows_are_stored(tmp_path, size):
    first, second = tmp_path / "first.parquet", tmp_path / "second.parquet"
    pq.write_table(TABLE[:size], first, use_dictionary=False)
    pq.write_table(TABLE[size:], second)
    assert fingerprint(ParquetColumns(first, second)) == fingerprint(TABLE)
    assert fingerprint(ParquetColumns(second, first)) == fingerprint(TABLE)


def test_values_that_no_row_has_do_not_matter():
    more = pa.DictionaryArray.from_arrays(pa.array([2, 0, 2]), ["x", "unused", "y"])
    plain = pa.array(["y", "x", "y"])
    tables = [TABLE.append_column("word", [column]) for column in (more, plain)]
    assert fingerprint(tables[0]) == fingerprint(tables[1])


def test_zeros_of_both_signs_are_one_value():
    tables = [
        pa.table({"id": ["a", "b"], "x": pa.array(zeros)}) for zeros in ([0.0, -0.0], [0.0, 0.0])
    ]
    assert fingerprint(tables[0]) == fingerprint(tables[1])


def test_a_table_without_rows_has_a_fingerprint():
    empty = TABLE[:0]
    assert fingerprint(empty) == fingerprint(pa.Table.from_batches([], TABLE.schema))
    assert fingerprint(empty) != fingerprint(empty.drop_columns("city"))


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


@pytest.mark.parametrize("ids", [["a", "a"], ["a", None]])
def test_every_row_has_an_id_of_its_own(ids):
    with pytest.raises(LeadwiseError, match="1 of 2 rows have no|1 repeat"):
        fingerprint(pa.table({"id": pa.array(ids), "x": [1, 2]}))


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
