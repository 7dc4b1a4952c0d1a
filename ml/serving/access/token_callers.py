"""Callers by the tokens of an identity provider (OpenID Connect)."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Any

import jwt
from starlette.requests import Request

from ml.contract.access import Caller, Role
from ml.contract.access_settings import AccessSettings
from ml.contract.requests.problems import Problem
from ml.serving.access.callers import bearer_of
from ml.serving.access.issuer_keys import IssuerKeys

#: By public key only: a shared secret or none at all would let readers of a key sign.
_ALGORITHMS = frozenset({"RS256", "ES256"})
#: Clocks differ.
LEEWAY_SECONDS = 30
_BELIEVED_SECONDS, _MOST_HELD = 30.0, 1_000


class Tokens:
    """Reads tokens of one issuer, made for us.

    Parameters
    ----------
    settings : AccessSettings
    keys : IssuerKeys
    """

    def __init__(self, settings: AccessSettings, keys: IssuerKeys) -> None:
        self._issuer, self._audience, self._keys = settings.issuer, settings.audience, keys
        self._held: OrderedDict[str, tuple[dict[str, Any], float]] = OrderedDict()

    async def claims(self, token: str) -> dict[str, Any] | None:
        """What a token says; None where it does not hold.

        A token that held is believed for half a minute: to look at its signature takes longer than
        to score a lead.
        """
        now = time.time()
        claims, until = self._held.pop(token, (None, 0.0))
        if claims is None or until <= now:
            claims = await self._read(token)
            until = 0.0 if claims is None else min(now + _BELIEVED_SECONDS, claims["exp"])
        if claims is not None:
            self._held[token] = claims, until
        if len(self._held) > _MOST_HELD:
            self._held.popitem(last=False)
        return claims

    async def _read(self, token: str) -> dict[str, Any] | None:
        try:
            header = jwt.get_unverified_header(token)
            key = await self._keys.key(str(header.get("kid", "")))
            # The key decides how it signs, whatever the token says (algorithm confusion).
            if key is None or key.algorithm_name not in _ALGORITHMS:
                return None
            claims = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "sub"], "verify_aud": False},
            )
        except jwt.PyJWTError:
            return None
        return claims if self._audience in _audiences(claims) else None


def _audiences(claims: dict[str, Any]) -> list[object]:
    """For whom a token is; Cognito's access tokens name the client elsewhere."""
    audience = claims.get("aud")
    if audience is None and claims.get("token_use") == "access":
        audience = claims.get("client_id")
    return audience if isinstance(audience, list) else [audience]


class TokenCallers:
    """Knows a caller by the token that the request brings.

    Parameters
    ----------
    settings : AccessSettings
        Which groups have which role.
    tokens : Tokens
    """

    def __init__(self, settings: AccessSettings, tokens: Tokens) -> None:
        self._settings, self._tokens = settings, tokens

    async def __call__(self, request: Request) -> Caller | None:
        """The caller, if their token holds."""
        token = bearer_of(request)
        claims = await self._tokens.claims(token) if token else None
        return None if claims is None else caller_by(claims, self._settings)


def caller_by(claims: dict[str, Any], settings: AccessSettings) -> Caller:
    """The caller whom claims describe, with the highest role of their groups.

    Raises
    ------
    Problem
        403 for somebody who is in none of them.
    """
    groups = claims.get(settings.groups_claim)
    named = groups if isinstance(groups, list) else []
    roles = [role for role in Role if settings.group_prefix + role.word in named]
    if not roles:
        wanted = ", ".join(settings.group_prefix + role.word for role in Role)
        raise Problem(403, f"you are known, but in none of the groups {wanted}; ask for one")
    return Caller(name=str(claims["sub"]), role=max(roles))
