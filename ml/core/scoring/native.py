"""Finds the shared library inside an installed wheel, without importing the wheel's package.

Importing LightGBM or XGBoost costs one to two seconds and pulls in SciPy, pandas and
scikit-learn where they are installed; their C libraries need none of it.
"""

from __future__ import annotations

import ctypes
from importlib.util import find_spec
from pathlib import Path

from ml.contract.errors import DependencyUnavailable


def native_library(package: str, stem: str) -> ctypes.CDLL:
    """The library `lib/<stem>.*` of an installed package.

    Raises
    ------
    DependencyUnavailable
        If the package is not installed, or carries no such library.
    """
    spec = find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    found = [file for folder in folders for file in Path(folder).glob(f"lib/{stem}.*")]
    if not found:
        raise DependencyUnavailable(f"{package}'s library is not installed; run: make setup")
    return ctypes.CDLL(str(found[0]))
