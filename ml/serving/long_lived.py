"""What a worker has built by its start lives to its end; nobody need look for garbage in it."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import AsyncIterator


@contextlib.asynccontextmanager
async def long_lived() -> AsyncIterator[None]:
    """Leave all that is there by now out of Python's search for garbage.

    Notes
    -----
    A whole search looks at each of some hundred thousand objects of the libraries, for about
    50 ms in which no request is answered, and it comes most often under load; `gc.freeze`.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
