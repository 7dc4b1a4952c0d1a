"""Take out of an environment what no program of the image reads: `lighten.py FOLDER`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

UNREAD = Path(__file__).with_name("unread")
_LOAD = """
import ctypes, os, sys
import pyarrow  # some of its libraries find each other through it
for library in sys.argv[1:]:
    ctypes.CDLL(library)
os._exit(0)  # modules that were loaded but never started would not end well
"""


def unread(packages: Path) -> Iterator[Path]:
    """What the lines of `unread` take of a folder of packages.

    Raises
    ------
    LookupError
        If a line takes nothing.
    """
    lines = [line for line in UNREAD.read_text().splitlines() if not line.startswith("#")]
    kept = {packages / line[1:] for line in lines if line.startswith("!")}
    for line in lines:
        taken = [] if line.startswith("!") else [*packages.glob(line)]
        if not taken and not line.startswith("!"):
            raise LookupError(f"{UNREAD.name}: nothing is like {line!r} any more: remove the line")
        yield from (path for path in taken if path not in kept)


def remove(paths: list[Path]) -> None:
    """Remove files and folders, some of which lie within others."""
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def strip(packages: Path) -> None:
    """Drop symbols of debuggers from libraries, and load each: one that does not load stops it.

    Not from those in `*.libs`: their wheels have moved parts of them, which `strip` breaks.
    """
    found = [path for kind in ("*.so", "*.so.*") for path in packages.rglob(kind)]
    libraries = [str(path) for path in found if path.parent.suffix != ".libs"]
    subprocess.run(["strip", "--strip-unneeded", *libraries], check=True)
    python = packages.parents[2] / "bin" / "python"
    subprocess.run([python, "-c", _LOAD, *libraries], check=True)


if __name__ == "__main__":
    (environment,) = Path(sys.argv[1]).absolute().glob("lib/python*/site-packages")
    remove([*unread(environment)])
    strip(environment)
