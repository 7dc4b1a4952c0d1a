"""The image: what its environment weighs on a disk and in the layer that machines pull."""

from __future__ import annotations

import subprocess
import sys
import zlib
from collections import Counter
from importlib.metadata import Distribution, distributions
from pathlib import Path

from bench.context import Context, say
from bench.machine import ROOT
from bench.processes import environment
from bench.results import Check, Findings, Table

_MOST_MEGABYTES, _LISTED, _GZIP = 600, 10, 6
_INSTALL = ROOT / "docker" / "install"


def measure(context: Context) -> Findings:
    """Install what the Dockerfile installs, by the same script, and weigh it."""
    folder = context.scratch / "image"
    for what in ("packages", "ours"):
        say(f"  installing {what}")
        _run("sh", str(_INSTALL), what, str(folder))
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    disk, layer = sum(path.stat().st_size for path in files) / 1e6, _packed(files) / 1e6
    packages = list(distributions(path=[str(next(folder.glob("lib/python*/site-packages")))]))
    weights = Counter({each.name: _bytes(each) for each in packages})
    return Findings(
        data=f"The {len(packages)} packages of `requirements/image.txt` and Leadwise itself, "
        "installed by `docker/install`, which the Dockerfile starts too.",
        tables=(
            Table(
                title="What weighs most",
                columns=("package", "MB on disk"),
                rows=tuple((name, size / 1e6) for name, size in weights.most_common(_LISTED)),
            ),
        ),
        checks=(
            Check(figure="environment on disk", measured=round(disk, 1), unit="MB",
                  at_most=_MOST_MEGABYTES),
            Check(figure="layer of the environment", measured=round(layer, 1), unit="MB",
                  at_most=_MOST_MEGABYTES),
        ),
        notes=(
            "On disk is the sum of its files, which is what `docker history` says of the layer; "
            "a registry holds and a machine pulls it as gzip. The slim base image comes on top.",
        ),
    )  # fmt: skip


def _run(*command: str) -> None:
    done = subprocess.run(
        command, check=False, cwd=ROOT, env=environment(), capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr[-2_000:]}")


def _bytes(package: Distribution) -> int:
    """Of those of its files that are left."""
    files = (Path(str(package.locate_file(file))) for file in package.files or ())
    return sum(file.stat().st_size for file in files if file.is_file())


def _packed(files: list[Path]) -> int:
    """Bytes when compressed as one stream."""
    packer = zlib.compressobj(_GZIP)
    return sum(len(packer.compress(file.read_bytes())) for file in files) + len(packer.flush())
