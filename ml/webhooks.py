"""Posts to the few hosts that we know, tried again when they are busy; no secret is ever said.

Standard library only, and below all but the contract: Lambdas and homes post with it (ADR 46).
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any
from urllib.parse import urlsplit

from ml.contract.errors import NotTold

#: Origin of PagerDuty's events, and the path of Events API v2 that takes one.
PAGERDUTY, ENQUEUE = "https://events.pagerduty.com", "/v2/enqueue"
#: Nothing is ever sent anywhere else, whatever a secret or a redirect says.
ORIGINS = frozenset({"https://hooks.slack.com", PAGERDUTY})

_BUSY = frozenset({429, 500, 502, 503, 504})
_PAUSES_SECONDS = (0.5, 1.5)
_LONGEST_PAUSE_SECONDS = 3.0
_TIMEOUT_SECONDS = 4


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> None:
        return None


class Webhooks:
    """Posts JSON to allowed origins.

    Parameters
    ----------
    origins : frozenset of str
        ``scheme://host`` of those allowed.
    pauses : sequence of float, default=(0.5, 1.5)
        Seconds before a busy or silent host is asked again; none for who comes back later anyway.
    sleep : callable
        Waits so many seconds.
    """

    def __init__(
        self,
        origins: frozenset[str] = ORIGINS,
        pauses: Sequence[float] = _PAUSES_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._origins, self._pauses, self._sleep = origins, pauses, sleep
        self._opener = urllib.request.build_opener(_NoRedirects)

    def post(self, url: str, body: Mapping[str, Any]) -> None:
        """Post an object; a busy or silent host is asked again after each pause.

        Raises
        ------
        NotTold
            If the origin is not allowed, says no, or stays busy. The path, which is the secret,
            is in no message.
        """
        request = self._request(url, body)
        for pause in self._pauses:
            busy = self._attempt(request)
            if busy is None:
                return
            self._sleep(min(busy.wait_seconds or pause, _LONGEST_PAUSE_SECONDS))
        busy = self._attempt(request)
        if busy is not None:
            times = f", {len(self._pauses) + 1} times" if self._pauses else ""
            raise NotTold(f"{busy}{times}", wait_seconds=busy.wait_seconds)

    def problem(self, url: str) -> str:
        """Why an address is never posted to; empty if it may be."""
        parts = urlsplit(url.strip())
        if f"{parts.scheme}://{parts.netloc}" in self._origins:
            return ""
        allowed = ", ".join(sorted(self._origins))
        return (
            f"a webhook's origin is not among those allowed ({allowed}); put the right address "
            "into the channels' secret"
        )

    def _request(self, url: str, body: Mapping[str, Any]) -> urllib.request.Request:
        if problem := self.problem(url):
            raise NotTold(problem)
        return urllib.request.Request(
            url.strip(),
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )

    def _attempt(self, request: urllib.request.Request) -> NotTold | None:
        """What went wrong in a way that may pass; raises what will not."""
        try:
            with self._opener.open(request, timeout=_TIMEOUT_SECONDS):
                return None
        except urllib.error.HTTPError as error:
            with error:
                if error.code not in _BUSY:
                    raise NotTold(
                        f"{request.host} answered {error.code}; check the channels' secret"
                    ) from None
                return NotTold(f"{request.host} answered {error.code}", wait_seconds=_asked(error))
        except (OSError, http.client.HTTPException) as error:
            return NotTold(f"{request.host} did not answer ({type(error).__name__})")


def _asked(error: urllib.error.HTTPError) -> float:
    """Seconds that a host asks us to wait; 0 if it does not say."""
    asked = error.headers.get("Retry-After", "")
    return float(asked) if asked.isascii() and asked.isdigit() else 0.0
