"""Telling Windows-1252 from the other encodings that are not UTF-8.

Every byte string decodes as some Western text, so decoding proves nothing. What tells is
how bytes above 127 stand: in Western words they are single letters among ASCII letters
("Müller"); in Shift-JIS, GBK, Cyrillic and Greek files they come in runs or as rare signs.
"""

from __future__ import annotations

import re
from typing import BinaryIO

_CHUNK = 1 << 20
_ENOUGH_RUNS = 20_000
_NEEDED_SHARE = 0.9
_UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_RUN = re.compile(rb"([A-Za-z]?)([\x80-\xff]+)(?=([A-Za-z]?))")
#: S, Z, OE and Y with their marks, and the letters of Latin-1.
_LETTERS = frozenset(b"\x8a\x8c\x8e\x9a\x9c\x9e\x9f") | frozenset(range(0xC0, 0x100))
#: Euro, dots, quotes, dashes, trade mark; the common signs of Latin-1.
_SIGNS = frozenset(
    b"\x80\x84\x85\x91\x92\x93\x94\x95\x96\x97\x99"
    b"\xa0\xa1\xa3\xa7\xa9\xaa\xab\xae\xb0\xb2\xb3\xb4\xb5\xb7\xba\xbb\xbc\xbd\xbe\xbf"
)
#: Opening and double quotes, bullets.
_NEVER_INSIDE_WORDS = frozenset(b"\x84\x91\x93\x94\x95")


def is_western(source: BinaryIO) -> bool:
    """Whether a file that is not UTF-8 reads as Windows-1252.

    Parameters
    ----------
    source : binary stream
        Read from its start.

    Returns
    -------
    bool
        True if every byte is defined and nine in ten runs of non-ASCII bytes look Western.
    """
    source.seek(0)
    plausible = seen = 0
    while chunk := source.read(_CHUNK):
        if chunk.isascii():
            continue
        if _UNDEFINED.search(chunk):
            return False
        for run in _RUN.finditer(chunk) if seen < _ENOUGH_RUNS else ():
            seen += 1
            plausible += _looks_western(*run.groups())
    return plausible >= _NEEDED_SHARE * seen


def _looks_western(before: bytes, run: bytes, after: bytes) -> bool:
    if len(run) == 1:
        inside_word = bool(before and after)
        return run[0] in _LETTERS | _SIGNS and not (inside_word and run[0] in _NEVER_INSIDE_WORDS)
    if len(run) == 2 and _LETTERS.issuperset(run):
        return bool(before or after)
    return len(run) <= 3 and _SIGNS.issuperset(run)
