"""A lake in a folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from ml.contract.errors import DependencyUnavailable, UsageError

_SCRATCH = ".scratch"


class LocalLake:
    """Keeps each key as one file below `root`.

    Parameters
    ----------
    root : Path
        Folder of the lake; made if it is absent.

    Notes
    -----
    A file appears under its key by one rename on the same file system, so a reader sees
    all of it or nothing, whenever the writer dies.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        (root / _SCRATCH).mkdir(parents=True, exist_ok=True)

    def _path(self, key: str) -> Path:
        parts = PurePosixPath(key).parts
        if (
            not parts
            or PurePosixPath(key).is_absolute()
            or any(part.startswith(".") for part in parts)
        ):
            raise UsageError(
                f"lake key {key!r} must be relative and without parts that begin with a dot"
            )
        return self._root.joinpath(*parts)

    def fetch(self, key: str) -> Path:
        """Path of the file under `key`; treat it as read-only."""
        path = self._path(key)
        if not path.is_file():
            raise DependencyUnavailable(
                f"the lake has no file {key!r}; run the step that writes it again"
            )
        return path

    def publish(self, key: str, file: Path) -> None:
        """Move a finished file under `key`; the first writer of a key wins."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._root / _SCRATCH) as folder:
            staged = Path(folder) / "staged"
            shutil.move(file, staged)
            try:
                os.link(staged, path)  # fails where the key exists: what is written never changes
            except FileExistsError:
                return

    def keys(self, prefix: str) -> list[str]:
        """Keys that begin with `prefix`, sorted."""
        files = (path for path in self._root.rglob("*") if path.is_file())
        keys = (path.relative_to(self._root).as_posix() for path in files)
        return sorted(
            key for key in keys if key.startswith(prefix) and not key.startswith(_SCRATCH)
        )

    def exists(self, key: str) -> bool:
        """Whether `key` holds a file."""
        return self._path(key).is_file()

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder on the lake's file system that is gone afterwards."""
        with tempfile.TemporaryDirectory(dir=self._root / _SCRATCH) as folder:
            yield Path(folder)
