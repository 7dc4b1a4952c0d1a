"""The page where people sign in, and the way out."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

import anyio
from anyio.to_thread import run_sync
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ml.contract.access import Account
from ml.contract.requests.problems import Problem
from ml.serving.access.account_callers import AccountCallers
from ml.serving.access.known_accounts import KnownAccounts
from ml.serving.access.rates import Rates
from ml.serving.access.secret_hashes import is_password, new_token, password_hash
from ml.serving.bodies import read_form
from ml.serving.templating import Templates

SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
_FORM_BYTES = 8_000
#: A check takes 32 MB and a processor; guessing must not take them all.
_CHECKS_AT_ONCE, _MOST_WAITING = 2, 20
_TRIES, _MINUTES = 5, 5
_WRONG = "This name and password do not belong together."


class SignInPages:
    """Lets users of the home in and out.

    Parameters
    ----------
    templates : Templates
    known : KnownAccounts
    callers : AccountCallers
        Keeps the sessions.
    """

    def __init__(self, templates: Templates, known: KnownAccounts, callers: AccountCallers) -> None:
        self._templates, self._known, self._callers = templates, known, callers
        self._checks = anyio.CapacityLimiter(_CHECKS_AT_ONCE)
        self._tries = Rates(per_second=_TRIES / (_MINUTES * 60), burst=_TRIES)
        # Compared with where there is no such user, so that the answer takes as long.
        self._nobody = password_hash(new_token())

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
        wait = self._tries.wait(name)
        if wait:
            raise Problem(
                429,
                f"there were too many attempts to sign in with this name; wait {wait} s",
                headers={"Retry-After": str(wait)},
            )
        user = await self._user(name, form.get("password", ""))
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

    async def _user(self, name: str, password: str) -> Account | None:
        user = await self._known.user(name)
        kept = self._nobody if user is None else user.secret
        if self._checks.statistics().tasks_waiting >= _MOST_WAITING:
            raise Problem(
                503, "too many people sign in at once; try again", headers={"Retry-After": "5"}
            )
        right = await run_sync(is_password, password, kept, limiter=self._checks)
        return user if right else None

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
