"""The page where people change their own password."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ml.contract.errors import InvalidSettings
from ml.contract.requests.problems import Problem
from ml.ports import Accounts
from ml.serving.access.account_callers import AccountCallers
from ml.serving.access.callers import signed_in
from ml.serving.access.password_checks import PasswordChecks
from ml.serving.bodies import read_form
from ml.serving.templating import Templates

PASSWORD: Final = "/password"
_FORM_BYTES = 12_000
_WRONG = "This is not the password that you have."
_UNLIKE = "The two new passwords are not the same."
_SAME = "This is the password that you have; choose another."


class PasswordPage:
    """Lets whoever is signed in choose another password; their other sessions end.

    Parameters
    ----------
    templates : Templates
    checks : PasswordChecks
    callers : AccountCallers
        Keeps the sessions.
    accounts : Accounts
        Keeps the hash.
    """

    def __init__(
        self,
        templates: Templates,
        checks: PasswordChecks,
        callers: AccountCallers,
        accounts: Accounts,
    ) -> None:
        self._templates, self._checks = templates, checks
        self._callers, self._accounts = callers, accounts

    def add_routes(self, app: FastAPI) -> None:
        """Let the application show the page."""
        app.add_route(PASSWORD, self.show, ["GET"])
        app.add_route(PASSWORD, self.change, ["POST"])

    async def show(self, request: Request) -> Response:
        """Answer `GET /password`."""
        _person()
        return self._page(changed="changed" in request.query_params)

    async def change(self, request: Request) -> Response:
        """Answer `POST /password`."""
        name, form = _person(), await read_form(request, _FORM_BYTES)
        new = form.get("new", "")
        if new != form.get("again", ""):
            return self._page("again", _UNLIKE)
        user = await self._checks.user(name, form.get("password", ""))
        if user is None:
            return self._page("password", _WRONG)
        if new == form.get("password"):
            return self._page("new", _SAME)
        try:
            secret = await self._checks.hashed(new)
        except InvalidSettings as error:
            return self._page("new", f"{error}.")
        if not await run_in_threadpool(self._accounts.renew, user, secret):
            raise Problem(409, "the password was changed elsewhere at the same time; try again")
        response = RedirectResponse(f"{PASSWORD}?changed=1", 303)
        await self._callers.sign_in(request, user, response)
        return response

    def _page(self, field: str = "", wrong: str = "", *, changed: bool = False) -> Response:
        return self._templates.page(
            "password.html", 422 if wrong else 200, field=field, wrong=wrong, changed=changed
        )


def _person() -> str:
    caller = signed_in()
    if caller is None:
        raise Problem(404, "a key has no password; its owner makes another with leadwise keys add")
    return caller.name
