"""The laptop's endpoint: packages in folders, and a pointer that says which is in force."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from ml.contract.errors import UntrustedPackage
from ml.ports import Deployment

_POINTER = "current.json"


class LocalEndpoint:
    """Keeps packages under `root/<model>/<version>/`; servers watch the pointer beside them.

    Parameters
    ----------
    root : Path
        The home's `serving` folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def deploy(self, deployment: Deployment) -> None:
        """Write the package, then move the pointer: a server sees the old or the new one, whole."""
        folder = self._root / deployment.model
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".") as scratch:
            staged = Path(scratch) / "package"
            staged.mkdir()
            for name, content in deployment.files.items():
                (staged / name).write_bytes(content)
            target = folder / deployment.version
            shutil.rmtree(
                target, ignore_errors=True
            )  # a version in force is rewritten with the same bytes
            staged.rename(target)
            pointer = Path(scratch) / _POINTER
            pointer.write_text(json.dumps(_pointed(deployment)))
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
        files = {path.name: path.read_bytes() for path in sorted(package.iterdir())}
        return Deployment(
            model=model, version=version, files=files, package_sha256=pointed["package_sha256"]
        )

    def stamp(self, model: str) -> str | None:
        """Inode and time of the pointer: a replaced file has new ones."""
        try:
            status = (self._root / model / _POINTER).stat()
        except FileNotFoundError:
            return None
        return f"{status.st_ino}-{status.st_mtime_ns}"


def _pointed(deployment: Deployment) -> dict[str, str | None]:
    return {"version": deployment.version, "package_sha256": deployment.package_sha256}
