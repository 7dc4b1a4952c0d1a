"""Where a page that refuses something leads on to."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

#: Where files are sent to.
_FILES = "/score"
_PASSING = frozenset({429, 500, 503, 507})
#: By the first part of an address: the page that lists such things.
_LISTS = {
    "jobs": ("/jobs", "Your files"),
    "results": ("/jobs", "Your files"),
    "leads": ("/jobs", "Your files"),
    "models": ("/models", "Models"),
    "worklist": ("/worklist", "Work list"),
}
_START = ("/", "Score leads")


@dataclass(frozen=True, kw_only=True)
class WayOn:
    """What a person who was refused something can do next.

    Parameters
    ----------
    address, words : str
        A page to go to, and how its link is called.
    of_file : bool
        Whether a file was refused, so that a template helps.
    """

    address: str
    words: str
    of_file: bool = False


def way_on(request: Request, status: int) -> WayOn:
    """The next move of a person whose request was refused."""
    path = request.url.path
    if path == _FILES or path.startswith(f"{_FILES}/"):
        return WayOn(address="/", words="Choose another file", of_file=True)
    if status in _PASSING and request.method == "GET":
        query = f"?{request.url.query}" if request.url.query else ""
        return WayOn(address=f"/{path.lstrip('/')}{query}", words="Try again")  # never another host
    address, words = _LISTS.get(path.split("/")[1], _START)
    return WayOn(address=address, words=words)
