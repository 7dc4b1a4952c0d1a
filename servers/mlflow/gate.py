"""MLflow's basic-auth application behind a gate that has no holes.

MLflow 3.17 answers some requests before it asks who is there: whatever begins with `/health`,
`/static` or `/favicon.ico`, and `server-info`. It lets any Host through to `/health` and
`/version`, any page on the user's own machine write, and any page at all write outside of its
API. The gate stands before all of that and asks the same of every request.
"""

import base64
import binascii
import os
from typing import Any, cast

import anyio
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
# Checking a password takes a processor and 32 MB for a while; guessing must not take them all.
_CHECKS_AT_ONCE = 2


def create_app() -> ASGIApp:
    """The application that `mlflow server --app-name leadwise` serves."""
    from mlflow.server.auth import create_app

    hosts = os.environ["MLFLOW_SERVER_ALLOWED_HOSTS"].split(",")
    return Gate(cast(ASGIApp, create_app()), hosts=hosts)


class Gate:
    """Refuses a wrong Host with 403, an unknown caller with 401, another site's writes with 403.

    Parameters
    ----------
    app : ASGIApp
        What is served to those who pass.
    hosts : list of str
        The Host headers that are ours, with their ports.
    """

    def __init__(self, app: ASGIApp, *, hosts: list[str]) -> None:
        self.app = app
        self._hosts = frozenset(hosts)
        self._origins = frozenset(f"http://{host}" for host in hosts)
        self._checks = anyio.CapacityLimiter(_CHECKS_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        else:
            refusal = await self._refusal(scope)
            await (refusal or self.app)(scope, receive, send)

    async def _refusal(self, scope: Scope) -> Response | None:
        if not self._hosts.issuperset(_values(scope, b"host") or [""]):
            return PlainTextResponse("Not a host that is served here", 403)
        if not await self._knows("".join(_values(scope, b"authorization"))):
            wanted = {"WWW-Authenticate": 'Basic realm="mlflow"'}
            return PlainTextResponse("Sign in with user name and password", 401, wanted)
        writes = scope["method"] not in _SAFE_METHODS
        if writes and not self._origins.issuperset(_values(scope, b"origin")):
            return PlainTextResponse("Cross-origin request blocked", 403)
        return None

    async def _knows(self, authorization: str) -> bool:
        login = _login(authorization)
        if login is None:
            return False
        return await anyio.to_thread.run_sync(_is_user, *login, limiter=self._checks)


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _login(authorization: str) -> tuple[str, str] | None:
    """User name and password of an Authorization header; None where there are none."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    username, colon, password = text.partition(":")
    return (username, password) if username and colon else None


def _is_user(username: str, password: str) -> bool:
    # MLflow's own check, which remembers a minute long whom it knew.
    from mlflow.server import auth

    known: Any = auth._authenticate_cached(username, password)
    return known is not None
