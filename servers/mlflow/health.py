"""Whether somebody who reads the secrets now can use the server, and what to do if not.

Run once a minute. Three failures in a row restart the server, which then reads its secrets anew:
that is how it follows passwords that were rotated. Ten in a row give the machine up to its group,
which replaces it.
"""

import base64
import os
import sys
import time
import urllib.request
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from ml.contract.cloud_settings import MlflowServerSettings
from servers.mlflow.machine import instance_id
from servers.mlflow.secrets import Login, login

RESTART_AFTER = 3
REPLACE_AFTER = 10
_SECONDS = 10
_SECONDS_TO_START = 300
# It reads the database; /health would not.
_QUESTION = "/api/2.0/mlflow/experiments/search?max_results=1"


def main(arguments: list[str]) -> int:
    """Exit code 0: well, or not yet bad enough; 1: the server should be restarted.

    With ``--wait`` it asks until the server answers, and fails after five minutes.
    """
    settings = MlflowServerSettings.from_env(os.environ)
    if arguments == ["--wait"]:
        return 0 if _wait(settings) else 1
    count = Path(os.environ["STATE_DIRECTORY"]) / "failures"
    if answers(settings):
        count.unlink(missing_ok=True)
        return 0
    return _failed(settings, count)


def answers(settings: MlflowServerSettings) -> bool:
    """Whether the server lets its administrator read."""
    try:
        administrator = login(settings.admin_secret)
    except (BotoCoreError, ClientError) as error:
        # Restarting would only need the very secret that cannot be read now.
        print(f"cannot tell: Secrets Manager did not answer ({type(error).__name__})")
        return True
    try:
        with urllib.request.urlopen(_question(settings, administrator), timeout=_SECONDS):
            return True
    except OSError as error:  # refused, silent, or an HTTP status of failure
        print(f"the server did not answer: {error}")
        return False


def _question(settings: MlflowServerSettings, administrator: Login) -> urllib.request.Request:
    basic = base64.b64encode(":".join(administrator).encode()).decode()
    return urllib.request.Request(
        f"http://127.0.0.1:{settings.port}{_QUESTION}",
        headers={"Authorization": f"Basic {basic}", "Host": f"localhost:{settings.port}"},
    )


def _failed(settings: MlflowServerSettings, count: Path) -> int:
    failures = int(count.read_text()) + 1 if count.exists() else 1
    count.write_text(str(failures))
    if failures >= REPLACE_AFTER:
        machine = instance_id()
        print(f"{failures} failures in a row: {machine} asks {settings.group_name} to replace it")
        boto3.client("autoscaling").set_instance_health(
            InstanceId=machine, HealthStatus="Unhealthy", ShouldRespectGracePeriod=False
        )
    return 1 if failures % RESTART_AFTER == 0 else 0


def _wait(settings: MlflowServerSettings) -> bool:
    deadline = time.monotonic() + _SECONDS_TO_START
    while not (well := answers(settings)) and time.monotonic() < deadline:
        time.sleep(5)
    return well


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
