"""The head alone says of a file what reading all of it would say."""

from io import BytesIO

import pytest

from ml.contract.errors import InputRefused
from ml.contract.faults import Rule
from ml.contract.intake.head import check_head
from ml.contract.intake.limits import Limits
from ml.contract.intake.reading import Reading
from ml.contract.names import Purpose
from ml.core.intake import admit
from ml.use_cases import find

USE_CASE = find("lead_conversion")
MOMENT = USE_CASE.moments[-1]
NAMES = [column.source for column in USE_CASE.schema.columns]
ROW = ",".join("1" for _ in NAMES)
GOOD = (",".join(NAMES) + "\n" + ROW + "\n").encode()


def _reading():
    return Reading(
        use_case=USE_CASE, purpose=Purpose.TRAIN, moment=MOMENT, limits=Limits(), name="the file"
    )


ACCEPTED = {
    "plain": GOOD,
    "byte order mark": b"\xef\xbb\xbf" + GOOD,
    "UTF-16": b"\xff\xfe" + GOOD.decode().encode("utf-16-le"),
    "semicolons": GOOD.replace(b",", b";"),
    "Excel's own sign": b"sep=;\n" + GOOD.replace(b",", b";"),
    "blank lines first": b"\n \n" + GOOD,
    "quoted names": (",".join(f'"{name}"' for name in NAMES) + "\n" + ROW).encode(),
    "trailing delimiters": GOOD.replace(b"\n", b",,\n"),
}
REFUSED = {
    Rule.EMPTY_FILE: b"",
    Rule.NO_HEADER: b"\n\n  \n",
    Rule.HEADER_NOT_RECOGNISED: b"first name,last name\na,b\n",
    Rule.MISSING_COLUMN: ",".join(NAMES[:-3]).encode() + b"\n",
    Rule.DUPLICATE_COLUMN: GOOD.replace(b"\n", f",{NAMES[0]}\n".encode(), 1),
    Rule.BLANK_COLUMN: GOOD.replace(NAMES[3].encode(), b"", 1),
    Rule.TOO_MANY_COLUMNS: ",".join(f"c{i}" for i in range(10_000)).encode(),
    Rule.NOT_CSV_XLSX: b"PK\x03\x04workbook",
    Rule.NOT_CSV: b"<!doctype html><html>",
    Rule.ENCODING: GOOD.decode().encode("utf-16-le"),
}


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED)
def test_a_good_head_gives_the_header_that_the_whole_file_gives(text):
    whole = admit(BytesIO(text), use_case=USE_CASE, purpose=Purpose.TRAIN, moment=MOMENT)
    assert check_head(text, _reading()).names == whole.header.names


@pytest.mark.parametrize(("rule", "text"), REFUSED.items())
def test_a_bad_head_is_refused_by_the_rule_that_refuses_the_whole_file(rule, text):
    with pytest.raises(InputRefused) as whole:
        admit(BytesIO(text), use_case=USE_CASE, purpose=Purpose.TRAIN, moment=MOMENT)
    with pytest.raises(InputRefused) as head:
        check_head(text, _reading())
    assert rule in {fault.rule for fault in head.value.faults}
    assert {f.rule for f in head.value.faults} == {f.rule for f in whole.value.faults}


@pytest.mark.parametrize("head", [b"PAR1....", b"\x1f\x8b\x08....", b'{"Prospect ID": "1"}\n'])
def test_forms_whose_columns_lie_further_inside_are_left_to_the_job(head):
    assert check_head(head, _reading()) is None
