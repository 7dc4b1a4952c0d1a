"""How Leadwise speaks with MLflow: quietly, within seconds, and over any tracking URI.

MLflow takes seconds to import, so nothing here imports it before the first call: `ml.bootstrap`
may build a tracker and a registry for a command that never uses them.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from ml.adapters import mlflow_sqlite
from ml.contract.errors import DependencyUnavailable, HomeBusy, LeadwiseError

if TYPE_CHECKING:
    from mlflow import MlflowClient

#: Ten seconds in all for a server that is away: MLflow's own defaults are 120 s seven times,
#: sixteen minutes, and as long as a server says that it likes to be left alone.
_ENVIRONMENT = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "4",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # standard output is for our one JSON object
}

#: Requests that MLflow understood and refused; anything else means that it cannot work.
_REFUSALS = {"INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST", "RESOURCE_ALREADY_EXISTS"}

_PROBE_SECONDS = 4
_LOCK_SECONDS = 60


@contextmanager
def quiet() -> Iterator[None]:
    """Silence what MLflow says about itself; warnings about our own models still pass."""
    with warnings.catch_warnings():
        # MLflow's models use a SQLAlchemy loader that is to go in a later release.
        warnings.filterwarnings("ignore", message=".*``noload`` loader strategy")
        # Said of MLflow's own classes while it imports them.
        warnings.filterwarnings("ignore", message=".*Any type hint is inferred as AnyType")
        # Whole numbers reach our pipelines as floats wherever they may be missing.
        warnings.filterwarnings("ignore", message="Hint: Inferred schema contains integer column")
        yield


@dataclass(frozen=True, kw_only=True)
class MlflowConnection:
    """One MLflow, wherever it is.

    Parameters
    ----------
    uri : str
        Tracking URI: `sqlite:///...` or `https://...`.
    artifacts : Path or None, default=None
        Folder where new experiments keep files; None leaves it to the server.

    Examples
    --------
    >>> MlflowConnection(uri="https://user:secret@mlflow.example:5000").shown
    'https://mlflow.example:5000'
    """

    uri: str
    artifacts: Path | None = None

    @property
    def shown(self) -> str:
        """The URI without user and password, for messages."""
        if "@" not in self.uri:
            return self.uri
        parts = urlsplit(self.uri)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    @cached_property
    def _client(self) -> MlflowClient:
        for name, value in _ENVIRONMENT.items():
            os.environ.setdefault(name, value)
        self._probe()
        from mlflow import MlflowClient

        for noisy in ("mlflow", "alembic"):
            logging.getLogger(noisy).setLevel(logging.WARNING)
        if database := mlflow_sqlite.file_of(self.uri):
            with self.exclusive():
                mlflow_sqlite.create(database)
        return MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)

    def _probe(self) -> None:
        """Ask a server once whether it is there, so that a dead one costs seconds, not retries."""
        if not self.uri.startswith("http"):
            return
        import requests

        try:
            answer = requests.get(
                f"{self.uri.rstrip('/')}/health", timeout=_PROBE_SECONDS, auth=_login()
            )
        except requests.RequestException as error:
            raise self._away(type(error).__name__) from error
        if answer.status_code != 200 or answer.text.strip() != "OK":
            raise self._away(f"/health answered {answer.status_code} and not OK")

    @contextmanager
    def client(self) -> Iterator[MlflowClient]:
        """The client, with its faults turned into ours.

        Raises
        ------
        DependencyUnavailable
            Naming the URI, if MLflow does not answer or cannot work.
        LeadwiseError
            If MLflow refuses what it was asked.
        """
        with quiet():
            client = self._opened()
            from mlflow.exceptions import MlflowException
            from requests import RequestException
            from sqlalchemy.exc import SQLAlchemyError

            try:
                yield client
            except MlflowException as error:
                if error.error_code in _REFUSALS:
                    raise LeadwiseError(f"MLflow at {self.shown} refused: {error}") from error
                raise self._away(str(error)) from error
            except (SQLAlchemyError, RequestException) as error:
                raise self._away(str(error)) from error

    def _opened(self) -> MlflowClient:
        try:
            return self._client
        except (LeadwiseError, ImportError):
            raise
        except Exception as error:
            # A damaged database fails in SQLite, SQLAlchemy, Alembic or MLflow: all the same here.
            raise self._away(str(error)) from error

    def _away(self, cause: str) -> DependencyUnavailable:
        line = cause.strip().partition("\n")[0][:300].replace(self.uri, self.shown)
        return DependencyUnavailable(
            f"MLflow at {self.shown} is not available ({line}); start it or correct the tracking "
            "URI, then repeat the command: finished steps are not repeated"
        )

    def exclusive(self) -> AbstractContextManager[Any]:
        """Keeps others from this home's MLflow meanwhile.

        A server has no such lock to lend: there, whoever starts promotions lets one run at a time.
        """
        database = mlflow_sqlite.file_of(self.uri)
        return nullcontext() if database is None else _lock(database)


def _login() -> tuple[str, str] | None:
    """What MLflow's own client signs in with; our server asks for it on every route."""
    username = os.environ.get("MLFLOW_TRACKING_USERNAME")
    password = os.environ.get("MLFLOW_TRACKING_PASSWORD")
    return (username, password) if username and password else None


@contextmanager
def _lock(database: Path) -> Iterator[None]:
    database.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(database.with_suffix(".lock"), timeout=_LOCK_SECONDS)
    try:
        lock.acquire()
    except Timeout:
        raise HomeBusy(
            f"another process has held {lock.lock_file} for {_LOCK_SECONDS} s; wait for it to end"
        ) from None
    try:
        yield
    finally:
        lock.release()
