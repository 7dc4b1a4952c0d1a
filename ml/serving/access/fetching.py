"""Small public documents of an identity provider, fetched with little patience."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import HTTPRedirectHandler, Request, build_opener

_SECONDS, _MOST_BYTES = 3.0, 500_000


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> Request | None:
        """Whom we ask was configured; nobody sends us elsewhere."""
        return None


_OPENER = build_opener(_NoRedirects)


def fetch_text(address: str) -> str:
    """The document at an address.

    Raises
    ------
    OSError
        If it cannot be had within three seconds.
    ValueError
        If it is too large, or no text.
    """
    with _OPENER.open(address, timeout=_SECONDS) as answer:
        content: bytes = answer.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError(f"the document has more than {_MOST_BYTES} bytes")
    return content.decode()


def fetch_json(address: str) -> Any:
    """The document at an address as JSON values; raises as `fetch_text`, ValueError for no JSON."""
    return json.loads(fetch_text(address))
