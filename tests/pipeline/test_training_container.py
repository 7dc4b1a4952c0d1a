"""The image as a training container of SageMaker: its layout, its words, its way to fail."""

import csv
import io
import json
import signal
import subprocess
import tarfile
from pathlib import Path

import httpx
import pytest

from ml.contract.cloud_settings import EndpointSettings
from ml.contract.training_job import LONGEST_REASON, Hyperparameters, TrainSettings
from ml.core.sample import sample_csv, write_csv
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.containers import container, container_environment
from tests.support.processes import answers, free_port, prints, serve

TOLD = Hyperparameters(moment="arrival", seed=3, families="logistic_regression", trials=2)


def laid_out(folder, *, hyperparameters=None, leads=None):
    """Folders as SageMaker lays them out before it starts a container."""
    settings = TrainSettings(use_case="lead_conversion", ml_folder=str(folder))
    for place in (settings.hyperparameters.parent, settings.channel, settings.model):
        place.mkdir(parents=True)
    texts = TOLD.to_texts() if hyperparameters is None else hyperparameters
    settings.hyperparameters.write_text(json.dumps(texts))
    if leads is not None:
        (settings.channel / "leads.csv").write_bytes(leads)
    return settings


def trained_by(settings, tmp):
    return subprocess.run(
        container("train", tmp=tmp, mounts=[Path(settings.ml_folder)]),
        check=False, capture_output=True, text=True, timeout=280,
        env=container_environment(settings, tmp=tmp),
    )  # fmt: skip


@pytest.fixture(scope="module")
def leads():
    content = io.BytesIO()
    write_csv(LEAD_CONVERSION, content, rows=3_000, seed=4)
    return content.getvalue()


@pytest.fixture(scope="module")
def finished(tmp_path_factory, leads):
    settings = laid_out(tmp_path_factory.mktemp("opt") / "ml", leads=leads)
    done = trained_by(settings, tmp_path_factory.mktemp("tmp"))
    assert done.returncode == 0, done.stderr
    return settings, json.loads(done.stdout)


def test_a_training_job_leaves_a_judged_challenger(finished):
    settings, said = finished
    assert json.loads(settings.record.read_text()) == said
    assert said["trained"]["model"] == "leadwise-lead-conversion-arrival"
    assert said["trained"]["estimator"] == "logistic_regression"
    assert said["verdict"]["version"] == said["trained"]["version"] == "1"
    assert 0.6 < said["verdict"]["metrics"]["roc_auc"] <= 1
    assert not settings.failure.exists()


def test_what_it_leaves_is_what_an_endpoint_serves(finished, tmp_path):
    archive, model = tmp_path / "model.tar.gz", tmp_path / "opt" / "ml" / "model"
    with tarfile.open(archive, "w:gz") as tar:  # as SageMaker packs /opt/ml/model
        tar.add(finished[0].model, arcname=".")
    with tarfile.open(archive) as tar:
        tar.extractall(model, filter="data")
    port = free_port()
    settings = EndpointSettings(
        use_case="lead_conversion", moment="arrival", model_folder=str(model), port=port
    )
    url = f"http://127.0.0.1:{port}"
    env = container_environment(settings, tmp=tmp_path)
    with serve(container("serve", tmp=tmp_path), ready=answers(f"{url}/ping"), env=env):
        answer = httpx.post(
            f"{url}/invocations",
            content=sample_csv(LEAD_CONVERSION, rows=3, seed=1),
            headers={"Content-Type": "text/csv"},
            trust_env=False,
        )
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["status"] for row in rows] == ["scored"] * 3


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"hyperparameters": {"sead": "1"}}, "unknown hyperparameter 'sead'; there is: moment"),
        ({"leads": b"name,age\nAda,36\n"}, "Prospect ID"),
    ],
)
def test_a_job_that_fails_says_why_and_leaves_no_model(tmp_path, words, says):
    settings = laid_out(tmp_path / "ml", **{"leads": b""} | words)
    done = trained_by(settings, tmp_path)
    reason = settings.failure.read_text()
    assert done.returncode == 1
    assert says in reason
    assert reason in done.stderr
    assert len(reason) <= LONGEST_REASON
    assert not list(settings.model.iterdir())


def test_a_job_that_is_stopped_says_so_and_leaves_no_model(tmp_path, leads):
    settings = laid_out(tmp_path / "ml", leads=leads)
    env = container_environment(settings, tmp=tmp_path)
    with serve(container("train", tmp=tmp_path), ready=prints("ingest"), env=env) as running:
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(timeout=60) == 128 + signal.SIGTERM
    assert "stopped before it was done" in settings.failure.read_text()
    assert not list(settings.model.iterdir())
