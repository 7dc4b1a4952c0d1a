"""The packages that Lambdas bring along: fetched once by `make setup`, so that synth needs no net.

They are wheels for Linux on ARM and Lambda's Python, whatever machine fetches them. The folder is
named after the lock, so that a new lock never meets old packages. The Glue job's package is pure
Python, so the same way serves it too.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ml.contract.errors import DependencyUnavailable

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "lambda.txt"
GLUE_LOCK = ROOT / "requirements" / "glue.txt"
HOME = ROOT / ".build" / "lambda-wheels"
PLATFORM, PYTHON = "aarch64-manylinux2014", "3.13"

# What an installer notes about its own doing, and differs from one run to the next.
_NOTES = ("RECORD", "INSTALLER", "REQUESTED", "uv_cache.json", "direct_url.json")


def folder(lock: Path = LOCK, home: Path = HOME) -> Path:
    """Where the wheels of a lock belong, whether they are there or not."""
    fingerprint = hashlib.sha256(f"2 {PLATFORM} {PYTHON} ".encode() + lock.read_bytes())
    return home / fingerprint.hexdigest()[:16]


def installed(lock: Path = LOCK, home: Path = HOME) -> Path:
    """The folder with the unpacked wheels of the lock.

    Raises
    ------
    DependencyUnavailable
        If they have not been fetched.
    """
    wheels = folder(lock, home)
    if not wheels.is_dir():
        raise DependencyUnavailable(
            f"the packages of {lock.name} are not at {wheels}; fetch them: make setup"
        )
    return wheels


def fetch(uv: str, lock: Path = LOCK, home: Path = HOME) -> None:
    """Unpack the wheels of the lock, unless they are there already.

    Parameters
    ----------
    uv : str
        The installer.
    lock, home : Path
        What to fetch, and under which folder.
    """
    wheels = folder(lock, home)
    if wheels.is_dir():
        return
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home) as half_made:
        target = Path(half_made) / "wheels"
        subprocess.run([uv, *_options(target), "-r", str(lock)], check=True, stdout=sys.stderr)
        _forget_notes(target)
        _take_place(target, wheels)


def _options(target: Path) -> tuple[str, ...]:
    return (
        "pip", "install", "--quiet", "--target", str(target), "--python-platform", PLATFORM,
        "--python-version", PYTHON, "--only-binary", ":all:", "--require-hashes", "--no-deps",
        "--no-compile-bytecode", "--link-mode", "copy",
    )  # fmt: skip


def _forget_notes(target: Path) -> None:
    for name in _NOTES:
        for note in target.glob(f"*.dist-info/{name}"):
            note.unlink()
    (target / ".lock").unlink(missing_ok=True)
    shutil.rmtree(target / "bin", ignore_errors=True)


def _take_place(target: Path, wheels: Path) -> None:
    try:
        target.rename(wheels)
    except OSError:
        if not wheels.is_dir():  # else another process was faster, with the same files
            raise


if __name__ == "__main__":
    for each in (LOCK, GLUE_LOCK):
        fetch(sys.argv[1], each)
