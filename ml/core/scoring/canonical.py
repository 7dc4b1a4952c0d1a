"""JSON whose bytes depend on nothing but its content."""

from __future__ import annotations

import json
from typing import Any


def to_bytes(value: Any) -> bytes:
    r"""Canonical JSON: sorted keys, no blanks, numbers that read back exactly, never NaN.

    Examples
    --------
    >>> to_bytes({"b": 0.1, "a": None})
    b'{"a":null,"b":0.1}\n'
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode() + b"\n"


def from_bytes(content: bytes) -> Any:
    """The value that JSON bytes hold; NaN and infinity are refused with a ValueError."""
    return json.loads(content.decode("utf-8"), parse_constant=_refuse)


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not JSON")
