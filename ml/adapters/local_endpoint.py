"""The laptop's endpoint: packages in folders, and a pointer that says which is in force."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

from ml.adapters.home_lock import home_lock
from ml.contract.errors import StaleEndpoint, UntrustedPackage
from ml.ports import ANYTHING, Deployment

_POINTER = "current.json"
_LOCK_SECONDS = 60


class LocalEndpoint:
    """Keeps packages under `root/<model>/<version>/`; servers watch the pointer beside them.

    Parameters
    ----------
    root : Path
        The home's `serving` folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def deploy(self, deployment: Deployment, *, expected: str | None = ANYTHING) -> None:
        """Write the package, then move the pointer: a server sees the old or the new one, whole.

        Raises
        ------
        StaleEndpoint
            If the stamp is not the expected one.
        HomeBusy
            If another process has been deploying for a minute.
        """
        folder = self._root / deployment.model
        folder.mkdir(parents=True, exist_ok=True)
        with home_lock(folder, _LOCK_SECONDS):
            if expected not in (ANYTHING, self.stamp(deployment.model)):
                raise StaleEndpoint(deployment.model, deployment.version)
            with tempfile.TemporaryDirectory(dir=folder, prefix=".") as scratch:
                _write_package(deployment, folder, Path(scratch))
                pointer = Path(scratch) / _POINTER
                _write(pointer, json.dumps(_pointed(deployment)).encode())
                pointer.replace(folder / _POINTER)

    def current(self, model: str) -> Deployment | None:
        """The package that the pointer names."""
        pointer = self._root / model / _POINTER
        if not pointer.is_file():
            return None
        pointed = json.loads(pointer.read_text())
        version = pointed["version"]
        package = self._root / model / version
        if not package.is_dir():
            raise UntrustedPackage(
                f"{model} should serve version {version} but its package is gone; deploy it again"
            )
        files = _files(package)
        return Deployment(
            model=model, version=version, files=files, package_sha256=pointed["package_sha256"]
        )

    def deployed(self, model: str, version: str) -> dict[str, bytes] | None:
        """The package of a version that was ever put in force here."""
        package = self._root / model / version
        return _files(package) if package.is_dir() else None

    def stamp(self, model: str) -> str | None:
        """Inode and time of the pointer: a replaced file has new ones."""
        try:
            status = (self._root / model / _POINTER).stat()
        except FileNotFoundError:
            return None
        return f"{status.st_ino}-{status.st_mtime_ns}"


def _write_package(deployment: Deployment, folder: Path, scratch: Path) -> None:
    target = folder / deployment.version
    if target.is_dir() and _files(target) == deployment.files:
        return  # what may be in force is not touched
    staged = scratch / "package"
    staged.mkdir()
    for name, content in deployment.files.items():
        _write(staged / name, content)
    shutil.rmtree(target, ignore_errors=True)
    staged.rename(target)


def _write(file: Path, content: bytes) -> None:
    """On the disk before the pointer names it, so that a lost power supply halves no package."""
    with file.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _files(package: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(package.iterdir())}


def _pointed(deployment: Deployment) -> dict[str, str | None]:
    return {"version": deployment.version, "package_sha256": deployment.package_sha256}
