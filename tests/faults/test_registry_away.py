"""F2, F4, F5: a registry that is away, hangs or lies keeps no server from serving."""

import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from ml.adapters.local_endpoint import LocalEndpoint
from ml.contract.alerts import AlertRule
from ml.contract.errors import DependencyUnavailable, UntrustedPackage
from ml.ports import Deployment
from ml.serving import live_model
from ml.serving.live_model import LiveModel, Packages
from tests.support import web
from tests.support.watching import Told


class Away:
    """A registry that answers by what `fault` does; None for the truth."""

    def __init__(self, home: Path) -> None:
        self._true = LocalEndpoint(home / "serving")
        self.fault: Callable[[], object] | None = None

    def stamp(self, model: str) -> str | None:
        if self.fault is not None:
            self.fault()
        return self._true.stamp(model)

    def current(self, model: str) -> Deployment | None:
        return self._true.current(model)

    def deploy(self, deployment: Deployment, *, expected: str | None = None) -> None:
        raise NotImplementedError


class Home:
    def __init__(self, folder: Path) -> None:
        self.folder, self.endpoint, self.heard = folder, Away(folder), Told()

    def packages(self) -> Packages:
        last_good = LocalEndpoint(self.folder / "serving" / "last_good")
        return Packages(
            endpoint=self.endpoint, load=web.load, last_good=last_good, alerts=self.heard
        )

    def model(self) -> LiveModel:
        """As a process that starts now would hold it."""
        return LiveModel(self.packages(), web.MODEL)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A server ran here, with version 1."""
    web.deploy(tmp_path, "1")
    home = Home(tmp_path)
    home.model().refresh()
    return home


def fails(error: Exception) -> Callable[[], object]:
    def fail() -> None:
        raise error

    return fail


ERRORS = [
    OSError("no route to host"), TimeoutError(), ValueError("<html>Sign in</html>"),
    DependencyUnavailable("MLflow answered 500"),
]  # fmt: skip


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_f2_the_last_good_package_serves_from_the_start_and_people_hear_of_it_once(home, error):
    home.endpoint.fault = fails(error)
    model = home.model()
    for _ in range(3):
        model.refresh()
    assert model.live is not None
    assert (model.live.version, model.stale is not None) == ("1", True)
    assert [(alert.rule, alert.subject) for alert in home.heard.alerts] == [
        (AlertRule.REGISTRY_AWAY, web.MODEL)
    ]


def test_f2_when_it_is_back_its_newest_package_serves(home):
    home.endpoint.fault = fails(OSError())
    model = home.model()
    model.refresh()
    web.deploy(home.folder, "2")
    home.endpoint.fault = None
    model.refresh()
    assert model.live is not None
    assert (model.live.version, model.stale, model.problem) == ("2", None, None)
    (away,), (back,) = home.heard.alerts, home.heard.over
    assert (away.incident, away.severity) == (back.incident, "warning")


def test_f5_an_empty_registry_is_named_and_nothing_serves(tmp_path):
    model = Home(tmp_path).model()
    model.refresh()
    assert model.live is None
    assert model.problem is not None
    assert web.MODEL in model.problem


def test_f6_a_package_that_is_refused_at_the_start_leaves_the_last_good_one(home):
    web.deploy(home.folder, "2", content=b"broken")
    model = home.model()
    for _ in range(3):
        model.refresh()
    assert model.live is not None
    assert model.live.version == "1"
    assert [alert.severity for alert in home.heard.alerts] == ["critical"]


def test_f5_a_version_whose_package_is_gone_leaves_what_serves(home):
    home.endpoint.fault = fails(UntrustedPackage("its package is gone"))
    model = home.model()
    model.refresh()
    assert model.live is not None
    assert "its package is gone" in str(model.problem)


def test_f5_what_served_before_closes_the_incident_when_it_is_back(home):
    model = home.model()
    model.refresh()
    home.endpoint.fault = fails(UntrustedPackage("its package is gone"))
    model.refresh()
    home.endpoint.fault = None
    model.refresh()
    assert (model.live.version, model.problem) == ("1", None)
    (refused,), (over,) = home.heard.alerts, home.heard.over
    assert (refused.rule, over.incident) == (AlertRule.PACKAGE_REFUSED, refused.incident)


def test_f4_a_registry_that_never_answers_delays_the_start_by_a_bounded_time(home, monkeypatch):
    monkeypatch.setattr(live_model, "_START_SECONDS", 0.1)
    hung = threading.Event()
    home.endpoint.fault = hung.wait
    monkeypatch.setattr(web, "packages", lambda _: home.packages())
    with web.server(home.folder) as url, httpx.Client(base_url=url, trust_env=False) as client:
        ready = client.get("/health/ready")
        scored = client.post("/v1/score", json={"prospect_id": "a"})
        hung.set()
    assert ready.status_code == 200
    assert (ready.json()["registry"], ready.json()["version"]) == ("stale", "1")
    assert scored.json()["model_version"] == "1"
