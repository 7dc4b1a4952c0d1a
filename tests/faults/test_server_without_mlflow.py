"""F2: a server asks no MLflow: it starts, is ready and scores while MLflow is away or broken."""

import socket

import httpx
import pytest

from ml.contract.moments import ENGAGED
from ml.contract.settings import LaptopSettings
from tests.support.command_line import COMMAND
from tests.support.processes import answers
from tests.support.watching import Told, deploy_model, generated, home_of


@pytest.fixture
def silent():
    """A server that takes connections and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.settimeout(0)
        yield listening


def test_the_last_good_package_serves_while_mlflow_is_away(tmp_path, serve, free_port, silent):
    deploy_model(home_of(tmp_path, Told()), generated(rows=600, seed=4), ENGAGED)
    (tmp_path / "mlflow.db").write_bytes(b"not a database at all, but long enough")
    url = f"http://127.0.0.1:{free_port}"
    away = f"http://127.0.0.1:{silent.getsockname()[1]}"
    command = [
        *COMMAND, "serve", "lead_conversion", "--moment", "engaged", "--home", tmp_path,
        "--port", str(free_port), "--workers", "1",
    ]  # fmt: skip
    env = {LaptopSettings.variable("mlflow_uri"): away}
    serve(command, ready=answers(f"{url}/health/ready"), seconds=120, env=env)
    ready = httpx.get(f"{url}/health/ready", trust_env=False)
    assert (ready.status_code, ready.json()["version"]) == (200, "1")
    lead = {"prospect_id": "a", "total_time_on_website": 700}
    scored = httpx.post(f"{url}/v1/score", json=lead, trust_env=False).json()
    assert scored["model_version"] == "1"
    assert 0 <= scored["score"] <= 100
    with pytest.raises(BlockingIOError):
        silent.accept()
