"""Files made in memory, kept with a tracker's run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ml.ports import Run, Runtime


def keep(run: Run, runtime: Runtime, files: Mapping[str, bytes], folder: str) -> None:
    """Keep each file in a folder of the run."""
    with runtime.lake.scratch() as scratch:
        for file in write(files, scratch):
            run.artifact(file, folder)


def write(files: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Write each file below a folder; their paths."""
    written = []
    for name, content in files.items():
        written.append(folder / name)
        written[-1].parent.mkdir(parents=True, exist_ok=True)
        written[-1].write_bytes(content)
    return written
