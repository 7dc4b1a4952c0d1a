"""What a scorer was given, as it is kept and hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import orjson


class KeptCells(Mapping[str, Any]):
    """Raw cells of a lead as JSON, in the order of their names.

    Nobody reads them between a score and its store: bytes are written as they are, and wait in a
    tenth of the memory.

    Parameters
    ----------
    cells : mapping of str to str, number, bool or None
        By column name.

    Examples
    --------
    >>> kept = KeptCells({"b": "x", "a": 1})
    >>> kept.json, kept["b"], kept == {"a": 1, "b": "x"}
    (b'{"a":1,"b":"x"}', 'x', True)
    """

    __slots__ = ("json",)

    def __init__(self, cells: Mapping[str, Any]) -> None:
        self.json = orjson.dumps(cells, option=orjson.OPT_SORT_KEYS)

    def __getitem__(self, name: str) -> Any:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def _read(self) -> dict[str, Any]:
        cells: dict[str, Any] = orjson.loads(self.json)
        return cells


def as_json(value: object) -> orjson.Fragment:
    """Cells that are JSON already, for `orjson.dumps(..., default=as_json)`."""
    if isinstance(value, KeptCells):
        return orjson.Fragment(value.json)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def inputs_sha256(cells: Mapping[str, Any]) -> str:
    """Hash of a lead's raw cells, as `KeptCells` takes them; their order does not matter.

    Examples
    --------
    >>> inputs_sha256({"a": 1, "b": "x"}) == inputs_sha256({"b": "x", "a": 1})
    True
    """
    kept = cells if isinstance(cells, KeptCells) else KeptCells(cells)
    return hashlib.sha256(kept.json).hexdigest()
