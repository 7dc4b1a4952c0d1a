"""Runs in MLflow; while it is away they wait on disk and are told to it later, once."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import Any

from ml.adapters.code_environment import code_environment, lock_file
from ml.adapters.mlflow_connection import MlflowConnection
from ml.adapters.mlflow_words import find_run, open_run, tell
from ml.adapters.run_spool import Opening, RunSpool, Spooled, Word
from ml.contract.errors import DependencyUnavailable, LeadwiseError
from ml.ports import Run

_LOG = logging.getLogger(__name__)
_OPEN: ContextVar[tuple[str, ...]] = ContextVar("open_runs", default=())

#: How long MLflow is left alone after it was away: each try may cost a job ten seconds.
_SECONDS_BETWEEN_TRIES = 30.0


def _now() -> int:
    return time.time_ns() // 1_000_000


class MlflowRun:
    """One open run: in MLflow, or in the spool while MLflow is away."""

    def __init__(self, opening: Opening, say: Callable[[MlflowRun, Word], None]) -> None:
        self.opening, self._say = opening, say
        #: MLflow's name of the run, while MLflow is told at once.
        self.told: str | None = None

    @property
    def id(self) -> str:
        return self.told or self.opening.id or self.opening.key

    def params(self, values: Mapping[str, Any]) -> None:
        self._say(self, Word(kind="params", at=_now(), values=values))

    def metrics(self, values: Mapping[str, float]) -> None:
        plain = {name: float(value) for name, value in values.items()}
        self._say(self, Word(kind="metrics", at=_now(), values=plain))

    def tags(self, values: Mapping[str, str]) -> None:
        self._say(self, Word(kind="tags", at=_now(), values=values))

    def artifact(self, file: Path, folder: str = "") -> None:
        values = {"path": str(file), "folder": folder}
        self._say(self, Word(kind="file", at=_now(), values=values))

    def end(self, status: str) -> None:
        self._say(self, Word(kind="end", at=_now(), values={"status": status}))


class MlflowTracker:
    """Remembers runs, each with the code and the locked libraries that made it.

    Parameters
    ----------
    uri : str
        Tracking URI: `sqlite:///...` or `https://...`.
    artifacts : Path or None, default=None
        Folder where new experiments keep files; None leaves it to the server.
    spool : Path
        Folder for runs that wait while MLflow is away.
    clock : callable
        Seconds that only grow.
    """

    def __init__(
        self,
        uri: str,
        artifacts: Path | None = None,
        *,
        spool: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.connection = MlflowConnection(uri=uri, artifacts=artifacts)
        self._spool, self._clock = RunSpool(spool), clock
        self._away_until = 0.0
        self._runs: dict[str, MlflowRun] = {}

    @contextmanager
    def run(self, experiment: str, name: str, *, nested: bool = False) -> Iterator[Run]:
        """Open a run; nested, it belongs to the innermost run that is open."""
        above = _OPEN.get()
        run = self._opened(experiment, name, above[-1] if nested and above else None)
        token = _OPEN.set((*above, run.opening.key))
        status = "FAILED"
        try:
            yield run
            status = "FINISHED"
        finally:
            _OPEN.reset(token)
            run.end(status)
            del self._runs[run.opening.key]

    def settle(self) -> None:
        """Tell MLflow all that waits; runs that are open are told at once from then on.

        Raises
        ------
        DependencyUnavailable
            If MLflow is still away; what it has been told already is not told twice.
        """
        if not self.waiting():
            return
        with self._spool.exclusive():
            for spooled in self._spool.waiting():
                self._replay(spooled)
        self._away_until = 0.0

    def waiting(self) -> int:
        """How many runs wait for MLflow."""
        return len(self._spool.waiting())

    def _opened(self, experiment: str, name: str, parent: str | None) -> MlflowRun:
        opening = Opening(
            key=uuid.uuid4().hex,
            experiment=experiment,
            name=name,
            at=_now(),
            tags=code_environment(),
            parent=parent,
        )
        run = MlflowRun(opening, self._say)
        self._runs[opening.key] = run
        if not self._tried(lambda: self._begin(run)):
            self._spool.open(opening)
        if parent is None and (lock := lock_file()):
            run.artifact(lock, "environment")
        return run

    def _begin(self, run: MlflowRun) -> None:
        self.settle()  # what waits comes first
        run.told = self._ensure(run.opening, known=False)

    def _say(self, run: MlflowRun, word: Word) -> None:
        """Tell MLflow, or keep the word if it is away."""
        if run.told:
            run_id = run.told
            if self._tried(lambda: self._tell(run_id, word)):
                return
            run.opening, run.told = replace(run.opening, id=run_id), None
            self._spool.open(run.opening)
        self._spool.add(run.opening.key, word)

    def _tell(self, run_id: str, word: Word) -> None:
        with self.connection.client() as client:
            tell(client, run_id, word)

    def _tried(self, act: Callable[[], None]) -> bool:
        """Whether MLflow did as it was asked; it is not asked again at once if it was away."""
        if self._clock() < self._away_until:
            return False
        try:
            act()
        except DependencyUnavailable as error:
            self._away_until = self._clock() + _SECONDS_BETWEEN_TRIES
            _LOG.warning("runs wait in %s meanwhile: %s", self._spool.folder, error)
            return False
        return True

    def _replay(self, spooled: Spooled) -> None:
        key = spooled.opening.key
        try:
            run_id = self._ensure(spooled.opening, known=True)
            for word in self._words(spooled):
                self._tell(run_id, word)
        except DependencyUnavailable:
            raise
        except LeadwiseError as error:
            # MLflow works and will never take it: it must not stand in the way of all others.
            _LOG.error("%s waits for a person: %s", self._spool.refuse(key), error)
            return
        self._spool.drop(key)
        if key in self._runs:
            self._runs[key].told = run_id

    def _words(self, spooled: Spooled) -> Iterator[Word]:
        """All that the run was told; of a run whose process died, that it did."""
        yield from spooled.words
        ended = any(word.kind == "end" for word in spooled.words)
        if not ended and spooled.opening.key not in self._runs:
            last = spooled.words[-1].at if spooled.words else spooled.opening.at
            yield Word(kind="end", at=last, values={"status": "KILLED"})

    def _ensure(self, opening: Opening, *, known: bool) -> str:
        """MLflow's name of a run, which is opened unless it was before.

        Parameters
        ----------
        known : bool
            MLflow may have heard of it: an answer can be lost after the deed was done.
        """
        if opening.id:
            return opening.id
        with self.connection.client() as client:
            experiment = self._experiment(opening.experiment)
            found = find_run(client, experiment, opening.key) if known else None
            return found or open_run(client, experiment, opening, self._parent(experiment, opening))

    def _parent(self, experiment: str, opening: Opening) -> str | None:
        if opening.parent is None:
            return None
        above = self._runs.get(opening.parent)
        if above and (told := above.told or above.opening.id):
            return told
        with self.connection.client() as client:
            return find_run(client, experiment, opening.parent)

    def _experiment(self, name: str) -> str:
        with self.connection.client() as client, self.connection.exclusive():
            found = client.get_experiment_by_name(name)
            if found is not None:
                return str(found.experiment_id)
            artifacts = self.connection.artifacts
            location = artifacts.absolute().as_uri() if artifacts else None
            return client.create_experiment(name, artifact_location=location)
