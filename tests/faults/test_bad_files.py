"""Files with something wrong, one case each; the numbers are those of the robustness catalogue."""

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.contract.moments import ARRIVAL, CONTACTED
from ml.contract.names import Purpose
from ml.core.intake import Limits
from tests.support.bad_files import HEADER, Outcome, csv_file, lead, table, take, text

Case = Callable[[], Outcome]
CASES: list[Any] = []


def case(name: str) -> Callable[[Case], Case]:
    def keep(test: Case) -> Case:
        CASES.append(pytest.param(test, id=name))
        return test

    return keep


@pytest.mark.parametrize("check", CASES)
def test_a_bad_file_is_named_or_read(check: Case):
    outcome = check()
    for fault in outcome.said:
        assert fault.message.strip(), fault
        assert fault.hint.strip(), fault
        assert not fault.message.endswith("."), fault


def refused(content: Any, *rules: str, **how: Any) -> Outcome:
    outcome = take(content, **how)
    assert sorted({fault.rule for fault in outcome.refused}) == sorted(rules), outcome.said
    assert all(fault.severity == "file" for fault in outcome.refused)
    return outcome


def accepted(content: Any, *warned: str, rows: int = 3, **how: Any) -> Outcome:
    outcome = take(content, **how)
    assert outcome.refused == ()
    assert outcome.faults == []
    assert len(outcome.rows) == rows
    assert outcome.admission is not None
    seen = {fault.rule for fault in outcome.admission.warnings} - {
        "TARGET_IGNORED",
        "LATER_COLUMN_IGNORED",
    }
    assert seen == set(warned), outcome.admission.warnings
    return outcome


def held_back(content: Any, faults: dict[int, str], *, rows: int, **how: Any) -> Outcome:
    outcome = take(content, **how)
    assert outcome.refused == ()
    assert {fault.line: fault.rule for fault, _ in outcome.faults} == faults
    assert all(fault.severity == "row" for fault, _ in outcome.faults)
    assert all(raw for _, raw in outcome.faults)
    assert len(outcome.rows) == rows
    return outcome


def kept(**cells: str) -> Outcome:
    """Value-level cases: intake hands the text on, untouched; cleaning judges it."""
    outcome = accepted(csv_file(lead(1, **cells)), rows=1)
    assert {name: outcome.rows[0][name] for name in cells} == cells
    return outcome


@case("I1-empty file")
def _() -> Outcome:
    outcome = refused(b"", "EMPTY_FILE")
    assert "no bytes" in outcome.refused[0].message
    return outcome


@case("I2-only blank lines")
def _() -> Outcome:
    refused(b"\xef\xbb\xbf", "NO_HEADER")
    return refused(b"\n  \n\r\n \t \n   ", "NO_HEADER")


@case("I3-header only")
def _() -> Outcome:
    return refused(text([HEADER]).encode(), "NO_ROWS")


@case("I4-no header")
def _() -> Outcome:
    data_only = text(table([lead(1), lead(2, search="No")])[1:]).encode()
    outcome = refused(data_only, "HEADER_NOT_RECOGNISED")
    assert "'Prospect ID'" in outcome.refused[0].message
    near = refused(b"Prospekt ID,foo\nlead-1,2\n", "HEADER_NOT_RECOGNISED")
    assert "'Prospekt ID' is nearest to 'Prospect ID'" in near.refused[0].hint
    return outcome


@case("I5-byte order mark")
def _() -> Outcome:
    return accepted(b"\xef\xbb\xbf" + csv_file())


@case("I6-two byte order marks")
def _() -> Outcome:
    return accepted(b"\xef\xbb\xbf" * 2 + csv_file(), "BYTE_ORDER_MARK")


@case("I7-UTF-16")
def _() -> Outcome:
    accented = csv_file(lead(1, city="Zürich"), lead(2), lead(3)).decode()
    for codec in ("utf-16", "utf-16-be", "utf-32"):
        mark = "\ufeff" if codec.endswith("be") else ""
        outcome = accepted((mark + accented).encode(codec), "TRANSCODED")
        assert outcome.rows[0]["city"] == "Zürich"
    broken = refused("\ufeff".encode("utf-16-le") + accented.encode("utf-16-le") + b"x", "ENCODING")
    assert broken.refused[0].line == 5
    for codec in ("utf-16-le", "utf-16-be"):
        refused(accented.encode(codec), "ENCODING")
    return outcome


@case("I8-Windows-1252")
def _() -> Outcome:
    names = [
        "Zürich",
        "Größe",
        "São Paulo",
        "Curaçao \u2013 “north”",
        "Hyvinkää",
        "L\u2019Aquila",
        "5 €",
    ]
    rows = [lead(i, city=name) for i, name in enumerate(names)]
    content = csv_file(lead(99), *rows).decode().encode("cp1252")
    outcome = accepted(content, "TRANSCODED", rows=8)
    assert outcome.column("city")[1:] == names
    assert outcome.warned("TRANSCODED").line == 3
    return outcome


@case("I9-other encodings")
def _() -> Outcome:
    texts = {
        "shift-jis": ("東京都", "大阪市", "テスト", "山田太郎"),
        "gbk": ("北京", "上海市", "张伟", "深圳"),
        "cp1251": ("Москва", "Казань", "Пермь", "Омск"),
        "euc-kr": ("서울", "부산", "대구", "인천"),
    }
    for codec, names in texts.items():
        rows = [lead(i, city=name) for i, name in enumerate(names)]
        content = csv_file(lead(99), *rows).decode().encode(codec)
        outcome = refused(content, "ENCODING")
        first = next(i for i, byte in enumerate(content) if byte > 127)
        assert outcome.refused[0].line == 3
        assert f"offset {first}," in outcome.refused[0].message or codec == "gbk"
    mixed = csv_file(lead(1, city="Zürich"), lead(2, city="東京")) + b"\xe9,"
    return refused(mixed, "ENCODING")


@case("I10-control characters")
def _() -> Outcome:
    content = csv_file(lead(1), lead(2, city="a\0b"), lead(3), lead(4, lead_source="a\x85b"))
    outcome = held_back(content, {3: "CONTROL_CHAR", 5: "CONTROL_CHAR"}, rows=2)
    assert outcome.faults[0].fault.column == "City"
    assert "U+0000" in outcome.faults[0].fault.message
    return outcome


@case("I11-gzip")
def _() -> Outcome:
    outcome = accepted(gzip.compress(csv_file()), "COMPRESSED")
    accepted(gzip.compress(csv_file()[:100]) + gzip.compress(csv_file()[100:]), "COMPRESSED")
    refused(gzip.compress(csv_file())[:-20], "COMPRESSED")
    refused(gzip.compress(gzip.compress(csv_file())), "COMPRESSED")
    refused(gzip.compress(b""), "EMPTY_FILE")
    refused(gzip.compress(csv_file(), mtime=0)[:10] + b"\xff" * 50, "COMPRESSED")
    refused(gzip.compress(b"a" * 20_000_000), "TOO_LARGE")
    noise = random.Random(1).randbytes(400_000).hex().encode()
    refused(gzip.compress(noise), "TOO_LARGE", limits=Limits(inflated_bytes=500_000))
    for other in (
        b"BZh91AY",
        b"\xfd7zXZ\0",
        b"\x28\xb5\x2f\xfd",
        b"7z\xbc\xaf\x27\x1c",
        b"Rar!\x1a",
    ):
        refused(other + b"....", "COMPRESSED")
    return outcome


@case("I12-xlsx")
def _() -> Outcome:
    workbook = io.BytesIO()
    with zipfile.ZipFile(workbook, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    outcome = refused(workbook.getvalue(), "NOT_CSV_XLSX")
    assert "save it as CSV" in outcome.refused[0].hint
    return refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "NOT_CSV_XLSX")


@case("I13-something else")
def _() -> Outcome:
    refused(b"%PDF-1.7\n1 0 obj", "NOT_CSV")
    refused(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "NOT_CSV")
    refused(b'[{"Prospect ID": "1"}]', "NOT_CSV")
    refused(bytes(range(32)) * 50, "NOT_CSV")
    return refused(b"\n<!DOCTYPE html><html>Log in</html>", "NOT_CSV")


@case("I14-semicolon")
def _() -> Outcome:
    return accepted(csv_file(delimiter=";"), "DELIMITER")


@case("I15-decimal comma")
def _() -> Outcome:
    rows = [
        lead(1, page_views_per_visit="3,5", city="Mumbai, north"),
        lead(2, page_views_per_visit="1,234", total_visits="12,500"),
        lead(3, page_views_per_visit="0,125"),
        lead(4, page_views_per_visit="1.234,5"),
    ]
    outcome = held_back(csv_file(*rows, delimiter=";"), {3: "NUMBER_FORMAT"}, rows=3)
    assert outcome.column("page_views_per_visit") == ["3.5", "0.125", "1.234,5"]
    assert outcome.column("city")[0] == "Mumbai, north"
    assert [fault.column for fault, _ in outcome.faults] == ["TotalVisits", "Page Views Per Visit"]
    assert "1,234 can mean 1234 or 1.234" in outcome.faults[1].fault.message
    warned = outcome.warned("DECIMAL_COMMA")
    assert warned.message.startswith("2 numbers")
    assert (warned.line, warned.column) == (2, "Page Views Per Visit")
    with_commas = accepted(csv_file(lead(1, page_views_per_visit="3,5")), rows=1)
    assert with_commas.column("page_views_per_visit") == ["3,5"]
    return outcome


@case("I16-tab and pipe")
def _() -> Outcome:
    accepted(b"sep=;\n" + csv_file(delimiter=";"), "DELIMITER")
    accepted(csv_file(delimiter="\t"), "DELIMITER")
    return accepted(csv_file(delimiter="|"), "DELIMITER")


def with_line(line: int, change: Callable[[str], str], rows: int = 4) -> bytes:
    lines = csv_file(*(lead(i) for i in range(rows))).decode().splitlines(keepends=True)
    lines[line - 1] = change(lines[line - 1].rstrip("\n")) + "\n"
    return "".join(lines).encode()


@case("I17-one cell too many")
def _() -> Outcome:
    content = with_line(3, lambda row: row + ",x")
    outcome = held_back(content, {3: "FIELD_COUNT"}, rows=3)
    fault, raw = outcome.faults[0]
    assert "38 cells; expected 37" in fault.message
    assert raw == content.decode().splitlines()[2]
    assert outcome.lines == [2, 4, 5]
    return outcome


@case("I18-every row with a cell too many")
def _() -> Outcome:
    content = csv_file(*(lead(i) for i in range(5))).decode().splitlines()
    wide = "\n".join([content[0], *(row + ",x" for row in content[1:])]).encode()
    outcome = refused(wide, "FIELD_COUNT")
    assert outcome.refused[0].line == 2
    long = "\n".join([content[0], *[content[1] + ",x"] * 40_000, content[2]]).encode()
    refused(long, "FIELD_COUNT")
    return outcome


@case("I19-short row")
def _() -> Outcome:
    return held_back(with_line(4, lambda row: row[:20]), {4: "FIELD_COUNT"}, rows=3)


@case("I20-quote that is not closed")
def _() -> Outcome:
    open_cell = with_line(3, lambda row: row.replace("Google", '"Google'))
    outcome = held_back(open_cell, {3: "QUOTE"}, rows=3)
    assert outcome.lines == [2, 4, 5]
    assert outcome.faults[0].raw == open_cell.decode().splitlines()[2]
    later_quotes = csv_file(*(lead(i, specialization="Banking, Investment") for i in range(4)))
    broken = later_quotes.replace(b"lead-1,", b'"lead-1,')
    held_back(broken, {3: "QUOTE"}, rows=3)
    held_back(with_line(3, lambda row: row.replace("Google", '"Goo"gle')), {3: "QUOTE"}, rows=3)
    last = csv_file() + b'lead-9,"open'
    held_back(last, {5: "QUOTE"}, rows=3)
    refused(b'"Prospect ID,Lead Origin\nlead-1,API\n', "QUOTE")
    # Between two stray quotes stand sound rows; they are not lost.
    lines = csv_file(*(lead(i) for i in range(4))).decode().splitlines(keepends=True)
    lines[2] = lines[2].replace("Google", '"Google')
    opened = [*lines[:4], lines[4].replace("Google", '"Google')]
    outcome = held_back("".join(opened).encode(), {3: "QUOTE", 5: "QUOTE"}, rows=2)
    assert outcome.lines == [2, 4]
    closed = [*lines[:4], lines[4].replace("Mumbai", 'Mumbai"')]
    outcome = held_back("".join(closed).encode(), {3: "QUOTE"}, rows=3)
    assert outcome.column("city") == ["Mumbai", "Mumbai", 'Mumbai"']
    # A stray quote may swallow text up to the limit of a line, and no further.
    far = csv_file(lead(0, city="STRAY"), *(lead(i) for i in range(500)))
    far = far.replace(b"STRAY", b'"STRAY')
    return held_back(far, {2: "QUOTE"}, rows=500, limits=Limits(line_bytes=20_000))


@case("I21-quoted line breaks")
def _() -> Outcome:
    rows = [lead(1, city='a\nb, "c"'), lead(2, city="x\r\ny"), lead(3)]
    outcome = accepted(csv_file(*rows))
    assert outcome.lines == [2, 4, 6]
    assert outcome.column("city") == ['a\nb, "c"', "x\r\ny", "Mumbai"]
    wide = csv_file(lead(1), lead(2, city="a\nb"), lead(3)).replace(b'a\nb"', b'a\nb",extra')
    held_back(wide, {3: "FIELD_COUNT"}, rows=2)
    return outcome


@case("I22-line ends")
def _() -> Outcome:
    mixed = csv_file().decode().split("\n")
    accepted((mixed[0] + "\r" + mixed[1] + "\r\n" + mixed[2] + "\n\n" + mixed[3]).encode())
    for end in ("\r\n", "\r"):
        outcome = accepted(csv_file(end=end))
        assert outcome.lines == [2, 3, 4]
    return outcome


@case("I23-trailing comma in the header")
def _() -> Outcome:
    lines = csv_file().decode().splitlines()
    empty = "\n".join([lines[0] + ",,", *(row + ",," for row in lines[1:])]).encode()
    outcome = accepted(empty, "TRAILING_COLUMN")
    accepted("\n".join([lines[0] + ",", *lines[1:]]).encode(), "TRAILING_COLUMN")
    full = "\n".join([lines[0] + ",", lines[1] + ",", lines[2] + ",x"]).encode()
    assert refused(full, "BLANK_COLUMN").refused[0].line == 3
    return outcome


@case("I24-column without a name")
def _() -> Outcome:
    header = [HEADER[0], " ", *HEADER[1:]]
    outcome = refused(text([header, ["x"] * 38]).encode(), "BLANK_COLUMN")
    assert "column 2" in outcome.refused[0].message
    return outcome


@case("I25-repeated columns")
def _() -> Outcome:
    for again in ("City", " city", "CITY", "notes", "Notes"):
        header = [*HEADER, "Notes", again]
        outcome = refused(text([header, ["x"] * 39]).encode(), "DUPLICATE_COLUMN")
        assert "39" in outcome.refused[0].message
    aliases = [*HEADER, "prospect_id", "lead_number"]
    assert len(refused(text([aliases, ["x"] * 39]).encode(), "DUPLICATE_COLUMN").refused) == 2
    return outcome


@case("I26-blanks in the header")
def _() -> Outcome:
    header = [" Prospect ID ", "Lead\xa0Number", *HEADER[2:]]
    content = text([header, *table([lead(1)])[1:]]).encode()
    outcome = accepted(content, "HEADER_NORMALISED", rows=1)
    assert outcome.rows[0]["prospect_id"] == "lead-1"
    return outcome


@case("I27-letter case of the header")
def _() -> Outcome:
    header = [name.lower() for name in HEADER]
    content = text([header, *table([lead(1)])[1:]]).encode()
    return accepted(content, "HEADER_NORMALISED", rows=1)


@case("I28-other known headers")
def _() -> Outcome:
    aliases = {
        "Lead Origin": "lead_origin",
        "How did you hear about X Education": "How did you hear about X",
        "What matters most to you in choosing a course": "What matters most",
    }
    header = [aliases.get(name, name) for name in HEADER]
    content = text([header, *table([lead(1)])[1:]]).encode()
    outcome = accepted(content, rows=1)
    assert outcome.rows[0]["lead_origin"] == "API"
    return outcome


@case("I29-missing columns")
def _() -> Outcome:
    header = [name for name in HEADER if name not in {"Lead Origin", "City", "Converted"}]
    content = csv_file(header=header)
    outcome = refused(content, "MISSING_COLUMN")
    assert [fault.column for fault in outcome.refused] == ["Lead Origin", "City"]
    train = refused(content, "MISSING_COLUMN", purpose=Purpose.TRAIN)
    assert [fault.column for fault in train.refused] == ["Lead Origin", "City", "Converted"]
    near = refused(text([[*header, "Lead Orign", "Town"], ["x"] * 36]).encode(), "MISSING_COLUMN")
    assert "'Lead Orign'" in near.refused[0].hint
    return outcome


@case("I30-unknown column")
def _() -> Outcome:
    rows = table([lead(1), lead(2), lead(3)])
    wider = [[*rows[0], "Favourite colour"], *([*row, "\0"] for row in rows[1:])]
    outcome = accepted(text(wider).encode(), "UNKNOWN_COLUMN")
    assert "'Favourite colour'" in outcome.warned("UNKNOWN_COLUMN").message
    return outcome


@case("I31-outcome in a file to score")
def _() -> Outcome:
    outcome = take(csv_file(lead(1, converted="1")))
    assert outcome.warned("TARGET_IGNORED").column == "Converted"
    assert outcome.column("converted") == [None]
    without = take(csv_file(lead(1), header=[name for name in HEADER if name != "Converted"]))
    assert without.rows == outcome.rows
    return outcome


@case("I32-columns of a later moment")
def _() -> Outcome:
    row = lead(
        1, tags="Closed by Horizzon", lead_quality="High in Relevance", last_activity="SMS Sent"
    )
    at_arrival = take(csv_file(row), moment=ARRIVAL)
    assert "'Tags', 'Lead Quality'" in at_arrival.warned("LATER_COLUMN_IGNORED").message
    later = ("tags", "lead_quality", "last_activity")
    assert [at_arrival.rows[0][name] for name in later] == [None, None, None]
    contacted = accepted(csv_file(row), rows=1, moment=CONTACTED)
    assert [contacted.rows[0][name] for name in later] == [
        "Closed by Horizzon", "High in Relevance", "SMS Sent",
    ]  # fmt: skip
    return at_arrival


class Counted(io.BytesIO):
    """A file that knows how much of it was read."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        chunk = super().read(size)
        self.taken += len(chunk)
        return chunk


@case("I33-ten thousand columns")
def _() -> Outcome:
    header = ",".join(f"c{i}" for i in range(10_000)).encode() + b"\n"
    source = Counted(header + b"1," * 5_000_000)
    outcome = refused(source, "TOO_MANY_COLUMNS")
    assert source.taken < 2_000_000
    quoted = b",".join(b'"c%d"' % i for i in range(10_000)) + b"\n1"
    refused(quoted, "TOO_MANY_COLUMNS")
    refused(quoted.decode().encode("utf-16"), "TOO_MANY_COLUMNS")
    return outcome


@case("I34-too many rows or bytes")
def _() -> Outcome:
    row = csv_file(lead(1)).splitlines()[1] + b"\n"
    source = Counted(csv_file() + row * 200_000)
    outcome = refused(source, "TOO_LARGE", limits=Limits(rows=50_000))
    assert "50,000 rows" in outcome.refused[0].message
    source = Counted(csv_file() + row * 200_000)
    refused(source, "TOO_LARGE", limits=Limits(bytes=10_000_000))
    assert source.taken == 0
    return outcome


@case("I35-a line without end")
def _() -> Outcome:
    outcome = refused(csv_file() + b"x" * 50_000_000, "LINE_TOO_LONG")
    assert outcome.refused[0].line == 5
    refused(b"x" * 50_000_000, "LINE_TOO_LONG")
    refused(csv_file() + b"x" * 9_000_000 + b"\n" + csv_file(), "LINE_TOO_LONG")
    return outcome


@case("I36-cell of a megabyte")
def _() -> Outcome:
    content = csv_file(lead(1), lead(2, city="x" * 1_000_000), lead(3), lead(4, tags="y" * 50_000))
    outcome = held_back(content, {3: "CELL_TOO_LONG"}, rows=3)
    fault, raw = outcome.faults[0]
    assert fault.column == "City"
    assert fault.value is not None
    assert len(fault.value) == 40
    assert len(raw) > 1_000_000
    fits = accepted(csv_file(lead(1, city="é" * 16_384)), rows=1)
    assert len(fits.rows[0]["city"]) == 16_384
    return outcome


@case("I37-select")
def _() -> Outcome:
    kept(specialization="select ", city="SELECT")
    return kept(specialization="Select")


@case("I38-words for missing")
def _() -> Outcome:
    for word in ("", "NA", "N/A", "null", "None", "-", "?"):
        outcome = kept(country=word, total_visits=word)
    return outcome


@case("I39-NaN")
def _() -> Outcome:
    return kept(total_visits="NaN")


@case("I40-infinity")
def _() -> Outcome:
    return kept(total_visits="inf", page_views_per_visit="-Infinity")


@case("I41-beyond a float")
def _() -> Outcome:
    return kept(total_visits="1e400")


@case("I42-26 digits")
def _() -> Outcome:
    return kept(total_visits="12345678901234567890123456")


@case("I43-beyond 64 bits")
def _() -> Outcome:
    return kept(total_visits="9223372036854775808", total_time_on_website="9223372036854775807")


@case("I44-negative")
def _() -> Outcome:
    return kept(total_visits="-1")


@case("I45-far out")
def _() -> Outcome:
    return kept(total_visits="251", total_time_on_website="1000000000")


@case("I46-a fraction of a visit")
def _() -> Outcome:
    return kept(total_visits="3.7")


@case("I47-inconsistent")
def _() -> Outcome:
    return kept(total_visits="0", total_time_on_website="10", page_views_per_visit="5")


@case("I48-strange numbers")
def _() -> Outcome:
    for number in ("1,234", "1_000", "0x1F", "1.234,5"):
        outcome = kept(total_visits=number)
    return outcome


@case("I49-digits of other scripts")
def _() -> Outcome:
    full_width = "".join(chr(0xFF10 + digit) for digit in (1, 2))
    arabic = "\u0663"
    content = csv_file(lead(1, total_visits=full_width), lead(2, total_visits=arabic), lead(3))
    outcome = accepted(content, "TEXT_NORMALISED")
    # Arabic-Indic digits have no other form: cleaning quarantines them as no number.
    assert outcome.column("total_visits") == ["12", arabic, "3"]
    assert outcome.warned("TEXT_NORMALISED").message.startswith("1 cells")
    return outcome


@case("I50-units")
def _() -> Outcome:
    return kept(total_visits="12 min", page_views_per_visit="$5", total_time_on_website="10 %")


@case("I51-words for yes and no")
def _() -> Outcome:
    for word in ("yes", "Y", "TRUE", "1", "1.0", "oui", ""):
        outcome = kept(do_not_email=word)
    return outcome


@case("I52-strange outcomes")
def _() -> Outcome:
    outcomes = ["0", "1", "True", "1 ", "2", "-1", "", "1.0", "2", "0"]
    content = csv_file(*(lead(i, converted=word) for i, word in enumerate(outcomes)))
    outcome = refused(content, "TARGET_VALUES", purpose=Purpose.TRAIN)
    seen = {fault.line: fault.value for fault in outcome.refused}
    assert seen == {4: "True", 5: "1 ", 6: "2", 7: "-1", 8: "", 9: "1.0"}
    sound = csv_file(*(lead(i, converted=str(i % 2)) for i in range(3)))
    assert accepted(sound, purpose=Purpose.TRAIN).column("converted") == ["0", "1", "0"]
    # A row that is held back anyway does not refuse the file.
    short = sound + b"lead-9,x\n"
    held_back(short, {5: "FIELD_COUNT"}, rows=3, purpose=Purpose.TRAIN)
    return outcome


@case("I53-unseen category")
def _() -> Outcome:
    return kept(lead_source="Carrier pigeon")


@case("I54-blanks and case of categories")
def _() -> Outcome:
    return kept(lead_source="google ", lead_origin=" api")


@case("I55-look-alikes and invisible characters")
def _() -> Outcome:
    hidden = "Goo\u200bgle\u202e"
    content = csv_file(lead(1, lead_source=hidden), lead(2, city="\uff2dumbai"), lead(3))
    outcome = accepted(content, "TEXT_NORMALISED")
    assert outcome.column("lead_source")[0] == "Google"
    assert outcome.column("city")[1] == "Mumbai"
    warned = outcome.warned("TEXT_NORMALISED")
    assert warned.message.startswith("2 cells")
    assert (warned.line, warned.column) == (2, "Lead Source")
    return outcome


@case("I56-ids that are missing, repeated or long")
def _() -> Outcome:
    rows = [lead(1, prospect_id=""), lead(2), lead(2), lead(4, prospect_id="x" * 10_000)]
    outcome = accepted(csv_file(*rows), rows=4)
    assert outcome.column("prospect_id") == ["", "lead-2", "lead-2", "x" * 10_000]
    return outcome


@case("I57-ids to the letter")
def _() -> Outcome:
    ids = ["00123", "1E5", " 7 ", "\uff11\u200b", "1,5", "é"]
    rows = [lead(i, prospect_id=id_, lead_number=id_) for i, id_ in enumerate(ids)]
    for delimiter in (",", ";"):
        outcome = take(csv_file(*rows, delimiter=delimiter))
        assert outcome.column("prospect_id") == outcome.column("lead_number") == ids
    return outcome


@case("I58-formulas")
def _() -> Outcome:
    for formula in ('=HYPERLINK("x")', "+cmd|'/c calc'!A1", "-2+3", "@SUM(A1)", "\t=1+1"):
        outcome = kept(city=formula)
    return outcome


@case("I59-markup")
def _() -> Outcome:
    for markup in ("<script>alert(1)</script>", '"><img onerror=x>', "{{7*7}}", "${jndi:ldap://x}"):
        outcome = kept(city=markup)
    return outcome


@case("I60-SQL")
def _() -> Outcome:
    return kept(city="'; DROP TABLE leads; --", country="1 OR 1=1")


def parquet(table: pa.Table, **how: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **how)
    return out.getvalue()


def lead_table(**columns: Any) -> pa.Table:
    texts = {name: [row[name] for row in (lead(1), lead(2), lead(3))] for name in HEADER}
    return pa.table(texts | {LONG.get(name, name): values for name, values in columns.items()})


LONG = {"prospect_id": "Prospect ID", "visits": "TotalVisits", "pages": "Page Views Per Visit",
        "converted": "Converted", "city": "City", "email": "Do Not Email"}  # fmt: skip


@case("I66-Parquet")
def _() -> Outcome:
    typed = lead_table(
        prospect_id=pa.array([7, 8, 9]),
        visits=pa.array([3.0, None, float("nan")]),
        pages=pa.array([Decimal("1.50"), None, Decimal("-2.25")]),
        converted=pa.array([0, 1, 0], pa.int8()),
        city=pa.array(["Zürich", None, "\uff2d"]).dictionary_encode(),
        email=pa.array([True, False, None]),
    )
    outcome = accepted(parquet(typed, row_group_size=1), "TEXT_NORMALISED", purpose=Purpose.TRAIN)
    assert outcome.lines == [2, 3, 4]
    assert outcome.column("prospect_id") == ["7", "8", "9"]
    assert outcome.column("total_visits") == ["3", None, None]
    assert outcome.column("page_views_per_visit") == ["1.50", None, "-2.25"]
    assert outcome.column("converted") == ["0", "1", "0"]
    assert outcome.column("city") == ["Zürich", None, "M"]
    assert outcome.column("do_not_email") == ["true", "false", None]

    wrong = lead_table(
        prospect_id=pa.array([1.0, 2.0, 3.0]),
        visits=pa.array([[1], [2], [3]]),
        city=pa.array([b"a", b"b", b"c"]),
        pages=pa.array([0, 1, 2], pa.timestamp("s")),
    )
    diff = refused(parquet(wrong), "PARQUET_SCHEMA")
    assert {fault.column: fault.value for fault in diff.refused} == {
        "Prospect ID": "double", "TotalVisits": "list<element: int64>",
        "City": "binary", "Page Views Per Visit": "timestamp[ms]",
    }  # fmt: skip
    whole = parquet(lead_table())
    assert accepted(whole, name="renamed.csv").rows == take(csv_file()).rows
    refused(whole[:-100], "PARQUET_UNREADABLE")
    refused(whole[:50] + whole[-50:], "PARQUET_UNREADABLE")
    refused(b"PARE" + whole[4:-4] + b"PARE", "PARQUET_UNREADABLE")
    refused(parquet(lead_table().drop_columns(["City"])), "MISSING_COLUMN")
    refused(parquet(lead_table().slice(0, 0)), "NO_ROWS")
    nul = lead_table(city=["a", "b\0", "c"])
    held = held_back(parquet(nul), {3: "CONTROL_CHAR"}, rows=2)
    assert json.loads(held.faults[0].raw)["Prospect ID"] == "lead-2"
    return outcome


@case("I66-JSON lines")
def _() -> Outcome:
    rows = [lead(1), lead(2, city="Zürich"), lead(3)]
    sound = "\n".join(json.dumps(row) for row in rows)
    outcome = accepted(sound.encode(), name="leads.jsonl")
    assert outcome.rows[1]["city"] == "Zürich"
    assert outcome.lines == [1, 2, 3]
    bad = [
        '{"Prospect ID": "a", "Prospect ID": "b"}',
        '{"Prospect ID": "a", "TotalVisits": NaN}',
        '{"Prospect ID": "a", "City": {"name": "x"}}',
        '{"Prospect ID": "a", "City": ["x"]}',
        '{"Prospect ID": "a",}',
        '{"Prospect ID": "a", "prospect_id": "b"}',
        '{"Prospect ID": "\\ud800"}',
        '["a"]',
        "[" * 100_000,
        "null",
    ]
    mixed = sound + "\n\n" + "\n".join(bad)
    lines = dict.fromkeys(range(5, 5 + len(bad)), "JSON_VALUE")
    held_back(mixed.encode(), lines, rows=3)
    numbers = '{"TotalVisits": 1e400, "Page Views Per Visit": 2.50, "City": null, "NEW": 1}'
    spelled = json.dumps(lead(1)) + "\n" + numbers[:-1] + ', "Prospect ID": 12345678901234567890}'
    exact = accepted(spelled.encode(), "UNKNOWN_COLUMN", rows=2)
    assert exact.rows[1]["total_visits"] == "1e400"
    assert exact.rows[1]["page_views_per_visit"] == "2.50"
    assert exact.rows[1]["prospect_id"] == "12345678901234567890"
    assert exact.rows[1]["city"] is None
    refused(b'{\n "Prospect ID": "a"\n}', "JSON_UNREADABLE")
    refused(b'{"leads": []}', "JSON_UNREADABLE")
    refused(b'{"Prospect ID": "a"}', "MISSING_COLUMN")
    refused(b'{"a": 1}', "HEADER_NOT_RECOGNISED")
    return outcome


@case("I67-three bad rows of a hundred")
def _() -> Outcome:
    lines = csv_file(*(lead(i) for i in range(100))).decode().splitlines()
    lines[10] += ",x"
    lines[50] = lines[50].replace("Google", "Goo\0gle")
    lines[99] = lines[99].replace("Google", '"Google')
    content = "\n".join(lines).encode()
    faults = {11: "FIELD_COUNT", 51: "CONTROL_CHAR", 100: "QUOTE"}
    outcome = held_back(content, faults, rows=97)
    assert outcome.lines == [n for n in range(2, 102) if n not in faults]
    # Mended and sent again, the rows held back make up the total.
    mended = [
        lines[0],
        *(lines[n - 1].removesuffix(",x").replace("\0", "").replace('"', "") for n in faults),
    ]
    assert len(accepted("\n".join(mended).encode()).rows) + len(outcome.rows) == 100
    return outcome


@case("I68-far from training")
def _() -> Outcome:
    return kept(total_visits="99999", country="Atlantis")
