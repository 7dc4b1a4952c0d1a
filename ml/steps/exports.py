"""Files that are exported one after another, into one folder or over each other."""

from __future__ import annotations

from pathlib import Path

from ml.contract.errors import UsageError

#: What a program writes before it gives a file its name.
_UNFINISHED = (".part", ".tmp", ".crdownload", ".unfinished")


def exported_files(data: Path, *, some: bool = True) -> list[Path]:
    """The exports to read, the oldest first.

    Parameters
    ----------
    data : Path
        A file that is exported again and again, or a folder to which exports are added, in the
        order of their names, such as ``2026-11-21.csv``. Files that begin with a dot or an
        underscore, or end as unfinished ones do, are left alone.
    some : bool, default=True
        Whether a folder has to hold one already.

    Raises
    ------
    UsageError
        If there is no such file or folder, or there is nothing to read and has to be.
    """
    if data.is_file():
        return [data]
    if not data.is_dir():
        raise UsageError(f"there is no file or folder {str(data)!r}; name what is exported")
    files = [file for file in data.iterdir() if file.is_file() and _is_export(file)]
    if some and not files:
        raise UsageError(f"the folder {str(data)!r} holds no export yet; put one there")
    return sorted(files, key=lambda file: file.name)


def _is_export(file: Path) -> bool:
    return not file.name.startswith((".", "_")) and file.suffix not in _UNFINISHED
