"""Which encoding a file is in: decided over all its bytes before a single cell is read."""

from __future__ import annotations

import codecs
from typing import BinaryIO

from ml.contract.errors import InputRefused
from ml.contract.faults import Rule
from ml.contract.intake.marks import SAVE_AS_UTF8, Encoding, marked
from ml.contract.intake.saying import refusal, warning
from ml.core.intake.western import is_western

_CHUNK = 1 << 20


def decide(source: BinaryIO, head: bytes, name: str) -> Encoding:
    """The encoding of a whole file: by its mark, else UTF-8, else Windows-1252 if it reads as such.

    Parameters
    ----------
    source : binary stream
        Seekable; its position is not kept.
    head : bytes
        The first bytes of the file.
    name : str
        What messages call the file.

    Raises
    ------
    InputRefused
        ENCODING with byte offset and line of the first byte that cannot be read.
    """
    encoding = marked(head) or Encoding(codec="utf-8")
    if encoding.codec != "utf-8":
        return encoding
    offset = _first_flaw(source, encoding.skip)
    if offset is None:
        return encoding
    line, byte = _place(source, offset)
    if encoding.skip == 0 and is_western(source):
        message = f"byte 0x{byte:02X} is not UTF-8; the file was read as Windows-1252"
        hint = f"check the accents on this line, or {SAVE_AS_UTF8}"
        return Encoding(
            codec="cp1252", warnings=(warning(Rule.TRANSCODED, message, hint, line=line),)
        )
    raise unreadable(name, "utf-8", offset, byte, line)


def unreadable(name: str, codec: str, offset: int, byte: int, line: int) -> InputRefused:
    """The refusal of a file with a byte that its encoding does not know."""
    return refusal(
        Rule.ENCODING,
        f"{name} holds byte 0x{byte:02X} at offset {offset}, which is not {codec.upper()}, and "
        "the text does not read as a Western European encoding either",
        SAVE_AS_UTF8,
        line=line,
    )


def _first_flaw(source: BinaryIO, start: int) -> int | None:
    """Offset of the first byte that is not UTF-8."""
    source.seek(start)
    decoder, offset = codecs.getincrementaldecoder("utf-8")(), start
    while True:
        chunk = source.read(_CHUNK)
        pending = decoder.getstate()[0]
        if pending or not chunk.isascii():
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return offset - len(pending) + error.start
        if not chunk:
            return None
        offset += len(chunk)


def _place(source: BinaryIO, offset: int) -> tuple[int, int]:
    """Line (from 1) and value of the byte at an offset."""
    source.seek(0)
    line, before, left = 1, b"", offset
    while left:
        chunk = source.read(min(_CHUNK, left))
        line += count_breaks(chunk) - (before == b"\r" and chunk.startswith(b"\n"))
        before, left = chunk[-1:], left - len(chunk)
    return line, source.read(1)[0]


def count_breaks(text: bytes) -> int:
    r"""Line ends in a text: LF, CR LF or a lone CR.

    Examples
    --------
    >>> count_breaks(b"a\nb\r\nc\rd")
    3
    """
    breaks = text.count(b"\n")
    return breaks + text.count(b"\r") - text.count(b"\r\n") if b"\r" in text else breaks


class Utf8Stream:
    """A file's text as UTF-8 bytes, whatever encoding it came in.

    Parameters
    ----------
    source : binary stream
        Seekable.
    encoding : Encoding
        As `decide` found it.
    name : str
        What messages call the file.
    """

    def __init__(self, source: BinaryIO, encoding: Encoding, name: str) -> None:
        self._source, self._encoding, self._name = source, encoding, name
        self._offset = source.seek(encoding.skip)
        plain = encoding.codec == "utf-8"
        self._decoder = None if plain else codecs.getincrementaldecoder(encoding.codec)()
        self._lines = 1

    def read(self, size: int) -> bytes:
        """About `size` bytes; none at the end.

        Raises
        ------
        InputRefused
            ENCODING if the bytes are not what their mark promised.
        """
        while True:
            chunk = self._source.read(size)
            text = chunk if self._decoder is None else self._transcode(chunk, self._decoder)
            if text or not chunk:
                return text

    def _transcode(self, chunk: bytes, decoder: codecs.IncrementalDecoder) -> bytes:
        pending: bytes = decoder.getstate()[0]
        try:
            text = decoder.decode(chunk, final=not chunk).encode()
        except UnicodeDecodeError as error:
            place = self._offset - len(pending) + error.start
            line = self._lines + error.object[: error.start].decode(
                self._encoding.codec, errors="ignore"
            ).count("\n")
            byte = error.object[error.start]
            raise unreadable(self._name, self._encoding.codec, place, byte, line) from None
        self._offset += len(chunk)
        self._lines += count_breaks(text)
        return text
