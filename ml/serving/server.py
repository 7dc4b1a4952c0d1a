"""Starts the web server; its worker processes read their settings from the environment."""

from __future__ import annotations

import os
from tempfile import TemporaryDirectory

import uvicorn

from ml.contract.names import PRODUCT
from ml.contract.settings import Settings

#: SageMaker kills a container 30 s after it asked it to stop.
_DRAIN_SECONDS = 25
#: Longer than a balancer keeps an idle line (60 s), or it would send requests into closed ones.
#: A person who reads before the click is then answered by the worker that got ready for it, too.
_LINE_SECONDS = 75
#: Where workers write their figures, each for itself; prometheus-client reads it as it is imported.
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def serve(
    factory: str,
    *settings: Settings,
    host: str = "127.0.0.1",
    port: int = 8080,
    workers: int = 1,
) -> None:
    """Serve until told to stop; requests in flight are finished first.

    Parameters
    ----------
    factory : str
        `module:function` that builds the application from the settings in its environment.
    *settings : Settings
        What it reads there.
    host, port : str, int
        Address to listen on.
    workers : int, default=1
        Processes; each holds its own copy of the model.
    """
    for each in settings:
        os.environ.update(each.to_env())
    with TemporaryDirectory(prefix=f"{PRODUCT}-metrics-") as folder:
        if workers > 1:
            os.environ[METRICS_FOLDER] = folder
        uvicorn.run(
            factory,
            factory=True,
            host=host,
            port=port,
            workers=workers,
            # Addresses and queries are personal data, and logging halves the speed.
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_keep_alive=_LINE_SECONDS,
            timeout_graceful_shutdown=_DRAIN_SECONDS,
        )
