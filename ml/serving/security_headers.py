"""Headers that keep a browser from doing anything that the page did not ask for."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'none'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_POLICY = b"content-security-policy"
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]
#: Addresses of static files change with their content.
_KEEP = (b"cache-control", b"public, max-age=31536000, immutable")
_NO_STORE = (b"cache-control", b"no-store")
_STATIC = "/static/"
_TLS_ONLY = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class SecurityHeaders:
    """Adds the headers to every response; a response may bring a stricter policy of its own.

    Parameters
    ----------
    app : ASGI application

    Notes
    -----
    Plain ASGI: Starlette's BaseHTTPMiddleware costs more than scoring a lead. It goes around the
    whole application, since answers to unforeseen errors pass by what `add_middleware` adds.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                headers.extend(_HEADERS)
                if not any(name == _POLICY for name, _ in headers):
                    headers.append((_POLICY, CONTENT_SECURITY_POLICY.encode()))
                found = message["status"] < 400
                headers.append(_KEEP if found and scope["path"].startswith(_STATIC) else _NO_STORE)
                if scope["scheme"] == "https":
                    headers.append(_TLS_ONLY)
            await send(message)

        await self._app(scope, receive, send_with_headers)
