"""Posts to the few hosts that we know, tried again when they are busy; no secret is ever said."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import IO, Any
from urllib.parse import urlsplit

from ml.contract.errors import DependencyUnavailable

#: Nothing is ever sent anywhere else, whatever a secret or a redirect says.
ORIGINS = frozenset({"https://hooks.slack.com", "https://events.pagerduty.com"})

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
    sleep : callable
        Waits so many seconds between attempts.
    """

    def __init__(
        self,
        origins: frozenset[str] = ORIGINS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._origins, self._sleep = origins, sleep
        self._opener = urllib.request.build_opener(_NoRedirects)

    def post(self, url: str, body: Mapping[str, Any]) -> None:
        """Post an object; a busy or silent host is asked three times.

        Raises
        ------
        DependencyUnavailable
            If the origin is not allowed, says no, or stays busy. The path, which is the secret,
            is in no message.
        """
        request = self._request(url, body)
        for pause in _PAUSES_SECONDS:
            problem, wait = self._attempt(request, pause)
            if problem is None:
                return
            self._sleep(wait)
        problem, _ = self._attempt(request, 0)
        if problem is not None:
            raise DependencyUnavailable(f"{request.host} {problem}, three times")

    def _request(self, url: str, body: Mapping[str, Any]) -> urllib.request.Request:
        parts = urlsplit(url.strip())
        if f"{parts.scheme}://{parts.netloc}" not in self._origins:
            allowed = ", ".join(sorted(self._origins))
            raise DependencyUnavailable(
                f"a webhook's origin is not among those allowed ({allowed}); "
                "put the right address into the channels' secret"
            )
        return urllib.request.Request(
            url.strip(),
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )

    def _attempt(self, request: urllib.request.Request, pause: float) -> tuple[str | None, float]:
        """What went wrong in a way that may pass, and how long to wait; raises what will not."""
        try:
            with self._opener.open(request, timeout=_TIMEOUT_SECONDS):
                return None, 0
        except urllib.error.HTTPError as error:
            with error:
                if error.code not in _BUSY:
                    raise DependencyUnavailable(
                        f"{request.host} answered {error.code}; check the channels' secret"
                    ) from None
                return f"answered {error.code}", _wait(error, pause)
        except (OSError, http.client.HTTPException) as error:
            return f"did not answer ({type(error).__name__})", pause


def _wait(error: urllib.error.HTTPError, pause: float) -> float:
    asked = error.headers.get("Retry-After", "")
    return min(float(asked), _LONGEST_PAUSE_SECONDS) if asked.isdigit() else pause
