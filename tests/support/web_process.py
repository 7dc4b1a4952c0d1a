"""The server under test as processes of its own: two workers over a home."""

import os
import sys
from pathlib import Path

from fastapi import FastAPI

from ml.contract.settings import ServeSettings
from ml.serving.server import serve as start
from tests.support import web


def serve() -> None:
    """Serve the home that is the first argument on the port that is the second."""
    home, port = sys.argv[1:]
    settings = ServeSettings(home=home, use_case=web.USE_CASE.name, moment=web.MOMENT.name)
    start("tests.support.web_process:application", settings, port=int(port), workers=2)


def application() -> FastAPI:
    """What each worker serves."""
    return web.app(Path(ServeSettings.from_env(os.environ).home))
