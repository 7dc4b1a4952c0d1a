"""An application behind the gate that its settings ask for."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp

from ml.contract.access import SAGEMAKER, YOU, AccessMode, Caller
from ml.contract.access_settings import AccessSettings
from ml.contract.errors import InvalidSettings
from ml.ports import Accounts, Sessions
from ml.serving.access.account_callers import AccountCallers
from ml.serving.access.balancer_callers import BalancerCallers
from ml.serving.access.fetching import fetch_json, fetch_text
from ml.serving.access.gate import PING, Answer, Doors, Gate, Identify
from ml.serving.access.issuer_keys import IssuerKeys
from ml.serving.access.known_accounts import KnownAccounts
from ml.serving.access.password_checks import PasswordChecks
from ml.serving.access.password_page import PASSWORD, PasswordPage
from ml.serving.access.rates import Rates
from ml.serving.access.sign_in import SIGN_IN, SIGN_OUT, SignInPages, sign_in_address
from ml.serving.access.sites import LOOPBACK, is_safe
from ml.serving.access.token_callers import TokenCallers, Tokens
from ml.serving.refusals import as_problem, is_htmx, wants_page
from ml.serving.templating import Templates
from ml.serving.unforeseen import Answered

_SAGEMAKER_PATHS = frozenset({PING, "/invocations"})


@dataclass(frozen=True, kw_only=True)
class Access:
    """How a server learns who calls, and what it needs for that.

    Parameters
    ----------
    settings : AccessSettings
        For whoever is at this machine, if not given.
    accounts, sessions : optional
        Of the home; the mode `accounts` needs them.
    """

    settings: AccessSettings = field(default_factory=AccessSettings)
    accounts: Accounts | None = None
    sessions: Sessions | None = None


def guard(app: FastAPI, access: Access, templates: Templates, answer: Answer) -> ASGIApp:
    """The application behind its gate, with the pages that signing in needs.

    Parameters
    ----------
    app : FastAPI
    access : Access
    templates : Templates
        Draw the sign-in page.
    answer : callable
        Makes a response of an error.

    Raises
    ------
    InvalidSettings
        If the mode lacks what it needs.
    """
    settings = access.settings
    mode = AccessMode(settings.mode)
    doors = Doors(names=_names(settings))
    if mode is AccessMode.ACCOUNTS:
        identify: Identify = _with_sign_in(app, access, templates)
        doors = Doors(
            names=doors.names, open=doors.open | {SIGN_IN, SIGN_OUT}, own=frozenset({PASSWORD})
        )
        answer = _sign_in_first(answer)
    elif mode is AccessMode.SAGEMAKER:
        identify, doors = _always(SAGEMAKER), Doors(paths=_SAGEMAKER_PATHS)
    elif mode is AccessMode.OIDC:
        identify = _by_tokens(settings)
    else:
        identify = _always(YOU)
    return Gate(
        Answered(app.build_middleware_stack()),
        doors=doors,
        identify=identify,
        answer=answer,
        rates=_rates(settings),
    )


def _names(settings: AccessSettings) -> frozenset[str] | None:
    given = frozenset(settings.names.lower().split(",")) - {""}
    if settings.mode == AccessMode.MACHINE:
        return given | LOOPBACK
    return given or None


def _rates(settings: AccessSettings) -> Rates | None:
    if not settings.requests_per_second:
        return None
    share = settings.requests_per_second / settings.workers
    return Rates(per_second=share, burst=max(1.0, share))


def _always(caller: Caller) -> Identify:
    async def identify(_: Request) -> Caller:
        return caller

    return identify


def _by_tokens(settings: AccessSettings) -> Identify:
    tokens = Tokens(settings, IssuerKeys(settings.issuer, fetch_json))
    programs = TokenCallers(settings, tokens)
    if not settings.balancer:
        return programs
    return BalancerCallers(settings, tokens, programs, fetch_text)


def _with_sign_in(app: FastAPI, access: Access, templates: Templates) -> Identify:
    if access.accounts is None or access.sessions is None:
        raise InvalidSettings("mode accounts needs the accounts and the sessions of a home")
    known = KnownAccounts(access.accounts)
    callers = AccountCallers(known, access.sessions)
    checks = PasswordChecks(known, access.sessions)
    SignInPages(templates, checks, callers).add_routes(app)
    PasswordPage(templates, checks, callers, access.accounts).add_routes(app)
    return callers


def _sign_in_first(answer: Answer) -> Answer:
    """People who are not known see the sign-in page in place of an error."""

    async def sent(request: Request, error: Exception) -> Response:
        if as_problem(error).status != 401 or not wants_page(request):
            return await answer(request, error)
        if is_htmx(request):  # only the whole page can lead elsewhere
            return Response(status_code=401, headers={"HX-Redirect": SIGN_IN})
        return RedirectResponse(sign_in_address(request) if is_safe(request) else SIGN_IN, 303)

    return sent
