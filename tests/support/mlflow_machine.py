"""The MLflow server's machine without the machine: its unit files, run here against stand-ins."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import boto3
import httpx
import psycopg2

from ml.contract.cloud_settings import MlflowServerSettings
from tests.support import ROOT
from tests.support.processes import Server, free_port, serve
from tests.support.systemd import Unit

UNITS = ROOT / "servers" / "mlflow"
ADDRESS = "10.20.3.4"
DATABASE_PASSWORD = "canary/of:the@database?#%[ü"


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Runs what the units run, as they run it: only paths and the way to AWS are this machine's.

    Parameters
    ----------
    settings : MlflowServerSettings
        What infra would write to /etc/leadwise/mlflow.env.
    folder : Path
        For what systemd makes: runtime and state directories.
    aws : dict of str to str
        Where AWS and the metadata of EC2 are.
    """

    settings: MlflowServerSettings
    folder: Path
    aws: dict[str, str] = field(repr=False)

    def start(self) -> AbstractContextManager[Server]:
        """Run the server until the block ends."""
        unit = Unit(UNITS / "leadwise-mlflow.service")
        return serve(
            self._local(unit.command()),
            ready=_refuses_strangers(self.url),
            seconds=120,
            env=self._environment(unit),
            cwd=self.runtime,
        )

    def run(self, unit_name: str, key: str = "ExecStart") -> subprocess.CompletedProcess[str]:
        """Run a command that ends by itself."""
        unit = Unit(UNITS / f"{unit_name}.service")
        return subprocess.run(
            self._local(unit.command(key)),
            env=self._environment(unit),
            cwd=self.folder,
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )

    @property
    def url(self) -> str:
        return f"http://localhost:{self.settings.port}"

    @property
    def runtime(self) -> Path:
        return self._made("runtime")

    @property
    def state(self) -> Path:
        return self._made("state")

    def _made(self, name: str) -> Path:
        (self.folder / name).mkdir(mode=0o700, exist_ok=True)
        return self.folder / name

    def _local(self, command: list[str]) -> list[str]:
        assert command[0] == "/opt/leadwise/venv/bin/python"
        return [sys.executable, *command[1:]]

    def _environment(self, unit: Unit) -> dict[str, str]:
        here = {
            "RUNTIME_DIRECTORY": str(self.runtime),
            "STATE_DIRECTORY": str(self.state),
            "HOME": str(self.runtime),
            "TMPDIR": str(self.folder),
            "PGSSLMODE": "disable",  # the stand-in has no certificate
            "PATH": "/usr/bin:/bin",
        }
        path = unit.environment["PYTHONPATH"].replace("/opt/leadwise", str(ROOT))
        ours = {"PYTHONPATH": path} | self.aws | here
        return unit.environment | self.settings.to_env() | ours


def _refuses_strangers(url: str) -> Callable[[Server], bool]:
    def ready(_: Server) -> bool:
        try:
            return httpx.get(url, timeout=5, trust_env=False).status_code == 401
        except httpx.TransportError:
            return False

    return ready


@contextmanager
def metadata(instance_id: str) -> Iterator[str]:
    """EC2's metadata service, version 2 only; yields its endpoint."""
    known = {"instance-id": instance_id, "local-ipv4": ADDRESS}

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self._answer(200, "token")

        def do_GET(self) -> None:
            allowed = self.headers.get("X-aws-ec2-metadata-token") == "token"
            self._answer(200 if allowed else 401, known[self.path.rpartition("/")[2]])

        def _answer(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield "http://{}:{}".format(*server.server_address)
    finally:
        server.shutdown()
        server.server_close()


def state(
    endpoint: str, postgres: str, name: str, *, user: str, password: str, **more: str
) -> MlflowServerSettings:
    """A bucket, a database and secrets of their own, and the settings that name them.

    Parameters
    ----------
    endpoint : str
        Where AWS is.
    postgres : str
        URI of a database on the server that is to hold the new one.
    name : str
        Of the database, and part of all other names.
    user, password : str
        MLflow's administrator.
    **more : str
        Settings that a server alone does not need.
    """
    bucket = f"{name}-artifacts".replace("_", "-")
    boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket=bucket)
    with closing(psycopg2.connect(postgres)) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {name}")
    alone = {"host_name": f"{name}.internal", "zone_id": "none", "group_name": "none"}
    return MlflowServerSettings(
        database_secret=secret(endpoint, f"{name}-database", "postgres", DATABASE_PASSWORD),
        database_host="127.0.0.1",
        database_port=urlsplit(postgres).port or 0,
        database_name=name,
        admin_secret=secret(endpoint, f"{name}-admin", user, password),
        artifacts=f"s3://{bucket}/mlflow",
        port=free_port(),
        **(alone | more),
    )


def credentials(endpoint: str) -> dict[str, str]:
    """How a machine reaches AWS at an endpoint, by the credentials of the tests."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")
    return {name: os.environ[name] for name in names} | {"AWS_ENDPOINT_URL": endpoint}


def secret(endpoint: str, name: str, username: str, password: str) -> str:
    """A secret like those of the stack; returns its ARN."""
    client = boto3.client("secretsmanager", endpoint_url=endpoint)
    value = json.dumps({"username": username, "password": password})
    return str(client.create_secret(Name=name, SecretString=value)["ARN"])
