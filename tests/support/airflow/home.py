"""Airflow on this machine: a home in a folder, a file as database, and DAGs as MWAA gets them."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.source_assets import assemble_dags
from ml.contract.cloud_settings import RetrainDagSettings
from tests.support import ROOT
from tests.support.airflow.dag_runs import ANSWER

#: Another of our Airflows is named by its folder, as `make dags` does.
PYTHON = ROOT / os.environ.get("LEADWISE_AIRFLOW", ".venv-airflow") / "bin" / "python"
_PATIENCE_SECONDS = 800
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
        self._log = folder / "log"
        self._process: subprocess.Popen[str] | None = None
        self._read, self._described = 0, dict[str, Any]()

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
        command = [str(PYTHON), "-m", "airflow", "db", "migrate"]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=280, env=self._env
        )
        assert done.returncode == 0, done.stderr[-2000:]

    def describe(self) -> dict[str, Any]:
        """What Airflow reads of the DAG."""
        self._start()
        return self._described

    def run(self, day: str, **conf: str) -> dict[str, Any]:
        """Run the DAG for a day until its end; how its tasks ended, and what was logged."""
        began = self._log.stat().st_size if self._process else 0
        self._ask(day, conf)
        answer = self._answer()
        return answer | {"log": self._log.read_bytes()[began:].decode(errors="replace")}

    def run_until_killed(self, day: str, **conf: str) -> None:
        """Run the DAG for a day in a process that somebody kills."""
        process = self._ask(day, conf)
        while process.poll() is None and len(self._answers()) == self._read:
            time.sleep(0.05)
        assert process.poll() == -signal.SIGKILL, self._words()[-4000:]
        self.stop()

    def stop(self) -> None:
        """End the process that runs DAGs, if there is one."""
        if self._process:
            self._process.kill()
            self._process.communicate()
        self._process = None

    def _start(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._read = 0
            with self._log.open("w") as log:
                self._process = subprocess.Popen(
                    [str(PYTHON), str(_SCRIPT)], stdin=subprocess.PIPE, stdout=log,
                    stderr=subprocess.STDOUT, text=True, env=self._env, cwd=self.folder,
                )  # fmt: skip
            self._described = self._answer()
        return self._process

    def _ask(self, day: str, conf: Mapping[str, str]) -> subprocess.Popen[str]:
        process = self._start()
        assert process.stdin
        process.stdin.write(json.dumps({"logical_date": day, "conf": conf}) + "\n")
        process.stdin.flush()
        return process

    def _answer(self) -> dict[str, Any]:
        assert self._process
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            over = self._process.poll() is not None
            if len(lines := self._answers()) > self._read:
                self._read += 1
                answer: dict[str, Any] = json.loads(lines[-1].removeprefix(ANSWER))
                return answer
            assert not over, self._words()[-4000:]
            assert time.monotonic() < deadline, self._words()[-4000:]
            time.sleep(0.05)

    def _answers(self) -> list[str]:
        return [each for each in self._words().splitlines() if each.startswith(ANSWER)]

    def _words(self) -> str:
        return self._log.read_text(errors="replace")
