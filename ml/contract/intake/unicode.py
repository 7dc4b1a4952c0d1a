"""One spelling for characters that look alike: NFKC without invisible format characters."""

from __future__ import annotations

import unicodedata


def without_format_characters(text: str) -> str:
    """Text without zero-width, direction and other characters of Unicode's category Cf."""
    if text.isascii():
        return text
    return "".join(letter for letter in text if unicodedata.category(letter) != "Cf")


def normalise(text: str) -> str:
    """Text in NFKC without format characters; ASCII stays as it is.

    Examples
    --------
    >>> normalise(chr(0xFF13) + " visits" + chr(0x200B))
    '3 visits'
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", without_format_characters(text))
