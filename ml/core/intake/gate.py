"""Opening a file: what it is, in which encoding, and whether its columns are ours."""

from __future__ import annotations

import os
from typing import BinaryIO

from ml.contract.faults import Fault, Rule
from ml.contract.intake.containers import HEAD_BYTES, Form, recognise, refuse_binary
from ml.contract.intake.limits import Limits
from ml.contract.intake.marks import Encoding, marked
from ml.contract.intake.reading import Reading
from ml.contract.intake.saying import megabytes, refusal, warning
from ml.contract.moments import Moment
from ml.contract.names import Purpose
from ml.contract.use_case import UseCase
from ml.core.intake.admission import Admission
from ml.core.intake.blocks import Blocks
from ml.core.intake.delimited import Delimited, refuse_wide
from ml.core.intake.encodings import Utf8Stream, decide
from ml.core.intake.gunzip import gunzip
from ml.core.intake.json_lines import JsonLines
from ml.core.intake.parquet import ParquetRows

_UNNAMED = "the file"
#: Enough of a text file to see a header that is far too wide, before anything else is read.
_HEADER_BYTES = 1 << 20


def admit(
    source: BinaryIO,
    *,
    use_case: UseCase,
    purpose: Purpose,
    moment: Moment,
    limits: Limits | None = None,
    name: str = "",
) -> Admission:
    """Let a file in, or refuse it with every reason.

    Parameters
    ----------
    source : binary stream
        Seekable, read from its start; CSV in any encoding and with any usual delimiter,
        Parquet, JSON lines, each also inside gzip. It stays open while parts are read.
    use_case : UseCase
        Whose columns are expected.
    purpose : Purpose
        To train, the file must hold the outcome; to score, the outcome is ignored.
    moment : Moment
        Columns that are known only later are ignored.
    limits : Limits, optional
        Sizes to keep to; by default only those of lines, cells, columns and unpacked data.
    name : str, default=''
        What messages call the file.

    Returns
    -------
    Admission
        Its `parts()` give the rows.

    Raises
    ------
    InputRefused
        If the file as a whole cannot be read as leads; further reasons can come up, and are
        raised, while the parts are read.
    """
    reading = Reading(
        use_case=use_case,
        purpose=purpose,
        moment=moment,
        limits=limits or Limits(),
        name=name or _UNNAMED,
    )
    size = source.seek(0, os.SEEK_END)
    _refuse_size(size, reading)
    return _open(source, size, reading, ())


def _refuse_size(size: int, reading: Reading) -> None:
    if size == 0:
        raise refusal(
            Rule.EMPTY_FILE,
            f"{reading.name} has no bytes; expected a header and rows",
            "export the leads again",
        )
    limit = reading.limits.bytes
    if limit is not None and size > limit:
        raise refusal(
            Rule.TOO_LARGE,
            f"{reading.name} has {megabytes(size)}; expected at most {megabytes(limit)}",
            "split the file, or read it with the command line, which has no such limit",
        )


def _open(source: BinaryIO, size: int, reading: Reading, told: tuple[Fault, ...]) -> Admission:
    source.seek(0)
    head = source.read(HEAD_BYTES)
    encoding = marked(head)
    if encoding is not None:
        head = head[encoding.skip :].decode(encoding.codec, errors="ignore").encode()
    form = recognise(head, reading.name)
    if form is Form.GZIP:
        return _open_gzip(source, size, reading, told)
    if form is Form.PARQUET:
        rows = ParquetRows(source, reading)
        return Admission(rows, reading, form=form, encoding="", told=told)
    if encoding is None:
        refuse_binary(head, reading.name)
    return _open_text(source, form, encoding, reading, told)


def _open_gzip(source: BinaryIO, size: int, reading: Reading, told: tuple[Fault, ...]) -> Admission:
    if told:
        raise refusal(
            Rule.COMPRESSED,
            f"{reading.name} is gzip inside gzip; expected one layer at most",
            "unzip it first and send the CSV inside",
        )
    source.seek(0)
    content = gunzip(source, size=size, limits=reading.limits, name=reading.name)
    message = f"the file was compressed with gzip; {megabytes(size)} were unpacked"
    warned = warning(Rule.COMPRESSED, message, "nothing to do")
    unpacked = content.getbuffer().nbytes
    if unpacked == 0:
        _refuse_size(unpacked, reading)
    return _open(content, unpacked, reading, (warned,))


def _open_text(
    source: BinaryIO,
    form: Form,
    encoding: Encoding | None,
    reading: Reading,
    told: tuple[Fault, ...],
) -> Admission:
    source.seek(0)
    head = source.read(_HEADER_BYTES)
    if form is Form.CSV and encoding is None:
        refuse_wide(head, reading)
    encoding = decide(source, head, reading.name)
    blocks = Blocks(
        Utf8Stream(source, encoding, reading.name).read,
        line_bytes=reading.limits.line_bytes,
        name=reading.name,
    )
    rows = Delimited(blocks, reading) if form is Form.CSV else JsonLines(blocks, reading)
    return Admission(
        rows, reading, form=form, encoding=encoding.codec, told=(*told, *encoding.warnings)
    )
