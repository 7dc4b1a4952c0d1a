"""Tracker and registry: what every MLflow must do, whichever store is behind it."""

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from ml.adapters import mlflow_sqlite
from ml.adapters.mlflow_connection import MlflowConnection
from ml.adapters.mlflow_registry import MlflowRegistry
from ml.adapters.mlflow_sqlite import create
from ml.adapters.mlflow_tracker import MlflowTracker
from ml.adapters.run_spool import Opening, RunSpool, Word
from ml.contract.errors import DependencyUnavailable, LeadwiseError, StaleAlias
from ml.contract.moments import ARRIVAL
from ml.contract.names import Alias, Estimator
from ml.core.features import feature_frame
from ml.ports import ModelVersion
from tests.support.mlflow_machine import Machine, credentials, state
from tests.support.packaging import small_pack
from tests.support.small_use_case import BINARY

EXAMPLE = pd.DataFrame({"visits": [1.0, 2.0, np.nan, 9.0], "origin": [0.0, 1.0, 0.0, 1.0]}).fillna(
    0
)
MODEL = "leadwise-test-arrival"


@pytest.fixture(scope="module")
def sqlite_home(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    return laptop(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def server_home(
    moto_server: str, postgres: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, None]]:
    """Our own server as its machine starts it: PostgreSQL, artifacts in S3, basic auth."""
    user, password = "admin", "password of the suite"
    settings = state(moto_server, postgres, "mlflow_suite", user=user, password=password)
    folder = tmp_path_factory.mktemp("machine")
    machine = Machine(settings=settings, folder=folder, aws=credentials(moto_server))
    with pytest.MonkeyPatch.context() as patch, machine.start():
        patch.setenv("MLFLOW_TRACKING_USERNAME", user)
        patch.setenv("MLFLOW_TRACKING_PASSWORD", password)
        yield machine.url, None


@pytest.fixture(params=["sqlite_home", "server_home"], scope="module")
def place(request: pytest.FixtureRequest) -> tuple[str, Path | None]:
    """Each MLflow in turn; a further store adds its fixture's name."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def connection(place: tuple[str, Path | None]) -> MlflowConnection:
    return MlflowConnection(uri=place[0], artifacts=place[1])


@pytest.fixture
def tracker(place: tuple[str, Path | None], tmp_path: Path) -> MlflowTracker:
    return MlflowTracker(*place, spool=tmp_path / "spool")


@pytest.fixture
def registry(place: tuple[str, Path | None]) -> MlflowRegistry:
    return MlflowRegistry(*place)


def laptop(home: Path) -> tuple[str, Path]:
    return f"sqlite:///{home / 'mlflow.db'}", home / "mlartifacts"


@pytest.fixture
def model(request: pytest.FixtureRequest) -> str:
    return f"{MODEL}-{abs(hash(request.node.name))}"


def package_in(folder: Path, content: bytes = b"tree") -> Path:
    package = folder / "package"
    (package / "parts").mkdir(parents=True)
    (package / "manifest.json").write_bytes(b"{}")
    (package / "parts" / "model.txt").write_bytes(content)
    return package


def fitted(first=None):
    return make_pipeline(first or StandardScaler(), LogisticRegression()).fit(EXAMPLE, [0, 1, 0, 1])


def registered(tracker, registry, model, folder, content=b"tree") -> ModelVersion:
    folder.mkdir(exist_ok=True)
    with tracker.run("registering", "one") as run:
        return registry.register(
            model,
            run=run,
            package=package_in(folder, content),
            pipeline=fitted(),
            example=EXAMPLE,
            tags={"moment": "arrival"},
        )


def stored(connection: MlflowConnection, run_id: str):
    with connection.client() as client:
        return client.get_run(run_id)


def test_a_run_keeps_what_it_was_told(tracker, connection, tmp_path):
    file = tmp_path / "roc.png"
    file.write_bytes(b"png")
    with tracker.run("keeping", "candidate") as run:
        run.params({"max_depth": 3, "note": None})
        run.metrics({"roc_auc": 0.93, "ece": 0.02})
        run.tags({"moment": "engaged"})
        run.artifact(file, "plots")
    kept = stored(connection, run.id)
    assert kept.info.status == "FINISHED"
    assert kept.info.run_name == "candidate"
    assert kept.data.params == {"max_depth": "3", "note": "None"}
    assert kept.data.metrics == {"roc_auc": 0.93, "ece": 0.02}
    assert kept.data.tags["moment"] == "engaged"
    with connection.client() as client:
        assert [item.path for item in client.list_artifacts(run.id, "plots")] == ["plots/roc.png"]


def test_a_run_names_the_code_and_libraries(tracker, connection):
    with tracker.run("environment", "one") as run:
        pass
    tags = stored(connection, run.id).data.tags
    assert {"python", "platform", "scikit-learn", "lightgbm", "requirements_sha256"} <= set(tags)
    assert len(tags["requirements_sha256"]) == 64


def test_a_run_keeps_the_lock_that_it_was_made_with(tracker, connection, tmp_path):
    with (
        tracker.run("environment", "outer") as outer,
        tracker.run("environment", "inner", nested=True) as inner,
    ):
        pass
    with connection.client() as client:
        kept = client.download_artifacts(outer.id, "environment/requirements.txt", str(tmp_path))
        assert client.list_artifacts(inner.id) == []
    sha256 = hashlib.sha256(Path(kept).read_bytes()).hexdigest()
    assert sha256 == stored(connection, outer.id).data.tags["requirements_sha256"]


def test_what_waited_is_told_once_even_if_it_is_told_twice(tracker, connection, tmp_path):
    file = tmp_path / "roc.png"
    file.write_bytes(b"png")
    spool = RunSpool(tmp_path / "spool")
    outer = Opening(key=uuid4().hex, experiment="waiting", name="outer", at=1_000, tags={"a": "b"})
    inner = replace(outer, key=uuid4().hex, name="inner", at=2_000, parent=outer.key)
    words = (
        Word(kind="params", at=3_000, values={"max_depth": "3"}),
        Word(kind="metrics", at=4_000, values={"roc_auc": 0.93, "ece": float("nan")}),
        Word(kind="file", at=5_000, values={"path": str(file), "folder": "plots"}),
        Word(kind="end", at=6_000, values={"status": "FINISHED"}),
    )
    for opening in (outer, inner):
        spool.open(opening)
        for word in words:
            spool.add(opening.key, word)
    file.unlink()  # the spool has a copy
    shutil.copytree(spool.folder, tmp_path / "before")
    assert tracker.waiting() == 2
    tracker.settle()
    assert tracker.waiting() == 0
    shutil.copytree(tmp_path / "before", spool.folder, dirs_exist_ok=True)  # killed before the end
    tracker.settle()
    with connection.client() as client:
        experiment = client.get_experiment_by_name("waiting").experiment_id
        runs = {run.info.run_name: run for run in client.search_runs([experiment])}
        assert len(client.search_runs([experiment])) == 2
        for run in runs.values():
            history = client.get_metric_history(run.info.run_id, "roc_auc")
            assert [(metric.value, metric.timestamp) for metric in history] == [(0.93, 4_000)]
            assert run.data.params == {"max_depth": "3"}
            assert (run.info.status, run.info.start_time) == ("FINISHED", run_start(run))
            assert [f.path for f in client.list_artifacts(run.info.run_id, "plots")] == [
                "plots/roc.png"
            ]
    assert runs["inner"].data.tags["mlflow.parentRunId"] == runs["outer"].info.run_id
    assert runs["outer"].data.tags["a"] == "b"


def run_start(run) -> int:
    return {"outer": 1_000, "inner": 2_000}[run.info.run_name]


def test_nested_runs_belong_to_the_innermost_open_run(tracker, connection):
    with tracker.run("nesting", "outer") as outer:
        with tracker.run("nesting", "inner", nested=True) as inner:
            pass
        with tracker.run("nesting", "second", nested=True) as second:
            pass
    with tracker.run("nesting", "alone", nested=True) as alone:
        pass
    parents = [
        stored(connection, r.id).data.tags.get("mlflow.parentRunId") for r in (inner, second)
    ]
    assert parents == [outer.id, outer.id]
    assert "mlflow.parentRunId" not in stored(connection, alone.id).data.tags


def test_a_run_that_raises_is_failed(tracker, connection):
    with pytest.raises(ZeroDivisionError), tracker.run("failing", "one") as run:
        1 / 0  # noqa: B018
    assert stored(connection, run.id).info.status == "FAILED"


def test_a_registered_version_gives_back_its_package(tracker, registry, model, tmp_path):
    version = registered(tracker, registry, model, tmp_path)
    assert version.version == "1"
    assert version.tags["moment"] == "arrival"
    assert version.tags["python"]
    assert registry.get(model, "1") == version
    files = registry.package(version)
    assert files == {"manifest.json": b"{}", "parts/model.txt": b"tree"}


def test_the_pipeline_loads_from_mlflow_without_pickle(
    tracker, registry, connection, model, tmp_path
):
    version = registered(tracker, registry, model, tmp_path)
    with connection.client() as client:
        import mlflow.sklearn

        logged = client.get_logged_model(version.tags["logged_model"])
        artifacts = mlflow.artifacts.download_artifacts(
            logged.artifact_location, dst_path=str(tmp_path), tracking_uri=connection.uri
        )
        loaded = mlflow.sklearn.load_model(artifacts)
    assert (logged.source_run_id, logged.status) == (version.run_id, "READY")
    assert {path.suffix for path in Path(artifacts).glob("model.*")} == {".skops"}
    example = json.loads((Path(artifacts) / "input_example.json").read_text())
    assert example["columns"] == [*EXAMPLE]
    signature = mlflow.models.Model.load(artifacts).signature
    assert signature.inputs.input_names() == [*EXAMPLE]
    assert signature.outputs is not None
    np.testing.assert_array_equal(loaded.predict_proba(EXAMPLE), fitted().predict_proba(EXAMPLE))


def test_versions_count_up_and_aliases_move(tracker, registry, model, tmp_path):
    assert registry.aliased(model, Alias.CHAMPION) is None
    first = registered(tracker, registry, model, tmp_path / "a", b"one")
    second = registered(tracker, registry, model, tmp_path / "b", b"two")
    assert (first.version, second.version) == ("1", "2")
    assert registry.aliased(model, Alias.CHAMPION) is None
    registry.point(model, Alias.CHAMPION, "1")
    registry.point(model, Alias.CHALLENGER, "2")
    assert registry.aliased(model, Alias.CHAMPION) == first
    assert registry.package(registry.aliased(model, Alias.CHALLENGER))["parts/model.txt"] == b"two"
    assert registry.get(model, "3") is None
    assert registry.get("leadwise-nobody-arrival", "1") is None


def test_an_alias_that_moved_is_not_overwritten(tracker, registry, model, tmp_path):
    for name in "ab":
        registered(tracker, registry, model, tmp_path / name)
    registry.point(model, Alias.CHAMPION, "1", expected=None)
    with pytest.raises(StaleAlias, match=r"champion of .* is version 1, not none"):
        registry.point(model, Alias.CHAMPION, "2", expected=None)
    with pytest.raises(StaleAlias, match="is version 1, not 2"):
        registry.point(model, Alias.CHAMPION, "2", expected="2")
    registry.point(model, Alias.CHAMPION, "2", expected="1")
    assert registry.aliased(model, Alias.CHAMPION).version == "2"


def test_of_racing_promotions_on_a_home_one_wins(sqlite_home, model, tmp_path):
    tracker = MlflowTracker(*sqlite_home, spool=tmp_path / "spool")
    registry = MlflowRegistry(*sqlite_home)
    versions = [registered(tracker, registry, model, tmp_path / name).version for name in "abcd"]
    start, outcomes = threading.Barrier(len(versions)), []

    def promote(version: str) -> None:
        start.wait()
        try:
            registry.point(model, Alias.CHAMPION, version, expected=None)
            outcomes.append(version)
        except StaleAlias:
            outcomes.append(None)

    threads = [threading.Thread(target=promote, args=(version,)) for version in versions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [version for version in outcomes if version]
    assert len(outcomes) == 4
    assert winners == [registry.aliased(model, Alias.CHAMPION).version]


def test_a_deleted_version_takes_its_aliases_along(tracker, registry, connection, model, tmp_path):
    """F5: whoever asks for the alias hears that there is none."""
    registered(tracker, registry, model, tmp_path)
    registry.point(model, Alias.CHAMPION, "1")
    with connection.client() as client:
        client.delete_model_version(model, "1")
    assert registry.aliased(model, Alias.CHAMPION) is None
    assert registry.get(model, "1") is None


def test_a_clean_process_loads_the_champion_by_its_alias(place, tracker, registry, model, tmp_path):
    """F9: by what is installed alone, with nothing of the process that made it."""
    made = small_pack(BINARY, Estimator.LIGHTGBM)
    example = feature_frame(made.table, BINARY, ARRIVAL).head(20)
    with tracker.run("registering", "leadwise's own") as run:
        registry.register(
            model, run=run, package=package_in(tmp_path), pipeline=made.pipeline,
            example=example, tags={},
        )  # fmt: skip
    registry.point(model, Alias.CHAMPION, "1")
    example.to_pickle(tmp_path / "rows")
    loaded = subprocess.run(
        [sys.executable, "-I", "-W", "ignore", "-c", _CLEAN, place[0], model, tmp_path / "rows"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert loaded.returncode == 0, loaded.stderr
    here = made.pipeline.predict_proba(example)[:, 1]
    np.testing.assert_allclose(json.loads(loaded.stdout), here, atol=1e-12)


_CLEAN = """
import json, sys
import mlflow, pandas
mlflow.set_tracking_uri(sys.argv[1])
loaded = mlflow.sklearn.load_model(f"models:/{sys.argv[2]}@champion")
print(json.dumps(loaded.predict_proba(pandas.read_pickle(sys.argv[3]))[:, 1].tolist()))
"""


def test_one_run_holds_one_package(tracker, registry, model, tmp_path):
    with tracker.run("registering", "two") as run:
        words = {"run": run, "pipeline": fitted(), "example": EXAMPLE, "tags": {}}
        registry.register(model, package=package_in(tmp_path), **words)
        with pytest.raises(LeadwiseError, match="already holds a package"):
            registry.register(model, package=tmp_path / "package", **words)


def test_a_pipeline_of_strange_types_is_refused(tracker, registry, model, tmp_path):
    strange = fitted(FunctionTransformer(json_round_trip))
    with tracker.run("registering", "strange") as run, pytest.raises(LeadwiseError, match="trust"):
        registry.register(
            model, run=run, package=package_in(tmp_path), pipeline=strange, example=EXAMPLE, tags={}
        )
    assert registry.get(model, "1") is None


def json_round_trip(frame):
    return frame


def test_a_lost_package_is_named(tracker, registry, model, tmp_path):
    version = registered(tracker, registry, model, tmp_path)
    with tracker.run("registering", "empty") as run:
        pass
    lost = ModelVersion(model=model, version=version.version, run_id=run.id, tags={})
    with pytest.raises(DependencyUnavailable, match="has lost its package"):
        registry.package(lost)


def test_two_processes_may_open_a_new_home_together(tmp_path, monkeypatch):
    monkeypatch.setattr(mlflow_sqlite, "create", create)  # no copy, as other tests have it
    failures = []

    def open_home() -> None:
        try:
            uri, artifacts = laptop(tmp_path / "new")
            with MlflowConnection(uri=uri, artifacts=artifacts).client() as client:
                client.search_experiments()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=open_home) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with sqlite3.connect(tmp_path / "new" / "mlflow.db") as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    database.close()
