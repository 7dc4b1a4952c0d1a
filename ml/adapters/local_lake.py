"""A lake in a folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ml.adapters.lake_keys import parts_of
from ml.contract.errors import Gone

_SCRATCH = ".scratch"
_READ_ONLY = 0o444


class LocalLake:
    """Keeps each key as one file below `root`.

    Parameters
    ----------
    root : Path
        Folder of the lake; made if it is absent.

    Notes
    -----
    A file appears under its key by one link on the same file system, so a reader sees
    all of it or nothing, whenever the writer dies. A folder keeps no versions; whoever must
    know that a file is the one that was published compares hashes.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        (root / _SCRATCH).mkdir(parents=True, exist_ok=True)

    def _path(self, key: str) -> Path:
        return self._root.joinpath(*parts_of(key))

    def fetch(self, key: str, version: str | None = None) -> Path:
        """Path of the read-only file under `key`."""
        path = self._path(key)
        if not path.is_file():
            raise Gone(f"the lake has no file {key!r}; run the step that writes it again")
        return path

    def publish(self, key: str, file: Path) -> str | None:
        """Move a finished file under `key`; the first writer of a key wins."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._root / _SCRATCH) as folder:
            staged = Path(folder) / "staged"
            shutil.move(file, staged)
            staged.chmod(_READ_ONLY)
            try:
                os.link(staged, path)  # fails where the key exists: what is written never changes
            except FileExistsError:
                return None
        return None

    def keys(self, prefix: str) -> list[str]:
        """Keys that begin with `prefix`, sorted."""
        folder = self._root / prefix.rpartition("/")[0]
        files = (path for path in folder.rglob("*") if path.is_file())
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
