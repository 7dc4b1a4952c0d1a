"""The console's pages, in the order in which its navigation shows them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One page in the navigation.

    Parameters
    ----------
    section : str
        What its templates set as `section`, so that the navigation marks it.
    words : str
        How people call it.
    address : str
        Where it is.
    """

    section: str
    words: str
    address: str


#: A page adds its line here; what is not here is not shown.
NAVIGATION = (
    Entry(section="score", words="Score", address="/"),
    Entry(section="jobs", words="Jobs", address="/jobs"),
    Entry(section="docs", words="API", address="/docs"),
)
