"""F3, F4, F5: MLflow away, silent, broken or behind a login page is said within its budget."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ml.adapters import mlflow_connection
from ml.adapters.mlflow_registry import MlflowRegistry
from ml.adapters.mlflow_tracker import MlflowTracker
from ml.contract.errors import DependencyUnavailable
from ml.contract.names import Alias

LOGIN = (200, "<html><body>Please sign in</body></html>")
BROKEN = (500, "Internal Server Error")
WELL = (200, "OK")

# Without a budget these would take MLflow's sixteen minutes, not a slow machine's half minute.
pytestmark = pytest.mark.timeout(120)


@contextmanager
def server(health: tuple[int, str], api: tuple[int, str]) -> Iterator[tuple[str, list[str]]]:
    """A server that gives fixed answers; its URL and the paths that it was asked for."""
    asked: list[str] = []

    class Fixed(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, body = health if self.path == "/health" else api
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, *_: object) -> None: ...

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Fixed)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.server_port}", asked
    finally:
        listening.shutdown()
        listening.server_close()


def look(uri: str) -> None:
    MlflowRegistry(uri).aliased("leadwise-model", Alias.CHAMPION)


def test_a_server_that_is_away_is_named(free_port: int) -> None:
    uri = f"http://127.0.0.1:{free_port}"
    with pytest.raises(DependencyUnavailable, match=f"MLflow at {uri} is not available"):
        look(uri)


@pytest.mark.parametrize("answers", [None, (LOGIN, WELL), (BROKEN, WELL), (WELL, LOGIN)])
def test_runs_wait_for_a_server_that_is_not_well(tmp_path, free_port, answers, caplog) -> None:
    """F3, F4: away, behind a login page, broken, and broken but for its health."""
    with server(*answers) if answers else nullcontext((f"http://127.0.0.1:{free_port}", [])) as at:
        tracker = MlflowTracker(at[0], spool=tmp_path / "spool")
        with tracker.run("experiment", "run") as run:
            run.metrics({"roc_auc": 0.9})
    assert tracker.waiting() == 1
    assert f"MLflow at {at[0]} is not available" in caplog.text


def test_a_server_without_the_encryption_that_we_ask_for_is_named() -> None:
    """F4: a TLS error."""
    with server(WELL, WELL) as (uri, asked):
        secure = uri.replace("http:", "https:")
        with pytest.raises(DependencyUnavailable, match=f"{secure} is not available .SSLError"):
            look(secure)
        assert asked == []


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow_connection, "_PROBE_SECONDS", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(DependencyUnavailable, match=f"{uri} is not available .ReadTimeout"):
            look(uri)


@pytest.mark.parametrize("health", [LOGIN, BROKEN], ids=["login page", "broken"])
def test_a_server_that_is_not_well_is_asked_once(health: tuple[int, str]) -> None:
    with server(health, WELL) as (uri, asked):
        with pytest.raises(DependencyUnavailable, match=f"/health answered {health[0]} and not OK"):
            look(uri)
        assert asked == ["/health"]


@pytest.mark.parametrize("api", [LOGIN, BROKEN], ids=["login page", "broken"])
def test_a_server_that_breaks_later_is_asked_at_most_twice(api: tuple[int, str]) -> None:
    with server(WELL, api) as (uri, asked):
        with pytest.raises(DependencyUnavailable, match=f"MLflow at {uri} is not available"):
            look(uri)
        assert asked[0] == "/health"
        assert 1 <= len(asked[1:]) <= 2


def test_passwords_are_not_shown(free_port: int) -> None:
    with pytest.raises(DependencyUnavailable) as seen:
        look(f"http://ada:hunter2@127.0.0.1:{free_port}")
    assert f"http://127.0.0.1:{free_port}" in str(seen.value)
    assert "hunter2" not in str(seen.value)
    assert "ada" not in str(seen.value)


@pytest.mark.parametrize("content", [b"not a database at all, but long enough", b"\0" * 5000])
def test_a_damaged_file_is_named_and_kept(tmp_path, content) -> None:
    database = tmp_path / "mlflow.db"
    database.write_bytes(content)
    with pytest.raises(DependencyUnavailable, match=r"mlflow\.db is not available"):
        look(f"sqlite:///{database}")
    assert database.read_bytes() == content


def test_an_empty_registry_has_no_champion(tmp_path) -> None:
    registry = MlflowRegistry(f"sqlite:///{tmp_path / 'mlflow.db'}", tmp_path / "mlartifacts")
    assert registry.aliased("leadwise-model", Alias.CHAMPION) is None
    assert registry.get("leadwise-model", "1") is None
