"""Servers that stand in for AWS and for the tracking server, on this machine."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from moto.server import ThreadedMotoServer

from ml.adapters import mlflow_sqlite
from tests.support.processes import answers, free_port, serve


@contextmanager
def moto_server() -> Iterator[str]:
    """Run moto's AWS; yields its endpoint URL."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()


@contextmanager
def mlflow_server(home: Path, *, backend: str, **env: str) -> Iterator[str]:
    """Run an MLflow server on a backend store; yields its URL.

    Parameters
    ----------
    home : Path
        Where it keeps artifacts.
    backend : str
        SQLAlchemy URI of the backend store.
    **env : str
        Environment variables of the server.
    """
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [
        sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--backend-store-uri", backend, "--artifacts-destination", str(home),
    ]  # fmt: skip
    if file := mlflow_sqlite.file_of(backend):
        mlflow_sqlite.create(file)
    # Its runner of background jobs costs as much to start as the server itself.
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with serve(command, ready=answers(f"{url}/health"), seconds=180, env=quiet | env, cwd=home):
        yield url
