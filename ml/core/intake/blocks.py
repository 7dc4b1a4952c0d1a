"""A text stream as blocks of whole physical lines, with memory that does not grow."""

from __future__ import annotations

from collections.abc import Callable

from ml.contract.faults import Rule
from ml.contract.intake.saying import megabytes, refusal
from ml.core.intake.encodings import count_breaks

#: Text read at a time: large enough for vectors to pay, small enough to hold several.
BLOCK_BYTES = 2 << 20


class Blocks:
    """Whole lines of a stream; what a reader does not use stays for the next block.

    Parameters
    ----------
    read : callable
        Gives about so many bytes of UTF-8 text, none at the end.
    line_bytes : int
        Longest line.
    name : str
        What messages call the file.
    size : int, default=2 MiB
        Bytes per block; more is a little faster and costs memory.

    Attributes
    ----------
    line : int
        Physical line on which the block begins, from 1. Lines end in LF, CR LF or a lone CR.
    final : bool
        Whether the stream has ended.
    """

    def __init__(
        self, read: Callable[[int], bytes], *, line_bytes: int, name: str, size: int = BLOCK_BYTES
    ) -> None:
        self._read, self._line_bytes, self._name, self._size = read, line_bytes, name, size
        self._text = b""
        self._at = self._whole = 0
        self.line = 1
        self.final = False

    def grow(self) -> None:
        """Read on.

        Raises
        ------
        InputRefused
            LINE_TOO_LONG if a line does not end within the limit.
        """
        chunk = self._read(self._size)
        known = self._whole - self._at
        self._text = self._text[self._at :] + chunk
        self._at, self.final = 0, not chunk
        # A CR at the very end waits for the next chunk: CR LF must not be torn apart.
        end = max(self._text.rfind(b"\n", known), self._text.rfind(b"\r", known, -1)) + 1
        self._whole = len(self._text) if self.final else max(known, end)
        if len(self._text) - self._whole > self._line_bytes:
            raise line_too_long(self.line + count_breaks(self.text()), self._line_bytes, self._name)

    def text(self) -> bytes:
        """The whole lines at hand."""
        return self._text[self._at : self._whole]

    def use(self, count: int) -> None:
        """Leave the first `count` bytes behind."""
        self.line += count_breaks(self._text[self._at : self._at + count])
        self._at += count


def line_too_long(line: int, limit: int, name: str) -> Exception:
    """The refusal of a file with a line beyond the limit."""
    return refusal(
        Rule.LINE_TOO_LONG,
        f"line {line} of {name} does not end within {megabytes(limit)}; expected one row per line",
        "check that rows end in line breaks and that quotes are closed",
        line=line,
    )
