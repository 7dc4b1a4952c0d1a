"""Callers by the accounts of a home: programs send an API key, browsers a session's cookie."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ml.contract.access import Account, Caller
from ml.ports import Sessions
from ml.serving.access.callers import bearer_of, show_as_signed_in
from ml.serving.access.known_accounts import KnownAccounts
from ml.serving.access.secret_hashes import new_token, token_digest
from ml.serving.access.sites import refuse_unless_from_here

_WORKDAY = timedelta(hours=10)
_COOKIE = "leadwise"
#: Browsers take it over TLS only, from this very host, and for all of it.
_TLS_COOKIE = "__Host-leadwise"


class AccountCallers:
    """Knows a caller by API key or session.

    Parameters
    ----------
    known : KnownAccounts
    sessions : Sessions
    """

    def __init__(self, known: KnownAccounts, sessions: Sessions) -> None:
        self._known, self._sessions = known, sessions

    async def __call__(self, request: Request) -> Caller | None:
        """The caller, by the header if there is one."""
        key = bearer_of(request)
        if key is not None:
            return await self._known.key(token_digest(key))
        token = request.cookies.get(_cookie(request))
        if token is None:
            return None
        refuse_unless_from_here(request)
        name = await run_in_threadpool(
            self._sessions.name_of, token_digest(token), datetime.now(UTC)
        )
        user = None if name is None else await self._known.user(name)
        if user is None:
            return None
        show_as_signed_in(user.caller)
        return user.caller

    async def sign_in(self, request: Request, account: Account, response: Response) -> None:
        """Begin a session; one that the browser had ends, so that none can be planted."""
        await self._end(request)
        token, now = new_token(), datetime.now(UTC)
        begin = self._sessions.begin
        await run_in_threadpool(
            begin, token_digest(token), account.name, now=now, until=now + _WORKDAY
        )
        response.set_cookie(
            _cookie(request),
            token,
            max_age=int(_WORKDAY.total_seconds()),
            secure=_is_tls(request),
            httponly=True,
            samesite="lax",
        )

    async def sign_out(self, request: Request, response: Response) -> None:
        """End the browser's session, here and there."""
        await self._end(request)
        response.delete_cookie(
            _cookie(request), secure=_is_tls(request), httponly=True, samesite="lax"
        )

    async def _end(self, request: Request) -> None:
        token = request.cookies.get(_cookie(request))
        if token is not None:
            await run_in_threadpool(self._sessions.end, token_digest(token))


def _is_tls(request: Request) -> bool:
    return bool(request.scope["scheme"] == "https")


def _cookie(request: Request) -> str:
    return _TLS_COOKIE if _is_tls(request) else _COOKIE
