"""What code and libraries a run was made with, and by whom."""

from __future__ import annotations

import getpass
import hashlib
import os
import platform
import socket
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ml.contract.names import PRODUCT

_ROOT = Path(__file__).parents[2]
_LOCK = "requirements.txt"
_LIBRARIES = (
    "numpy", "pandas", "pyarrow", "scikit-learn", "lightgbm", "xgboost-cpu", "mlflow-skinny",
)  # fmt: skip


@cache
def code_environment() -> dict[str, str]:
    """Tags that name the code, the interpreter, the libraries and their lock.

    Returns
    -------
    dict of str to str
        `git_commit` and `git_changes` where the code is a Git checkout, `requirements_sha256`
        where its lock file lies beside it, and always `python`, `platform` and the versions.

    Examples
    --------
    >>> code_environment()["python"] == platform.python_version()
    True
    """
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        **{name: found for name in _LIBRARIES if (found := library_version(name))},
        **_lock(),
        **_git(),
    }


def code_version() -> str:
    """What tells one state of the code from another: its commit, else the product's version.

    A commit with changes on top of it ends in ``+changes``.

    Examples
    --------
    >>> bool(code_version())
    True
    """
    found = code_environment()
    if "git_commit" not in found:
        return version(PRODUCT)
    return found["git_commit"] + ("+changes" if found["git_changes"] == "yes" else "")


def user_at_host() -> str:
    """Who is signed in where; the number of a user without a name.

    Examples
    --------
    >>> "@" in user_at_host()
    True
    """
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user that no file knows
        user = f"user {os.getuid()}"
    return f"{user}@{socket.gethostname()}"


def library_version(name: str) -> str | None:
    """Installed version of a distribution; None if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def lock_file() -> Path | None:
    """The requirements that this code runs with, locked by hash; None where they are not here."""
    file = _ROOT / _LOCK
    return file if file.is_file() else None


def _lock() -> dict[str, str]:
    file = lock_file()
    return {"requirements_sha256": hashlib.sha256(file.read_bytes()).hexdigest()} if file else {}


def _git() -> dict[str, str]:
    # An installed wheel may lie inside somebody else's checkout; only our own counts.
    if not (_ROOT / ".git").exists():
        return {}
    commit, changes = _ask("rev-parse", "HEAD"), _ask("status", "--porcelain")
    if commit is None:
        return {}
    return {"git_commit": commit, "git_changes": "yes" if changes else "no"}


def _ask(*words: str) -> str | None:
    command = ["git", "-C", str(_ROOT), *words]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()
