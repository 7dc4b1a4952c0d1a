"""What a person wants to see of a result, as it stands in the address of the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode

from ml.core.scored_table import DUPLICATE, NEEDS_ATTENTION, SCORED

TABS = (SCORED, NEEDS_ATTENTION, DUPLICATE)
_LONGEST_SEARCH = 100


@dataclass(frozen=True, kw_only=True)
class TableQuery:
    """One view of a result's table.

    Parameters
    ----------
    tab : str
        Status of the rows to show.
    sort : str
        Key of the column to sort by; unknown keys sort by score.
    order : str
        'asc' or 'desc'.
    band : str
        Show this band only; empty for all.
    q : str
        Show rows that hold this text, whatever its case.
    page : int
        From 1.
    """

    tab: str = SCORED
    sort: str = "score"
    order: str = "desc"
    band: str = ""
    q: str = ""
    page: int = 1

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """The view that an address asks for; what makes no sense falls back to the default.

        Examples
        --------
        >>> TableQuery.read({"order": "asc", "page": "x", "tab": "?"})
        TableQuery(tab='scored', sort='score', order='asc', band='', q='', page=1)
        """
        page = query.get("page", "1")
        return cls(
            tab=query.get("tab", "") if query.get("tab") in TABS else SCORED,
            sort=query.get("sort", "score")[:_LONGEST_SEARCH],
            order="asc" if query.get("order") == "asc" else "desc",
            band=query.get("band", "")[:_LONGEST_SEARCH],
            q=query.get("q", "").strip()[:_LONGEST_SEARCH],
            page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
        )

    def link(self, **changes: Any) -> str:
        """The address of this view with some changes; any change leads to the first page."""
        changed = asdict(replace(self, **({"page": 1} | changes)))
        default = asdict(TableQuery())
        return "?" + urlencode({key: v for key, v in changed.items() if v != default[key]})

    def sort_link(self, key: str) -> str:
        """The address that sorts by a column, and turns the order round the second time."""
        first = "desc" if key == "score" else "asc"
        turned = {"asc": "desc", "desc": "asc"}[self.order]
        return self.link(sort=key, order=turned if self.sort == key else first)
