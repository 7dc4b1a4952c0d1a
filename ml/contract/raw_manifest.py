"""A manifest of raw files: which of them count, once all of them are there."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ml.contract.errors import UsageError

_HINT = 'expected {"files": [{"key": "...", "bytes": 123, "sha256": "..."}, ...]}'
_FIELDS = {"key": str, "bytes": int, "sha256": str, "version_id": str}


@dataclass(frozen=True, kw_only=True)
class RawFile:
    """One file that a manifest names.

    Parameters
    ----------
    key : str
        Its key in the manifest's bucket.
    bytes : int or None, default=None
        Its size, where whoever wrote it says so.
    sha256 : str, default=''
        Of its bytes, where whoever wrote it says so.
    version_id : str, default=''
        Which version of the object; the newest where none is named.
    """

    key: str
    bytes: int | None = None
    sha256: str = ""
    version_id: str = ""


def raw_files(text: str | bytes, name: str) -> tuple[RawFile, ...]:
    """The files that a manifest names, in its order.

    A file that is not named does not count: an upload that is still under way, or one that was
    given up.

    Parameters
    ----------
    text : str or bytes
        JSON.
    name : str
        What messages call the manifest.

    Raises
    ------
    UsageError
        If it is no manifest, names no file, or names one twice.

    Examples
    --------
    >>> raw_files('{"files": [{"key": "raw/lead_conversion/parts/a.csv"}]}', "today.manifest.json")
    (RawFile(key='raw/lead_conversion/parts/a.csv', bytes=None, sha256='', version_id=''),)
    """
    try:
        listed = json.loads(text)["files"]
        files = tuple(_file(entry, name) for entry in listed)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        kind = type(error).__name__
        raise UsageError(f"{name} is no manifest of files ({kind}: {error}); {_HINT}") from None
    keys = [file.key for file in files]
    if not keys:
        raise UsageError(f"{name} names no files; {_HINT}")
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise UsageError(f"{name} names {twice[0]!r} twice; name each file once")
    return files


def _file(entry: dict[str, object], name: str) -> RawFile:
    wrong = [
        field
        for field, value in entry.items()
        if type(value) is not _FIELDS.get(field)  # a boolean is no number
    ]
    if wrong:
        raise UsageError(f"{name} has a file with a wrong or unknown {wrong[0]!r}; {_HINT}")
    return RawFile(**entry)  # type: ignore[arg-type]  # looked at above
