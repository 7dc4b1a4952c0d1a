"""Airflow on this machine: a home in a folder, a file as database, and DAGs as MWAA gets them."""

import json
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.source_assets import assemble_dags
from ml.contract.cloud_settings import RetrainDagSettings
from tests.support import ROOT

PYTHON = ROOT / ".venv-airflow" / "bin" / "python"
_SCRIPT = ROOT / "tests" / "support" / "airflow" / "dag_runs.py"


class AirflowHome:
    """One Airflow, with the DAG of some settings.

    Parameters
    ----------
    folder : Path
        Where it lives; made.
    settings : RetrainDagSettings
        What its DAG is told.
    env : mapping
        Where AWS is.
    """

    def __init__(
        self, folder: Path, settings: RetrainDagSettings, env: Mapping[str, str] = {}
    ) -> None:
        self.folder, self._settings = folder, settings
        folder.mkdir()
        self.dags = assemble_dags(folder / "package") / "dags"
        self._env = self._options() | dict(env)

    def _options(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        return kept | self._settings.to_env() | {
            "HOME": str(self.folder),
            "AIRFLOW_HOME": str(self.folder),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.dags),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            # As infra sets it for MWAA.
            "AIRFLOW__CORE__DAG_DISCOVERY_SAFE_MODE": "True",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
            "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
            # As on MWAA's machines, where the folder of DAGs is on the path.
            "PYTHONPATH": str(self.dags),
            "NO_COLOR": "1",
        }  # fmt: skip

    def migrate(self) -> None:
        """Make the database."""
        done = self._run("-m", "airflow", "db", "migrate")
        assert done.returncode == 0, done.stderr[-2000:]

    def describe(self) -> dict[str, Any]:
        """What Airflow reads of the DAG."""
        return self._answer(self._run(_SCRIPT, "describe"))

    def run(self, day: str, **conf: str) -> dict[str, Any]:
        """Run the DAG for a day until its end; how its tasks ended."""
        return self._answer(self._run(*self._of(day, conf)))

    def run_until_killed(self, day: str, **conf: str) -> None:
        """Run the DAG for a day in a process that somebody kills."""
        done = self._run(*self._of(day, conf))
        assert done.returncode == -signal.SIGKILL, (done.returncode, done.stderr[-2000:])

    def _of(self, day: str, conf: Mapping[str, str]) -> tuple[object, ...]:
        return (_SCRIPT, "run", day, json.dumps(conf))

    def _run(self, *words: object) -> subprocess.CompletedProcess[str]:
        command = [str(PYTHON), *map(str, words)]
        return subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=280, env=self._env,
            cwd=self.folder,
        )  # fmt: skip

    def _answer(self, done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
        answer: dict[str, Any] = json.loads(done.stdout.rstrip().rpartition("\n")[2])
        return answer | {"log": done.stdout + done.stderr}
