"""The rehearsal's moto server, as a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ml.contract.errors import DependencyUnavailable
from rehearsal.node import ROOT

ACCOUNT, REGION = "123456789012", "us-east-1"
_PATIENCE = 60


def environment(url: str, home: Path) -> dict[str, str]:
    """Environment in which every AWS client meets this moto, and never an account.

    Parameters
    ----------
    url : str
        Where moto is.
    home : Path
        Folder for what the CDK's command line keeps for itself.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "CDK_"))}
    return kept | {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "CDK_HOME": str(home),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "true",
        "NO_COLOR": "1",
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def serve(work: Path) -> Iterator[str]:
    """Run moto until the block ends; yields its URL.

    Parameters
    ----------
    work : Path
        Receives its log (``moto.log``) and what Lambdas did (``invocations.jsonl``).

    Raises
    ------
    DependencyUnavailable
        When it does not answer within a minute.
    """
    port = _free_port()
    # The command line's S3 client addresses buckets by path at this name alone, not at 127.0.0.1.
    url = f"http://localhost:{port}"
    with (work / "moto.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "rehearsal.cloud.server", str(port), str(work)],
            cwd=ROOT,
            env=environment(url, work),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait(process, url, work / "moto.log")
            yield url
        finally:
            _stop(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    ends = time.monotonic() + _PATIENCE
    while not _answers(url):
        if process.poll() is not None or time.monotonic() > ends:
            last = log.read_text(errors="replace").strip().splitlines()[-1:]
            raise DependencyUnavailable(f"moto did not start: {' '.join(last) or 'no output'}")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{url}/moto-api/data.json", timeout=5):
            return True
    except urllib.error.URLError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, number)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            continue
