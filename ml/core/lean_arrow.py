"""pyarrow without pandas, which it imports at its first array, only to know its types if they come.

That is half a second and 40 MB in every process that only scores. Who hands pandas' own objects
to pyarrow must not call this in the same process.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

import pyarrow as pa


class _NoPandas(MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Nothing is found anywhere else for pandas; other modules are not ours."""
        if name == "pandas":
            raise ModuleNotFoundError("pandas is not wanted here", name=name)
        return None


def leave_pandas_out() -> None:
    """Let pyarrow make its first array without pandas; nothing where pandas is there already.

    Who imports pandas later gets it, and so does `to_pandas`.
    """
    if "pandas" in sys.modules:
        return
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(finder)
