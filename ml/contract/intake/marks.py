"""Which encoding a byte order mark announces."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from ml.contract.faults import Fault, Rule
from ml.contract.intake.saying import warning

_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SAVE_AS_UTF8 = "save the file as UTF-8"


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """How to read a file's bytes as text.

    Parameters
    ----------
    codec : str
        Python's name of the encoding.
    skip : int
        Bytes of byte order marks at the start.
    warnings : tuple of Fault
        What a person should know about it.
    """

    codec: str
    skip: int = 0
    warnings: tuple[Fault, ...] = ()


def marked(head: bytes) -> Encoding | None:
    """The encoding that a byte order mark announces, if there is one."""
    for mark, codec in _MARKS:
        if head.startswith(mark):
            skip = len(mark)
            while head.startswith(mark, skip):
                skip += len(mark)
            return Encoding(codec=codec, skip=skip, warnings=_mark_warnings(codec, skip, mark))
    return None


def _mark_warnings(codec: str, skip: int, mark: bytes) -> tuple[Fault, ...]:
    warnings = []
    if skip > len(mark):
        message = f"the file begins with {skip // len(mark)} byte order marks; expected at most 1"
        hint = "nothing to do; they were removed"
        warnings.append(warning(Rule.BYTE_ORDER_MARK, message, hint, line=1))
    if codec != "utf-8":
        message = f"the file is {codec.upper()}; it was read as such"
        warnings.append(warning(Rule.TRANSCODED, message, SAVE_AS_UTF8, line=1))
    return tuple(warnings)
