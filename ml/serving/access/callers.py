"""The caller of a request, as the gate found it."""

from __future__ import annotations

from contextvars import ContextVar

from starlette.requests import HTTPConnection
from starlette.types import Scope

from ml.contract.access import Caller, Role
from ml.contract.requests.problems import Problem
from ml.serving.headers import header_of

_KEY = "leadwise.caller"
#: Whose session the request being answered belongs to; pages show it and offer the way out.
_SIGNED_IN: ContextVar[Caller | None] = ContextVar("signed_in", default=None)
#: By RFC 6750: what programs send.
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="leadwise"'}


def remember(scope: Scope, caller: Caller) -> None:
    """Let `caller_of` find the caller of a request."""
    scope[_KEY] = caller


def show_as_signed_in(caller: Caller) -> None:
    """Let the page that is being made name the caller, with the way out beside it."""
    _SIGNED_IN.set(caller)


def signed_in() -> Caller | None:
    """Whose session the request being answered belongs to; None where nobody signs in."""
    return _SIGNED_IN.get()


def caller_of(request: HTTPConnection) -> Caller:
    """Who sent the request.

    Raises
    ------
    Problem
        401 if nobody said who it is.
    """
    caller = request.scope.get(_KEY)
    if not isinstance(caller, Caller):
        raise unknown_caller()
    return caller


def require(request: HTTPConnection, role: Role) -> Caller:
    """The caller, if they have the role or a higher one.

    The gate asks everyone for `VIEWER` to look and `REP` to send; only routes that ask for more
    call this.

    Raises
    ------
    Problem
        401 if nobody said who it is, 403 if the role is too low.
    """
    caller = caller_of(request)
    if caller.role < role:
        raise Problem(
            403,
            f"this needs the role {role.word}, and {caller.name!r} has {caller.role.word}; "
            "ask who runs this server for the role",
        )
    return caller


def bearer_of(request: HTTPConnection) -> str | None:
    """What the request's `Authorization` header holds as key or token.

    An empty text where there is such a header of any other kind: a wrong one is not overlooked.
    """
    header = header_of(request, b"authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def unknown_caller() -> Problem:
    """The answer to a request that does not say who sends it."""
    return Problem(
        401,
        "this server wants to know who calls: sign in, or send 'Authorization: Bearer ' and a key",
        headers=CHALLENGE,
    )
