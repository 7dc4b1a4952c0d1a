"""Which sites a browser may send requests from, and under which names this server answers."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from ml.contract.requests.problems import Problem
from ml.serving.headers import header_of

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
#: What browsers say of requests that began here; programs say nothing.
_OWN_SITES = frozenset({None, "none", "same-origin"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_safe(request: HTTPConnection) -> bool:
    """Whether the request only looks."""
    return request.scope["method"] in _SAFE_METHODS


def refuse_other_names(request: HTTPConnection, names: frozenset[str]) -> None:
    """Refuse a request that was sent to another name than the server's own.

    A site can let its own name point to 127.0.0.1 (DNS rebinding): for the browser its pages are
    then this server's, but the header `Host` keeps the name.

    Parameters
    ----------
    request : HTTPConnection
    names : frozenset of str
        Host names without ports.

    Raises
    ------
    Problem
        403 for any other name.
    """
    host = header_of(request, b"host") or ""
    if _hostname(host) not in names:
        raise Problem(
            403,
            f"this server does not answer under the name {host[:80]!r}; "
            "if it should, start it with --public-host and that name",
        )


def refuse_other_sites(request: HTTPConnection) -> None:
    """Refuse what another site made the browser send (cross-site request forgery).

    Raises
    ------
    Problem
        403 when the browser says that the request began elsewhere.

    Notes
    -----
    Browsers send `Origin` and `Sec-Fetch-Site` with every POST, and a page cannot forge them
    (OWASP, Cross-Site Request Forgery Prevention, "Fetch Metadata" and "Standard Headers").
    """
    origin, site = header_of(request, b"origin"), header_of(request, b"sec-fetch-site")
    foreign = origin is not None and urlsplit(origin).netloc != header_of(request, b"host")
    if foreign or site not in _OWN_SITES:
        raise Problem(403, "this form was sent from another site; open the page here and try again")


def refuse_unless_from_here(request: HTTPConnection) -> None:
    """Refuse a change that rests on a cookie, unless the browser says that it began here.

    Raises
    ------
    Problem
        403 for a request that changes something and names no site.
    """
    named = "origin" in request.headers or "sec-fetch-site" in request.headers
    if not (named or is_safe(request)):
        raise Problem(
            403,
            "the browser does not say from which site this form was sent; use one of the last "
            "years, or send an API key",
        )


@lru_cache(maxsize=64)
def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
