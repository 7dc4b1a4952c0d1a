"""Scoring on Spark: the packaged scorer in each task, for tables beyond one machine."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

import ml.contract
from ml.adapters.spark_engine import SparkEngine
from ml.contract.use_case import UseCase
from ml.ports import Deployment

_ML = Path(ml.contract.__file__).parents[1]
#: What the scorer is made of; Spark ships it to each of its machines.
_PARTS = ("contract", "use_cases", "core")


class SparkScoring:
    """Scores clean rows where they lie; each task holds the model and a batch of rows.

    Parameters
    ----------
    engine : SparkEngine
    """

    def __init__(self, engine: SparkEngine) -> None:
        self._engine = engine

    def score(
        self, use_case: UseCase, deployment: Deployment, clean: Path, *, reasons: int, to: Path
    ) -> int:
        """Write the scores of clean rows; their number.

        Raises
        ------
        DependencyUnavailable
            If Spark is not installed, cannot score, or dies.
        """
        with tempfile.TemporaryDirectory(prefix="spark-") as folder:
            code, package = Path(folder, "leadwise.zip"), Path(folder, "package")
            _zip_code(code)
            package.mkdir()
            for name, content in deployment.files.items():
                (package / name).write_bytes(content)
            request = {
                "do": "score",
                "code": str(code),
                "package": str(package),
                "package_sha256": deployment.package_sha256,
                "version": deployment.version,
                "use_case": use_case.name,
                "clean": str(clean),
                "reasons": reasons,
                "to": str(to),
            }
            return self._engine.ask("the scorer", request)


def _zip_code(to: Path) -> None:
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(_ML / "__init__.py", "ml/__init__.py")
        for part in _PARTS:
            for file in sorted((_ML / part).rglob("*")):
                if file.is_file() and file.suffix != ".pyc":
                    archive.write(file, Path("ml", file.relative_to(_ML)))
