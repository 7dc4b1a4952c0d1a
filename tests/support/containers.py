"""The image's entry point, run on this machine in place of Docker."""

import os
import sys
from pathlib import Path

from ml.contract.settings import Settings
from tests.support import ROOT

ENTRYPOINT = ROOT / "docker" / "entrypoint"


def container_environment(settings: Settings) -> dict[str, str]:
    """This process' environment, settings, and the commands of its Python first on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {"PATH": path} | settings.to_env()
