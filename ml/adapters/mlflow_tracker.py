"""Runs in MLflow."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml.adapters.code_environment import code_environment
from ml.adapters.mlflow_connection import MlflowConnection
from ml.contract.errors import DependencyUnavailable
from ml.ports import Run

_OPEN: ContextVar[tuple[str, ...]] = ContextVar("open_runs", default=())


def _now() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, kw_only=True)
class MlflowRun:
    """One open run."""

    id: str
    connection: MlflowConnection

    def params(self, values: Mapping[str, Any]) -> None:
        with self.connection.client() as client:
            from mlflow.entities import Param

            params = [Param(name, str(value)) for name, value in values.items()]
            client.log_batch(self.id, params=params)

    def metrics(self, values: Mapping[str, float]) -> None:
        with self.connection.client() as client:
            from mlflow.entities import Metric

            now = _now()
            metrics = [Metric(name, float(value), now, 0) for name, value in values.items()]
            client.log_batch(self.id, metrics=metrics)

    def tags(self, values: Mapping[str, str]) -> None:
        with self.connection.client() as client:
            from mlflow.entities import RunTag

            tags = [RunTag(name, str(value)) for name, value in values.items()]
            client.log_batch(self.id, tags=tags)

    def artifact(self, file: Path, folder: str = "") -> None:
        with self.connection.client() as client:
            client.log_artifact(self.id, str(file), folder or None)


class MlflowTracker:
    """Remembers runs, each with the code and libraries that made it.

    Parameters
    ----------
    uri : str
        Tracking URI: `sqlite:///...` or `https://...`.
    artifacts : Path or None, default=None
        Folder where new experiments keep files; None leaves it to the server.
    """

    def __init__(self, uri: str, artifacts: Path | None = None) -> None:
        self.connection = MlflowConnection(uri=uri, artifacts=artifacts)

    @contextmanager
    def run(self, experiment: str, name: str, *, nested: bool = False) -> Iterator[Run]:
        """Open a run; nested, it belongs to the innermost run that is open."""
        above = _OPEN.get()
        tags = {"mlflow.runName": name, **code_environment()}
        if nested and above:
            tags["mlflow.parentRunId"] = above[-1]
        with self.connection.client() as client:
            opened = client.create_run(self._experiment(experiment), tags=tags)
        run = MlflowRun(id=opened.info.run_id, connection=self.connection)
        token = _OPEN.set((*above, run.id))
        try:
            yield run
        except BaseException:
            with suppress(DependencyUnavailable):  # the fault that ended the run is the one to tell
                self._end(run, "FAILED")
            raise
        finally:
            _OPEN.reset(token)
        self._end(run, "FINISHED")

    def _end(self, run: MlflowRun, status: str) -> None:
        with self.connection.client() as client:
            client.set_terminated(run.id, status)

    def _experiment(self, name: str) -> str:
        with self.connection.client() as client, self.connection.exclusive():
            found = client.get_experiment_by_name(name)
            if found is not None:
                return str(found.experiment_id)
            artifacts = self.connection.artifacts
            location = artifacts.absolute().as_uri() if artifacts else None
            return client.create_experiment(name, artifact_location=location)
