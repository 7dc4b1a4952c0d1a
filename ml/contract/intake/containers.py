"""What kind of file the first bytes announce, whatever its name says."""

from __future__ import annotations

import re
from enum import StrEnum

from ml.contract.errors import InputRefused
from ml.contract.faults import Rule
from ml.contract.intake.saying import refusal

#: Bytes that are enough to tell.
HEAD_BYTES = 4096

_SAVE_AS_CSV = "open it in the program that made it and save it as CSV (UTF-8)"
_EXPORT_AGAIN = "export the leads again as CSV, Parquet or JSON lines"
_UNPACK = "unpack it first and send the CSV inside"
_FOREIGN: tuple[tuple[bytes, Rule, str, str], ...] = (
    (b"PK\x03\x04", Rule.NOT_CSV_XLSX, "an Excel workbook or zip archive", _SAVE_AS_CSV),
    (b"PK\x05\x06", Rule.NOT_CSV_XLSX, "an empty zip archive", _SAVE_AS_CSV),
    (b"\xd0\xcf\x11\xe0", Rule.NOT_CSV_XLSX, "an old Excel or Word file", _SAVE_AS_CSV),
    (b"BZh", Rule.COMPRESSED, "compressed with bzip2", _UNPACK),
    (b"\xfd7zXZ", Rule.COMPRESSED, "compressed with xz", _UNPACK),
    (b"\x28\xb5\x2f\xfd", Rule.COMPRESSED, "compressed with zstd", _UNPACK),
    (b"7z\xbc\xaf", Rule.COMPRESSED, "a 7z archive", _UNPACK),
    (b"Rar!", Rule.COMPRESSED, "a RAR archive", _UNPACK),
    (b"%PDF", Rule.NOT_CSV, "a PDF document", _EXPORT_AGAIN),
    (b"\x89PNG", Rule.NOT_CSV, "a PNG picture", _EXPORT_AGAIN),
    (b"\xff\xd8\xff", Rule.NOT_CSV, "a JPEG picture", _EXPORT_AGAIN),
    (b"GIF8", Rule.NOT_CSV, "a GIF picture", _EXPORT_AGAIN),
    (b"ORC", Rule.NOT_CSV, "an ORC table", _EXPORT_AGAIN),
    (b"Obj\x01", Rule.NOT_CSV, "an Avro table", _EXPORT_AGAIN),
    (b"SQLite format 3", Rule.NOT_CSV, "an SQLite database", _EXPORT_AGAIN),
    (b"\x7fELF", Rule.NOT_CSV, "a program", _EXPORT_AGAIN),
    (b"MZ\x90", Rule.NOT_CSV, "a program", _EXPORT_AGAIN),
    (b"PARE", Rule.PARQUET_UNREADABLE, "an encrypted Parquet file", "write it unencrypted"),
)
_MARKUP = re.compile(rb"<[!?a-zA-Z]")
_JSON_ARRAY = re.compile(rb"\[\s*[\[{\]\"0-9]")
_BLANKS = b" \t\r\n"
_CONTROLS = bytes(set(range(32)) - {9, 10, 13}) + b"\x7f"


class Form(StrEnum):
    """Kinds of file that intake reads."""

    CSV = "CSV"
    JSON_LINES = "JSON lines"
    PARQUET = "Parquet"
    GZIP = "gzip"


def recognise(head: bytes, name: str) -> Form:
    """The form of a file by its first bytes.

    Parameters
    ----------
    head : bytes
        The first `HEAD_BYTES`, as they lie in the file.
    name : str
        What messages call the file.

    Raises
    ------
    InputRefused
        If the bytes are those of something that holds no lead rows as text.

    Examples
    --------
    >>> recognise(b"Prospect ID,Lead Origin", "leads.csv").value
    'CSV'
    """
    if head.startswith(b"PAR1"):
        return Form.PARQUET
    if head.startswith(b"\x1f\x8b"):
        return Form.GZIP
    for magic, rule, what, hint in _FOREIGN:
        if head.startswith(magic):
            raise _foreign(name, rule, what, hint)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(_BLANKS)
    if _MARKUP.match(text):
        raise _foreign(name, Rule.NOT_CSV, "a web page or XML", f"log in and {_EXPORT_AGAIN}")
    if _JSON_ARRAY.match(text):
        raise _foreign(name, Rule.NOT_CSV, "a JSON array", "write one JSON object per line")
    return Form.JSON_LINES if text.startswith(b"{") else Form.CSV


def refuse_binary(head: bytes, name: str) -> None:
    """Refuse bytes that are no text in any encoding; call it once byte order marks are ruled out.

    Raises
    ------
    InputRefused
        ENCODING if every other byte is NUL, NOT_CSV if many bytes are control characters.
    """
    controls = len(head) - len(head.translate(None, _CONTROLS))
    nuls = max(head[::2].count(0), head[1::2].count(0))
    if nuls > 0.4 * (len(head) / 2) and nuls > 4:
        raise refusal(
            Rule.ENCODING,
            f"{name} looks like UTF-16 without a byte order mark: every other byte is NUL",
            "save it as UTF-8",
        )
    if controls > 0.1 * len(head):
        raise _foreign(name, Rule.NOT_CSV, "binary: many bytes are control codes", _EXPORT_AGAIN)


def _foreign(name: str, rule: Rule, what: str, hint: str) -> InputRefused:
    return refusal(rule, f"{name} is {what}; expected rows of text", hint)
