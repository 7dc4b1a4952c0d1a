"""The image: what its environment weighs on a disk, and in the layer that machines pull."""

from __future__ import annotations

import py_compile
import re
import zlib
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.requirements import Requirement

from bench.context import Context, say
from bench.machine import ROOT
from bench.results import Check, Findings, Table

_MOST_MEGABYTES, _LISTED, _GZIP = 600, 10, 6


def measure(context: Context) -> Findings:
    """What the Dockerfile installs, package by package."""
    packages = list(_locked())
    chosen = packages[: int(context.size(len(packages), 8))]
    say(f"  packing {len(chosen)} packages")
    sizes = {package.name: _size(package) for package in chosen}
    ours = _packed(file for file in (ROOT / "ml").rglob("*") if "__pycache__" not in file.parts)
    whole, packed = (sum(size[at] for size in (*sizes.values(), ours)) / 1e6 for at in range(2))
    largest = sorted(sizes.items(), key=lambda item: -item[1][1])[:_LISTED]
    return Findings(
        data=f"The {len(chosen)} packages that requirements.txt names for this machine, with the "
        "bytecode that pip adds, and Leadwise itself.",
        tables=(
            Table(
                title="What weighs most",
                columns=("package", "MB on disk", "MB in the layer"),
                rows=tuple((name, raw / 1e6, small / 1e6) for name, (raw, small) in largest),
            ),
        ),
        checks=(
            Check(figure="layer of the environment", measured=round(packed, 1), unit="MB",
                  at_most=_MOST_MEGABYTES),
        ),
        notes=(
            f"Layers are what a registry holds and a machine pulls: gzip. On disk it is "
            f"{whole:,.0f} MB. The slim base image comes on top.",
        ),
    )  # fmt: skip


def _locked() -> Iterator[Distribution]:
    """The installed packages that the application's lock names."""
    lock = (ROOT / "requirements.txt").read_text()
    for line in re.findall(r"^([a-z0-9][^\\\n]*)", lock, re.MULTILINE):
        requirement = Requirement(line.strip())
        if requirement.marker is None or requirement.marker.evaluate():
            yield distribution(requirement.name)


def _size(package: Distribution) -> tuple[int, int]:
    return _packed(Path(str(package.locate_file(file))) for file in package.files or ())


def _packed(files: Iterator[Path]) -> tuple[int, int]:
    """Bytes as they are, and compressed as one stream."""
    packer, raw, small = zlib.compressobj(_GZIP), 0, 0
    for content in _contents(files):
        raw, small = raw + len(content), small + len(packer.compress(content))
    return raw, small + len(packer.flush())


def _contents(files: Iterator[Path]) -> Iterator[bytes]:
    """Each file, and each module's bytecode."""
    with TemporaryDirectory() as folder:
        compiled = Path(folder) / "one.pyc"
        for file in files:
            if not file.is_file() or file.suffix == ".pyc":
                continue
            yield file.read_bytes()
            if file.suffix == ".py" and py_compile.compile(str(file), str(compiled), quiet=2):
                yield compiled.read_bytes()
