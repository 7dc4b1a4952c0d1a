"""Callers whom an AWS load balancer has signed in: it says so in headers that it signs."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError

import jwt
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from ml.contract.access import Caller
from ml.contract.access_settings import AccessSettings
from ml.serving.access.issuer_keys import away
from ml.serving.access.rates import Rates
from ml.serving.access.sites import refuse_unless_from_here
from ml.serving.access.token_callers import LEEWAY_SECONDS, TokenCallers, Tokens, caller_by

_WHO, _ACCESS_TOKEN = "x-amzn-oidc-data", "x-amzn-oidc-accesstoken"
_KEY_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOST_KEYS, _ASKED_PER_SECOND = 20, 0.2


class BalancerCallers:
    """Knows people by the balancer's word, programs by the tokens that they bring.

    Parameters
    ----------
    settings : AccessSettings
        Which balancer, issuer and client.
    tokens : Tokens
        Reads the access token that the balancer passes on: Cognito tells groups there only.
    programs : TokenCallers
        Knows who comes with a token of their own.
    fetch : callable
        Gets the text of a document.

    Notes
    -----
    The signature alone would not do: every balancer of the region signs with the same keys, so the
    header's `signer` must be ours (AWS, "Authenticate users using an Application Load Balancer").
    """

    def __init__(
        self,
        settings: AccessSettings,
        tokens: Tokens,
        programs: TokenCallers,
        fetch: Callable[[str], str],
    ) -> None:
        self._settings, self._tokens, self._programs = settings, tokens, programs
        self._fetch = fetch
        self._keys: OrderedDict[str, str] = OrderedDict()
        self._asked = Rates(per_second=_ASKED_PER_SECOND, burst=_MOST_KEYS)

    async def __call__(self, request: Request) -> Caller | None:
        """The caller, if the balancer's word holds."""
        said = request.headers.get(_WHO)
        if said is None:
            return await self._programs(request)
        refuse_unless_from_here(request)
        person = await self._claims(said)
        if person is None:
            return None
        if self._settings.groups_claim in person:
            return caller_by(person, self._settings)
        access = await self._tokens.claims(request.headers.get(_ACCESS_TOKEN, ""))
        if access is None or access["sub"] != person["sub"]:
            return None
        return caller_by(access, self._settings)

    async def _claims(self, token: str) -> dict[str, Any] | None:
        try:
            header = jwt.get_unverified_header(token)
            if not self._is_ours(header):
                return None
            key = await self._key(header["kid"])
            if key is None:
                return None
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=["ES256"],
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "sub"]},
            )
        except jwt.PyJWTError:
            return None
        return claims

    def _is_ours(self, header: dict[str, Any]) -> bool:
        settings = self._settings
        return (
            header.get("alg") == "ES256"
            and header.get("signer") == settings.balancer
            and header.get("client") == settings.audience
            and header.get("iss") == settings.issuer
            and _KEY_ID.fullmatch(str(header.get("kid"))) is not None
        )

    async def _key(self, key_id: str) -> str | None:
        """The balancers' public key with that id; None where there is none."""
        if key_id in self._keys:
            return self._keys[key_id]
        if self._asked.wait(_WHO):  # made-up ids must not make us ask for each
            return None
        region = self._settings.balancer.split(":")[3]
        address = f"https://public-keys.auth.elb.{region}.amazonaws.com/{key_id}"
        try:
            self._keys[key_id] = await run_in_threadpool(self._fetch, address)
        except HTTPError:
            return None
        except (OSError, ValueError):
            raise away() from None
        if len(self._keys) > _MOST_KEYS:
            self._keys.popitem(last=False)
        return self._keys[key_id]
