"""Where Spark keeps files, by Hadoop's own way: S3 on Glue, folders elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from pyspark.sql import SparkSession


class StoredFile(NamedTuple):
    """A file below a place, and its size."""

    uri: str
    bytes: int


class Storage:
    """Copies files between the driver and where executors see them.

    Parameters
    ----------
    spark : SparkSession
        Knows the file systems: ``s3://clean/...``, ``file:///tmp/clean/...``.
    """

    def __init__(self, spark: SparkSession) -> None:
        session: Any = spark  # Spark has no public way to its file systems
        self._hadoop = session._jvm.org.apache.hadoop
        self._settings = session._jsc.hadoopConfiguration()

    def send(self, file: Path, uri: str) -> None:
        """Copy a file of the driver; what was there is replaced."""
        system, path = self._at(uri)
        system.copyFromLocalFile(False, True, self._path(str(file)), path)

    def fetch(self, uri: str, file: Path) -> None:
        """Copy a file to the driver."""
        system, path = self._at(uri)
        # Without Hadoop's own checksum file beside it.
        system.copyToLocalFile(False, path, self._path(str(file)), True)

    def exists(self, uri: str) -> bool:
        """Whether there is such a file or folder."""
        system, path = self._at(uri)
        return bool(system.exists(path))

    def parts(self, folder: str) -> list[StoredFile]:
        """Spark's files in a folder, in the order of their rows; ends without a slash or with."""
        system, path = self._at(folder)
        found = [(s.getPath().getName(), s.getLen()) for s in system.listStatus(path)]
        place = folder.rstrip("/")
        return [
            StoredFile(f"{place}/{name}", int(size))
            for name, size in sorted(found)
            if name.startswith("part-")
        ]

    def _at(self, uri: str) -> tuple[Any, Any]:
        path = self._path(uri)
        return path.getFileSystem(self._settings), path

    def _path(self, text: str) -> Any:
        return self._hadoop.fs.Path(text)
