"""File names from outside: shown, never used as a path."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

LONGEST = 80
_KNOWN_ENDINGS = (".csv", ".tsv", ".txt", ".parquet", ".jsonl", ".ndjson", ".json")
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


def shown_name(name: str | None) -> str:
    r"""A file name that is fit to show: no folders, nothing invisible, at most 80 characters.

    Examples
    --------
    >>> shown_name("../../etc/passwd"), shown_name("C:\\leads.csv"), shown_name("")
    ('passwd', 'leads.csv', 'leads')
    """
    last = re.split(r"[/\\]", name or "")[-1]
    visible = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip()
    short = visible if len(visible) <= LONGEST else f"{visible[: LONGEST - 11]}…{visible[-10:]}"
    return short or "leads"


def ending(name: str | None) -> str:
    """The ending of a file name if it is one that we read, else `.csv`."""
    lower = (name or "").lower()
    return next((known for known in _KNOWN_ENDINGS if lower.endswith(known)), ".csv")


def attachment(name: str) -> str:
    """Value of Content-Disposition under which a browser saves a download (RFC 6266).

    Examples
    --------
    >>> print(attachment("café.csv"))
    attachment; filename="caf_.csv"; filename*=UTF-8''caf%C3%A9.csv
    """
    plain, encoded = _NOT_PLAIN.sub("_", name), quote(name, safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"


def scored_name(name: str, form: str = ".csv") -> str:
    """Name of the download that belongs to an upload.

    Examples
    --------
    >>> scored_name("leads.csv"), scored_name("leads.csv", ".parquet")
    ('leads-scored.csv', 'leads-scored.parquet')
    """
    stem = name[: -len(ending(name))] if name.lower().endswith(_KNOWN_ENDINGS) else name
    return f"{stem}-scored{form}"
