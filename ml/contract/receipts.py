"""A receipt: what one score was made of, so that it can be asked for later and made again."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from ml.contract.names import Alias
from ml.contract.records import JsonObject

_TIME_DIGITS, _RANDOM_BYTES = 12, 10
_VERSION = 0x7 << 76
_VARIANT = 0x2 << 62
#: Bits that stay random below version and variant of a UUID.
_RANDOM = ~((0xF << 76) | (0x3 << 62)) & ((1 << 80) - 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """One score, and all that it takes to make it again.

    Parameters
    ----------
    id : str
        32 hexadecimal digits that begin with the time; see `new_receipt_id`.
    lead : str or None
        Id of the lead, None where it came without one.
    use_case, moment, model : str
        Which scorer was asked.
    version, package_sha256 : str
        Which package of it answered.
    variant : str
        What the package was when it answered: the champion.
    cells : mapping of str to str, number, bool or None
        What the scorer may read of the lead, raw, by column name.
    inputs_sha256 : str
        Hash of the cells, whatever their order.
    prediction : float
        Probability of a binary task, rating of an ordinal one.
    score : int
        0 to 100.
    band : str
    """

    id: str
    lead: str | None
    use_case: str
    moment: str
    model: str
    version: str
    package_sha256: str
    variant: str = Alias.CHAMPION.value
    cells: Mapping[str, Any]
    inputs_sha256: str
    prediction: float
    score: int
    band: str

    @property
    def at(self) -> datetime:
        """When the lead was scored, in UTC to the millisecond."""
        return time_of(self.id)

    def to_dict(self) -> JsonObject:
        """Values for JSON by their names; `receipt_from` reads them back."""
        return {name: getattr(self, name) for name in _FIELDS}


_FIELDS = tuple(field.name for field in fields(Receipt))


def receipt_from(words: JsonObject) -> Receipt:
    """A receipt from what `to_dict` made of it."""
    return Receipt(**words)


def new_receipt_id() -> str:
    """An id that nobody can guess and that sorts by time: a UUID of version 7, without hyphens.

    Source: RFC 9562, section 5.7.

    Examples
    --------
    >>> first, second = new_receipt_id(), new_receipt_id()
    >>> len(first), first[12], time_of(first) <= time_of(second)
    (32, '7', True)
    """
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(_RANDOM_BYTES)) & _RANDOM
    return f"{milliseconds << 80 | _VERSION | _VARIANT | random:032x}"


def time_of(receipt_id: str) -> datetime:
    """The time with which an id begins.

    Examples
    --------
    >>> time_of("019b76daa8007000800000000000000a").isoformat()
    '2026-01-01T00:00:00+00:00'
    """
    milliseconds = int(receipt_id[:_TIME_DIGITS], 16)
    return datetime.fromtimestamp(milliseconds / 1_000, UTC)


def first_id(at: datetime) -> str:
    """No id of this time or later sorts before it; every earlier one does.

    Examples
    --------
    >>> first_id(datetime(2026, 1, 1, tzinfo=UTC))
    '019b76daa80000000000000000000000'
    """
    milliseconds = round(at.timestamp() * 1_000)
    return f"{milliseconds:0{_TIME_DIGITS}x}".ljust(32, "0")
