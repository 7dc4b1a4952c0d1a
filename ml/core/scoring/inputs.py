"""The hash of what a scorer was given."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson


def inputs_sha256(cells: Mapping[str, Any]) -> str:
    """Hash of a lead's raw cells; their order does not matter.

    Parameters
    ----------
    cells : mapping of str to str, number, bool or None
        By column name.

    Examples
    --------
    >>> inputs_sha256({"a": 1, "b": "x"}) == inputs_sha256({"b": "x", "a": 1})
    True
    """
    return hashlib.sha256(orjson.dumps(cells, option=orjson.OPT_SORT_KEYS)).hexdigest()
