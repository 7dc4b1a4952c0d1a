"""The page where people sign in, and the way out."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ml.serving.access.account_callers import AccountCallers
from ml.serving.access.password_checks import PasswordChecks
from ml.serving.bodies import read_form
from ml.serving.templating import Templates

SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
_FORM_BYTES = 8_000
_WRONG = "This name and password do not belong together."


class SignInPages:
    """Lets users of the home in and out.

    Parameters
    ----------
    templates : Templates
    checks : PasswordChecks
    callers : AccountCallers
        Keeps the sessions.
    """

    def __init__(
        self, templates: Templates, checks: PasswordChecks, callers: AccountCallers
    ) -> None:
        self._templates, self._checks, self._callers = templates, checks, callers

    def add_routes(self, app: FastAPI) -> None:
        """Let the application show the page."""
        app.add_route(SIGN_IN, self.show, ["GET"])
        app.add_route(SIGN_IN, self.sign_in, ["POST"])
        app.add_route(SIGN_OUT, self.sign_out, ["POST"])

    async def show(self, request: Request) -> Response:
        """Answer `GET /sign-in`."""
        return self._page(local_address(request.query_params.get("next", "")))

    async def sign_in(self, request: Request) -> Response:
        """Answer `POST /sign-in`: begin a session, or say that name or password is wrong."""
        form = await read_form(request, _FORM_BYTES)
        name, target = form.get("name", "").strip().lower(), local_address(form.get("next", ""))
        user = await self._checks.user(name, form.get("password", ""))
        if user is None:
            return self._page(target, 401, name=name, wrong=_WRONG)
        response = RedirectResponse(target, 303)
        await self._callers.sign_in(request, user, response)
        return response

    async def sign_out(self, request: Request) -> Response:
        """Answer `POST /sign-out`."""
        response = RedirectResponse(SIGN_IN, 303)
        await self._callers.sign_out(request, response)
        return response

    def _page(self, target: str, status: int = 200, *, name: str = "", wrong: str = "") -> Response:
        return self._templates.page(
            "sign_in.html", status, target=target, user_name=name[:64], wrong=wrong
        )


def sign_in_address(request: Request) -> str:
    """Where to sign in so as to come back to what was asked for."""
    path, query = request.url.path, request.url.query
    return f"{SIGN_IN}?{urlencode({'next': f'{path}?{query}' if query else path})}"


def local_address(address: str) -> str:
    r"""An address on this server; the first page for anything else.

    Examples
    --------
    >>> local_address("/results/7?q=a")
    '/results/7?q=a'
    >>> {local_address(bad) for bad in ("//evil.example", r"/\evil.example", "https:/evil")}
    {'/'}
    """
    plain = address.isascii() and address.isprintable() and "\\" not in address
    parts = urlsplit(address) if plain else None
    here = parts is not None and not parts.scheme and not parts.netloc
    return address if here and address.startswith("/") and address[1:2] != "/" else "/"
