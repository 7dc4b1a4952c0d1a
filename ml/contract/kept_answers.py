"""An answer under the key of its request: whoever repeats the request gets the same answer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from ml.contract.receipts import Receipt


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptAnswer:
    """What was answered to a request that carried an idempotency key.

    Parameters
    ----------
    key : str
        `answer_key` of who asked, what and under which key.
    request_sha256 : str
        Hash of the request, by which another request under the same key is told apart.
    at : datetime
        When it was answered, with a time zone.
    status : int
        HTTP status.
    media_type : str
    body : bytes
    receipts : tuple of Receipt, default=()
        Of the scores that it tells.
    """

    key: str
    request_sha256: str
    at: datetime
    status: int
    media_type: str
    body: bytes
    receipts: tuple[Receipt, ...] = ()

    @property
    def leads(self) -> frozenset[str]:
        """Ids of the leads that were scored."""
        return frozenset(receipt.lead for receipt in self.receipts if receipt.lead is not None)


def answer_key(*parts: str) -> str:
    """One key from several, none of which can be read from it.

    Examples
    --------
    >>> answer_key("ana", "/v1/score", "k-1") == answer_key("ana/v1", "/score", "k-1")
    False
    """
    return hashlib.sha256("\\n".join(map(repr, parts)).encode()).hexdigest()
