"""Unpacking gzip without falling for a bomb."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import BinaryIO

from ml.contract.errors import InputRefused
from ml.contract.faults import Rule
from ml.contract.intake.limits import Limits
from ml.contract.intake.saying import megabytes, refusal

_CHUNK = 1 << 16
_GZIP = 16 + zlib.MAX_WBITS
#: Below this an inflation ratio says nothing: a few repeated lines shrink a hundredfold.
_HARMLESS_BYTES = 1_000_000


def gunzip(source: BinaryIO, *, size: int, limits: Limits, name: str) -> BytesIO:
    """The content of a gzip file, in memory.

    Parameters
    ----------
    source : binary stream
        At the start of the gzip data.
    size : int
        Bytes of the gzip data.
    limits : Limits
        `inflated_bytes` bounds the memory, `inflation` the ratio.
    name : str
        What messages call the file.

    Raises
    ------
    InputRefused
        TOO_LARGE beyond either limit, COMPRESSED if the data are damaged.
    """
    content = BytesIO()
    allowed = min(limits.inflated_bytes, max(limits.inflation * size, _HARMLESS_BYTES))
    inflater = zlib.decompressobj(_GZIP)
    waiting = source.read(_CHUNK)
    try:
        while waiting:
            content.write(inflater.decompress(waiting, _CHUNK * 16))
            if content.tell() > allowed:
                raise _bomb(name, size, limits)
            waiting = inflater.unconsumed_tail
            if inflater.eof:  # gzip files may be chained, and padded with NULs
                waiting = inflater.unused_data.lstrip(b"\0")
                inflater = zlib.decompressobj(_GZIP) if waiting else inflater
            if not waiting:
                waiting = source.read(_CHUNK)
                inflater = zlib.decompressobj(_GZIP) if waiting and inflater.eof else inflater
    except zlib.error as error:
        raise _damaged(name) from error
    if not inflater.eof:
        raise _damaged(name)
    content.seek(0)
    return content


def _bomb(name: str, size: int, limits: Limits) -> InputRefused:
    return refusal(
        Rule.TOO_LARGE,
        f"{name} has {megabytes(size)} but unpacks to more than {limits.inflation} times that or "
        f"{megabytes(limits.inflated_bytes)}",
        "send the unpacked file, in parts if it is large",
    )


def _damaged(name: str) -> InputRefused:
    return refusal(
        Rule.COMPRESSED,
        f"{name} is gzip data that ends too early or is damaged; expected a whole archive",
        "unzip it first and send the CSV inside",
    )
