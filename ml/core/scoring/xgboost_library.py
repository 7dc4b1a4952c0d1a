"""XGBoost's own C library, without its Python package: the same sums, a fifth of the overhead.

Source: XGBoost's `include/xgboost/c_api.h`. Arrays travel as JSON that names their address
(NumPy's `__array_interface__`); results are 32-bit floats that belong to the calling thread.
"""

from __future__ import annotations

import ctypes as c
import threading
import weakref
from array import array
from functools import cache

import numpy as np

from ml.contract.errors import UntrustedPackage
from ml.core.columns import Floats
from ml.core.scoring.native import native_library

_SETTINGS = (
    '{"type":%d,"training":false,"iteration_begin":0,"iteration_end":0,'
    '"strict_shape":true,"missing":NaN,"cache_id":0}'
)
_VALUES, _CONTRIBUTIONS = ((_SETTINGS % kind).encode() for kind in (0, 2))


@cache
def library() -> c.CDLL:
    """The shared library that XGBoost's wheel carries."""
    loaded = native_library("xgboost", "libxgboost")
    loaded.XGBGetLastError.restype = c.c_char_p
    return loaded


def _check(code: int) -> None:
    if code != 0:
        reason = library().XGBGetLastError().decode("utf-8", "replace").strip()
        raise UntrustedPackage(f"XGBoost cannot use the model: {reason.splitlines()[0]}")


class _Proxy:
    """The library's view of a caller's array; making one takes longer than 100 trees."""

    def __init__(self) -> None:
        self.handle = c.c_void_p()
        _check(library().XGProxyDMatrixCreate(c.byref(self.handle)))
        weakref.finalize(self, library().XGDMatrixFree, self.handle)


class _ProxyOfThread(threading.local):
    """One proxy per thread, made when the thread first predicts."""

    def __init__(self) -> None:
        self.proxy = _Proxy()


class Booster:
    """Boosted trees of a model in XGBoost's JSON.

    Parameters
    ----------
    text : bytes
        The model.
    threads : int
        Threads that a call may use.

    Raises
    ------
    UntrustedPackage
        If the library cannot read the model.
    """

    def __init__(self, text: bytes, *, threads: int) -> None:
        lib, self._handle = library(), c.c_void_p()
        _check(lib.XGBoosterCreate(None, c.c_uint64(0), c.byref(self._handle)))
        weakref.finalize(self, lib.XGBoosterFree, self._handle)
        for name, value in (("verbosity", "0"), ("nthread", str(threads))):
            _check(lib.XGBoosterSetParam(self._handle, name.encode(), value.encode()))
        _check(lib.XGBoosterLoadModelFromBuffer(self._handle, text, c.c_uint64(len(text))))
        width = c.c_uint64()
        _check(lib.XGBoosterGetNumFeature(self._handle, c.byref(width)))
        self.width = width.value
        self._one = _interface(1, self.width)
        self._kinds = self._feature_kinds()
        self._of_thread = _ProxyOfThread()

    def _feature_kinds(self) -> c.Array[c.c_char_p]:
        """Which positions are levels: contributions need to be told, predictions know."""
        count, kinds = c.c_uint64(), c.POINTER(c.c_char_p)()
        _check(
            library().XGBoosterGetStrFeatureInfo(
                self._handle, b"feature_type", c.byref(count), c.byref(kinds)
            )
        )
        return (c.c_char_p * count.value)(*kinds[: count.value])

    def predict(self, matrix: Floats) -> Floats:
        """Predictions of many rows."""
        rows = np.ascontiguousarray(matrix, dtype=np.float64)
        described = _interface(*rows.shape) % rows.ctypes.data
        result = self._in_place(described)
        return np.ctypeslib.as_array(result, (len(rows),)).astype(np.float64)

    def predict_one(self, row: list[float]) -> float:
        """Prediction of one row."""
        values = array("d", row)
        return float(self._in_place(self._one % values.buffer_info()[0])[0])

    def _in_place(self, described: bytes) -> c._Pointer[c.c_float]:
        shape, dims, result = c.POINTER(c.c_uint64)(), c.c_uint64(), c.POINTER(c.c_float)()
        _check(
            library().XGBoosterPredictFromDense(
                self._handle, described, _VALUES, self._of_thread.proxy.handle,
                c.byref(shape), c.byref(dims), c.byref(result),
            )
        )  # fmt: skip
        return result

    def contributions(self, matrix: Floats) -> Floats:
        """What each position adds to the margin, the base value in the last column."""
        lib, rows, data = library(), np.ascontiguousarray(matrix, dtype=np.float64), c.c_void_p()
        described = _interface(*rows.shape) % rows.ctypes.data
        _check(lib.XGDMatrixCreateFromDense(described, b'{"missing":NaN}', c.byref(data)))
        try:
            _check(
                lib.XGDMatrixSetStrFeatureInfo(
                    data, b"feature_type", self._kinds, c.c_uint64(len(self._kinds))
                )
            )
            return self._explained(data, len(rows))
        finally:
            lib.XGDMatrixFree(data)

    def _explained(self, data: c.c_void_p, rows: int) -> Floats:
        shape, dims, result = c.POINTER(c.c_uint64)(), c.c_uint64(), c.POINTER(c.c_float)()
        _check(
            library().XGBoosterPredictFromDMatrix(
                self._handle, data, _CONTRIBUTIONS, c.byref(shape), c.byref(dims), c.byref(result)
            )
        )
        flat = np.ctypeslib.as_array(result, (rows * (self.width + 1),)).astype(np.float64)
        return flat.reshape(rows, self.width + 1)


def _interface(rows: int, width: int) -> bytes:
    """A description of a float64 matrix in which only the address is left to fill in."""
    shape = f'"shape":[{rows},{width}]'
    return f'{{"data":[%d,true],{shape},"typestr":"<f8","version":3}}'.encode()
