"""Fixtures that every kind of test may ask for; the finding is done in tests/support."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from tests.support import leads, processes, programs
from tests.support.cdk import quiet_cdk

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from ml.adapters.spark_engine import SparkEngine
    from tests.support.permissions.recording import Recorded
    from tests.support.redshift import Redshift

quiet_cdk()

# Commands under test try two quick families once, unless a test says otherwise.
os.environ |= {"LEADWISE_FAMILIES": "logistic_regression,lightgbm", "LEADWISE_TRIALS": "3"}

# Spark on small files: Java's second compiler and its parallel collector cost more than all rows.
os.environ["JAVA_TOOL_OPTIONS"] = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
# Three processes share two cores: a thread that spins for another one takes the core that the other
# needs, and LightGBM then trains for minutes.
os.environ["OMP_WAIT_POLICY"] = "passive"
# A command that may keep no bytecode compiles our 400 files anew each time that it starts, and
# pytest rewrites all tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

#: Files that take longest come first, so that no process is left alone with one at the end.
_LONGEST = (
    "test_dag_end_to_end.py",
    "test_glue_cleaning.py",
    "test_container.py",
    # One Spark for all of them, as tests.support.sharing says.
    "test_engine_parity.py",
    "test_spark_training.py",
    "test_score_on_spark.py",
    "test_check_figures.py",
    "test_engine.py",
    "test_dag_lead_scoring.py",
    "test_accessibility.py",
    "test_monitor_pages.py",
    "test_rehearsal.py",
    "test_training_container.py",
    "test_mlflow_server.py",
    "test_synth.py",
    "test_cfn_lint.py",
    "test_drill.py",
    "test_server_processes.py",
    "test_readme.py",
    "test_bench.py",
    "test_cli.py",
    "test_run.py",
    "test_tracker.py",
    "test_feature_store.py",
    "test_training_away.py",
    "test_warehouse_faults.py",
    "test_warehouse.py",
    "test_watch_faults.py",
    "test_stopped_data.py",
)

# A slow machine is no failing property; CI repeats exactly what it ran before.
settings.register_profile("leadwise", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("leadwise")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the others stay in their order."""
    items.sort(key=lambda item: _place(item.path.name))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Where files stay whole, let those that share something stay together."""
    from tests.support.sharing import Sharing

    return Sharing(config, log) if config.getvalue("dist") == "loadfile" else None


def _place(file: str) -> int:
    return _LONGEST.index(file) if file in _LONGEST else len(_LONGEST)


@pytest.fixture(scope="session", autouse=True)
def _no_account() -> None:
    """Keep every test away from real AWS accounts."""
    from tests.support.accounts import forget_accounts

    forget_accounts()


@pytest.fixture(scope="session", autouse=True)
def _mlflow_is_made_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Copy MLflow's file for each home."""
    from ml.adapters import mlflow_sqlite
    from tests.support.empty_mlflow import copying

    folder = tmp_path_factory.getbasetemp()
    # The folder of a process lies in that of the run.
    template = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mlflow_sqlite, "create", copying(template))
        yield


@pytest.fixture(scope="session")
def _aws_calls() -> Iterator[list["Recorded"]]:
    """What our code asks of AWS."""
    from tests.support.permissions.recording import recording

    with recording() as calls:
        yield calls


@pytest.fixture(autouse=True)
def _calls_are_proven(_aws_calls: list["Recorded"]) -> Iterator[None]:
    """Fail where our code calls AWS in a way that the proof of its permissions does not know."""
    from tests.support.permissions.recording import unproven

    yield
    unknown = unproven(_aws_calls)
    _aws_calls.clear()
    assert not unknown, "\n".join(unknown)


@pytest.fixture(scope="session")
def real_leads_csv() -> Path:
    """The real leads file: skipped where it is absent, an error under CI."""
    return leads.leads_csv()


@pytest.fixture(scope="session")
def leads_profile() -> Path:
    """The profile of the real leads file: types, levels, rates per column."""
    return leads.leads_profile()


@pytest.fixture(scope="session")
def node() -> Path:
    """Node: the machine's, else PyPI's."""
    return programs.find_node()


@pytest.fixture
def free_port() -> int:
    """A port that nothing listens on."""
    return processes.free_port()


@pytest.fixture
def serve() -> Iterator[Callable[..., processes.Server]]:
    """Starts servers as `processes.serve` does and stops them after the test."""
    with ExitStack() as stack:
        yield lambda *args, **named: stack.enter_context(processes.serve(*args, **named))


@pytest.fixture(scope="session")
def spark() -> Iterator["SparkEngine"]:
    """A Spark that runs: starting one takes longer than most of what is asked of it."""
    from ml.adapters.spark_engine import SparkEngine
    from tests.support.spark import SPARK_PYTHON

    engine = SparkEngine(SPARK_PYTHON, threads=2)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URI of a running PostgreSQL."""
    from tests.support.postgres import postgres

    with postgres() as uri:
        yield uri


@pytest.fixture
def redshift(postgres: str, monkeypatch: pytest.MonkeyPatch) -> Iterator["Redshift"]:
    """Redshift's Data API over PostgreSQL, and S3 beside it."""
    from tests.support.redshift import redshift

    with redshift(postgres, monkeypatch) as running:
        yield running


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """Endpoint URL of a running moto; boto3 clients take it as `endpoint_url`."""
    from tests.support.cloud import moto_server

    with moto_server() as url:
        yield url


# Per module, since Playwright occupies the thread's event loop while it runs: a longer life
# would break every test that calls asyncio.run.
@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A headless Chromium."""
    from tests.support.browser import browser

    with browser() as running:
        yield running


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    """A fresh page with its own cookies and storage."""
    page = browser.new_page()
    yield page
    page.close()
