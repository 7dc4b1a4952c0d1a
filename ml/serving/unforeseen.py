"""Errors that nobody foresaw: logged once, without what they say, as that may quote a lead."""

from __future__ import annotations

import traceback

from starlette.types import ASGIApp, Receive, Scope, Send

from ml.contract.errors import LeadwiseError


def where(error: BaseException) -> str:
    """What kind of error came from where, and what led to it; our own with their message.

    Examples
    --------
    >>> try:
    ...     float("Ada Lovelace")
    ... except ValueError as error:
    ...     told = where(error)
    >>> "ValueError" in told, "in <module>" in told, "Lovelace" in told.splitlines()[0]
    (True, True, False)
    """
    before = error.__cause__ or error.__context__
    led = f"{where(before)}led to " if before else ""
    said = f": {error}" if isinstance(error, LeadwiseError) else ""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{led}{type(error).__qualname__}{said}\n{frames}"


class Answered:
    """Lets no error out that was answered and logged: servers log it again, message and all.

    Parameters
    ----------
    app : ASGI application
        Answers each of its errors, and raises it then.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            await self._app(scope, receive, send)
        except Exception:
            if scope["type"] != "http":
                raise
