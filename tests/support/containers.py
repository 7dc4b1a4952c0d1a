"""The image's entry point, run on this machine in place of Docker.

Where the machine allows namespaces it runs as the image is to run: its root is read-only, and it
holds no capability.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from ml.contract.settings import Settings
from tests.support import ROOT
from tests.support.image import image_only

ENTRYPOINT = ROOT / "docker" / "entrypoint"

_CONFINED = """
set -eu
while [ "$1" != read-only ]; do mount --bind "$1" "$1"; shift; done; shift
while [ "$1" != run ]; do mount -o remount,bind,ro "$1"; shift; done; shift
exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$@"
"""


def container(*words: object, tmp: Path, mounts: Sequence[Path] = ()) -> list[str]:
    """The command that runs the entry point.

    Parameters
    ----------
    *words : object
        Such as `serve`.
    tmp : Path
        Its /tmp, which it may write to.
    mounts : sequence of Path, default=()
        What else it may write to.
    """
    return confined(ENTRYPOINT, *words, writable=(tmp, *mounts))


def confined(*command: object, writable: Sequence[Path]) -> list[str]:
    """A command that can write nowhere else; the same command where namespaces are refused."""
    said = [str(word) for word in command]
    if not can_confine():
        return said
    shut = {str(_mount_of(place)) for place in (Path("/"), ROOT, *writable)}
    script = ["sh", "-c", _CONFINED, "sh", *map(str, writable), "read-only", *sorted(shut), "run"]
    return [*_UNSHARE, *script, *said]


@cache
def can_confine() -> bool:
    """Whether this machine lets us have mounts of our own."""
    try:
        return subprocess.run([*_UNSHARE, "true"], check=False, capture_output=True).returncode == 0
    except FileNotFoundError:  # no Linux
        return False


_UNSHARE = ["unshare", "--mount", *([] if os.getuid() == 0 else ["--map-root-user"])]


def _mount_of(place: Path) -> Path:
    return next(each for each in (place, *place.parents) if each.is_mount())


def container_environment(settings: Settings | None = None, *, tmp: Path) -> dict[str, str]:
    """This process' environment with what the Dockerfile sets, and settings.

    The commands of this Python are first on the path; they find what the image holds only.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    image = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", "PATH": path}
    image |= dict.fromkeys(("HOME", "TMPDIR", "MPLCONFIGDIR"), str(tmp))
    return os.environ | image | image_only(tmp) | (settings.to_env() if settings else {})
