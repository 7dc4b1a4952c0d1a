"""The fast and the careful reader agree, and no bytes at all can make intake stumble."""

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ml.contract.intake.quotes import Flaw, split
from ml.contract.names import Purpose
from ml.core.intake import Limits
from ml.core.intake.careful import CarefulReader
from ml.core.intake.layout import Layout
from ml.core.intake.plain import read_plain
from ml.core.intake.rows import Rows
from tests.support.bad_files import csv_file, lead, take

WIDTH = 3
LIMITS = Limits(cell_bytes=40, line_bytes=200)
LETTERS = st.sampled_from([*'ab,;"\n\r\t 1.é\u200b\x00', '""', '","', "\r\n", "a,b,c\n"])
WILD = st.lists(LETTERS, max_size=60).map("".join)
CELL = st.text(st.sampled_from('ab,;" \té\u0663'), max_size=6)
TABLE = st.lists(st.lists(CELL, min_size=WIDTH, max_size=WIDTH), min_size=1, max_size=8)


def layout(delimiter: str = ",", trailing: int = 0, limits: Limits = LIMITS) -> Layout:
    places = tuple(range(WIDTH))
    return Layout(
        delimiter=delimiter, width=WIDTH, trailing=trailing, positions=places, limits=limits,
        name="x",
    )  # fmt: skip


def told(rows: Rows) -> tuple[list[int], list[list[str]], list[str]]:
    count = len(rows.lines)
    cells = [column.to_pylist() for column in rows.cells]
    return rows.lines.to_pylist(), cells, [rows.raw(row) for row in range(count)]


def careful(text: bytes, how: Layout, *, set_aside: bool = False) -> Rows:
    found, used = CarefulReader(how, set_aside=set_aside).read(text, line=2, final=True)
    assert used == len(text)
    return found.rows(how)


@given(WILD, st.sampled_from(",;\t"), st.integers(0, 1))
@example('a,"b\n",c\nd,e,f\n', ",", 0)
@example('a,b"",c\n', ",", 0)
@example('"a","""",""\r\nb,c,d', ",", 0)
@example("a,b,c,\na,b,c,\n", ",", 1)
@settings(max_examples=200)
def test_where_the_fast_reader_answers_it_says_what_the_careful_one_says(text, delimiter, trailing):
    how = layout(delimiter, trailing)
    fast = read_plain(text.encode(), how, line=2)
    if fast is not None:
        slow = careful(text.encode(), how)
        assert told(fast) == told(slow)
        assert slow.broken == []


@given(WILD, st.sampled_from(",;\t"))
@example("a,b,c\na,\x00,c\n,b\n", ",")
@example('a,b,c\na,"b\na,b,c\n",c\nd,e,f\n', ",")
@settings(max_examples=200)
def test_lines_set_aside_come_back_in_their_place(text, delimiter):
    how = layout(delimiter, limits=Limits())
    slow, both = careful(text.encode(), how), careful(text.encode(), how, set_aside=True)
    assert told(both) == told(slow)
    assert both.broken == slow.broken


@given(TABLE, st.sampled_from(",;\t"), st.sampled_from(["\n", "\r\n"]), st.booleans())
@settings(max_examples=100)
def test_both_readers_read_what_a_csv_writer_writes(rows, delimiter, end, quote_all):
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    how = layout(delimiter, limits=Limits())
    text = out.getvalue().encode()
    slow = careful(text, how)
    assert told(slow)[1] == [list(column) for column in zip(*rows, strict=True)]
    fast = read_plain(text, how, line=2)
    assert fast is not None
    assert told(fast) == told(slow)


@given(WILD)
@settings(max_examples=100)
def test_every_line_ends_in_a_row_or_a_fault_or_is_blank(text):
    raw = text.encode()
    rows = careful(raw, layout(limits=Limits()))
    texts = [*told(rows)[2], *(raw for _, raw in rows.broken)]
    letters = sorted(letter for letter in text if letter not in "\r\n \t")
    assert sorted(letter for letter in "".join(texts) if letter not in "\r\n \t") == letters


@given(WILD, st.integers(1, 30))
@settings(max_examples=100)
def test_blocks_may_be_cut_anywhere(text, at):
    lines = text.encode().splitlines(keepends=True)
    whole = careful(text.encode(), layout(limits=Limits()))
    reader, found, broken, rest, line = (
        CarefulReader(layout(limits=Limits())), [], [], b"", 2
    )  # fmt: skip
    pieces = [b"".join(lines[i : i + at]) for i in range(0, len(lines), at)] or [b""]
    for i, piece in enumerate(pieces):
        rest += piece
        read, used = reader.read(rest, line=line, final=i == len(pieces) - 1)
        rows = read.rows(layout(limits=Limits()))
        found += rows.lines.to_pylist()
        broken += rows.broken
        line += len(rest[:used].splitlines())
        rest = rest[used:]
    assert rest == b""
    assert found == whole.lines.to_pylist()
    assert broken == whole.broken


@given(st.binary(max_size=300))
@settings(max_examples=100)
def test_any_bytes_are_read_or_refused(content):
    for start in (
        b"",
        csv_file()[:-20],
        b'{"Prospect ID": "',
        b"PAR1",
        b"\x1f\x8b\x08",
        b"\xff\xfe",
    ):
        outcome = take(start + content)
        assert outcome.refused or outcome.admission


@given(WILD, st.sampled_from(list(Purpose)))
@settings(max_examples=100)
def test_any_text_below_a_header_is_accounted_for(text, purpose):
    outcome = take(csv_file() + text.encode(), purpose=purpose)
    assert outcome.refused or outcome.admission  # `take` holds the counts


@given(st.lists(CELL, min_size=1, max_size=5))
def test_split_reads_what_a_csv_writer_writes(cells):
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    assert split(out.getvalue(), ",") == cells


@pytest.mark.parametrize(
    ("text", "flaw"), [('"a', Flaw.OPEN), ('x,"', Flaw.OPEN), ('"a"b', Flaw.BROKEN)]
)
def test_split_names_the_flaw(text, flaw):
    assert split(text, ",") is flaw


@pytest.mark.parametrize(
    "odd",
    [
        b'1,"a\nb",c\n',
        b'1,a"b",c\n',
        b'1,"a"b,c\n',
        b'1,"a,c\n',
        b"1,a\rb,c\n",
        b"1,a\x00,c\n",
        b"1,a\x7f,c\n",
        b"1,a\xc2\x85,c\n",
        b"1,a,c\n\n2,b,d\n",
        b"1,a\n",
        b"1,a,b,c\n",
        b"1," + b"a" * 50 + b",c\n",
    ],
)
def test_the_fast_reader_leaves_what_is_odd_to_the_careful_one(odd):
    assert read_plain(b"1,a,c\n" + odd, layout(), line=2) is None


def test_one_odd_row_does_not_slow_the_rest_of_a_file():
    rows = [lead(i) for i in range(20_000)]
    content = csv_file(*rows[:20], lead(0, city="a\nb"), *rows)
    outcome = take(content)
    assert len(outcome.rows) == 20_021
    assert outcome.admission is not None
    assert outcome.admission.fast_rows == 20_020


def test_quotes_that_never_close_are_given_up_on_before_they_cost_much():
    # Each line opens a quote that the next 180 lines keep opening and closing.
    hostile = b'x",y"z","\n' * 400_000
    outcome = take(csv_file() + hostile)
    assert outcome.refused or outcome.faults
