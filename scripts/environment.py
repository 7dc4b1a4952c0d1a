"""Bring .venv up to a lock: `environment.py synth|app|dev`.

Does nothing, and asks no registry, when the lock that made .venv is still the same. Only
syntax that old Pythons parse, so that they can say that they are too old.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
UV_LOCK = ROOT / "requirements" / "uv.txt"
LOCKS = {
    "synth": ROOT / "requirements" / "synth.txt",
    "app": ROOT / "requirements.txt",
    "dev": ROOT / "requirements" / "dev.txt",
}
# dev holds everything that the smaller sets hold, at the same versions.
SATISFIED_BY = {"synth": ("synth", "dev"), "app": ("app", "dev"), "dev": ("dev",)}


def fingerprint(name):
    """Hash of all that decides what belongs in the environment."""
    digest = hashlib.sha256(b"environment 1")
    for path in (LOCKS[name], UV_LOCK, ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def stamp(name):
    return VENV / ("." + name + "-stamp")


def is_current(name):
    return stamp(name).is_file() and stamp(name).read_text() == fingerprint(name)


def run(*command):
    subprocess.run([str(part) for part in command], check=True, cwd=str(ROOT), stdout=sys.stderr)


def create():
    """Make .venv with uv in it; one that was left half made is made anew."""
    half_made = not (BIN / "uv").exists() and not (BIN / "pip").exists()
    if half_made or not (BIN / "python").exists():
        run(sys.executable, "-m", "venv", "--clear", VENV)
    run(BIN / "python", "-m", "pip", "install", "-q", "--require-hashes", "-r", UV_LOCK)


def install(name):
    pip = (BIN / "uv", "pip", "install", "--quiet", "--python", BIN / "python")
    run(*pip, "--require-hashes", "-r", LOCKS[name])
    if name != "synth":
        # hatchling comes out of the lock, so building the project resolves nothing.
        run(*pip, "--no-deps", "--no-build-isolation", "--editable", ROOT)


def main(name):
    if any(is_current(larger) for larger in SATISFIED_BY[name]):
        return
    print("Setting up .venv from " + os.path.relpath(str(LOCKS[name]), str(ROOT)), file=sys.stderr)
    create()
    stamp(name).unlink(missing_ok=True)
    install(name)
    stamp(name).write_text(fingerprint(name))


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except subprocess.CalledProcessError as error:
        sys.exit("Setting up .venv failed at: " + " ".join(error.cmd))
