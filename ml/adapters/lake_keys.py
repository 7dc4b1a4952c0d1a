"""Which keys a lake takes."""

from __future__ import annotations

from pathlib import PurePosixPath

from ml.contract.errors import UsageError


def parts_of(key: str) -> tuple[str, ...]:
    """Folders and name of a key.

    Raises
    ------
    UsageError
        If the key would lie outside the lake or among its unfinished files.

    Examples
    --------
    >>> parts_of("raw/a.csv")
    ('raw', 'a.csv')
    """
    path = PurePosixPath(key)
    if not path.parts or path.is_absolute() or any(part.startswith(".") for part in path.parts):
        raise UsageError(
            f"lake key {key!r} must be relative and without parts that begin with a dot"
        )
    return path.parts
