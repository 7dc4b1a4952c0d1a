"""The package in force as one archive: what SageMaker unpacks before it starts a server."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

from ml.contract.errors import StepMissing
from ml.contract.names import Step
from ml.ports import Deployment

#: Folder of a home that holds what serves; the archive holds its content.
SERVING = "serving"


def archive(home: Path, model: str, deployment: Deployment | None) -> bytes:
    """A model.tar.gz of what serves a model; equal packages give equal bytes.

    Parameters
    ----------
    home : Path
        The home in whose `serving` folder it lies.
    model : str
        Name of the registered model.
    deployment : Deployment or None
        What is in force; other versions stay behind.

    Raises
    ------
    StepMissing
        If nothing is in force.
    """
    if deployment is None:
        raise StepMissing("package", Step.DEPLOY)
    root = home / SERVING
    version = sorted((root / model / deployment.version).iterdir())
    content = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=content, mode="wb", mtime=0, filename="") as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for file in [*version, root / model / "current.json"]:
            tar.addfile(_entry(file, root), io.BytesIO(file.read_bytes()))
    return content.getvalue()


def _entry(file: Path, root: Path) -> tarfile.TarInfo:
    """Name, size and rights; no time and no owner, which differ between equal packages."""
    entry = tarfile.TarInfo(file.relative_to(root).as_posix())
    entry.size, entry.mode = file.stat().st_size, 0o644
    return entry
