"""The public keys of an identity provider: discovered, kept, and fetched within a budget."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import jwt
from starlette.concurrency import run_in_threadpool

from ml.contract.requests.problems import Problem

#: The document at an address as JSON values; raises OSError or ValueError.
Fetch = Callable[[str], Any]

_DISCOVERY = "/.well-known/openid-configuration"
#: Issuers announce new keys for hours before they sign with them.
_KEPT_SECONDS = 3600.0
#: Tokens with made-up key ids must not make us ask the issuer for each.
_PAUSE_SECONDS = 30.0


class IssuerKeys:
    """Finds the key that a token names.

    Parameters
    ----------
    issuer : str
        As the claim `iss` says it.
    fetch : callable
        Gets a JSON document.
    clock : callable
        Seconds that only grow.
    """

    def __init__(
        self, issuer: str, fetch: Fetch, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._issuer, self._fetch, self._clock = issuer, fetch, clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._until = self._pause = float("-inf")

    async def key(self, key_id: str) -> jwt.PyJWK | None:
        """The key with that id; None where the issuer has none.

        Raises
        ------
        Problem
            503 when the issuer cannot be asked and has never told its keys.
        """
        now = self._clock()
        wanted = now >= self._until or key_id not in self._keys
        if wanted and now >= self._pause:
            self._pause = now + _PAUSE_SECONDS
            await run_in_threadpool(self._read)
        if not self._keys:
            raise away()
        return self._keys.get(key_id)

    def _read(self) -> None:
        try:
            found = self._fetch(self._issuer.rstrip("/") + _DISCOVERY)
            keys = jwt.PyJWKSet.from_dict(self._fetch(self._same_scheme(found["jwks_uri"])))
        except (OSError, ValueError, KeyError, TypeError, jwt.PyJWTError):
            return  # what is known goes on to count
        self._keys = {key.key_id: key for key in keys.keys if key.key_id}
        self._until = self._clock() + _KEPT_SECONDS

    def _same_scheme(self, address: str) -> str:
        if urlsplit(address).scheme != urlsplit(self._issuer).scheme:
            raise ValueError(address)
        return address


def away() -> Problem:
    """The answer while nobody can be known, since the identity provider is away."""
    return Problem(
        503,
        "the identity provider that knows callers cannot be reached; try again in a moment",
        headers={"Retry-After": "30"},
    )
