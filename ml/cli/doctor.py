"""The command `doctor`: what is installed, reachable, misconfigured, and the next move."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ml.cli.options import HOME, AsJson, Home
from ml.cli.output import err, show_json, show_table
from ml.contract.errors import DependencyUnavailable, LeadwiseError
from ml.contract.names import PRODUCT
from ml.contract.settings import LaptopSettings
from ml.contract.use_case import UseCase
from ml.use_cases import find, names

if TYPE_CHECKING:
    from ml.ports import Endpoint, Tracker
    from ml.steps.reconcile import Standing

_PACKAGES = (
    "duckdb", "evidently", "fastapi", "lightgbm", "mlflow", "pandas", "pyarrow", "scikit-learn",
    "sqlglot", "xgboost-cpu",
)  # fmt: skip
_LEAST_FREE_BYTES = 500 * 1024**2
_REPEAT = "run leadwise step deploy again"
_MEND_OUTBOX = "restore alerts.db from a copy, or remove it: it holds what people were told"
_OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at. `state` is ok, warning or broken."""

    subject: str
    state: str
    seen: str
    next_move: str = ""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(home: Home = HOME, as_json: AsJson = False) -> None:
    """Look at Python, packages, the home and every model that serves; say what to do next."""
    path = LaptopSettings(home=home).path
    findings = [*_python(), *_packages(), *_disk(path), *_channels(path), *_home(path)]
    if as_json:
        show_json({"findings": [asdict(finding) for finding in findings]})
    else:
        rows = [(f.subject, f.state, f.seen, f.next_move) for f in findings]
        show_table(f"{PRODUCT} {version(PRODUCT)}", ("what", "state", "seen", "next move"), rows)
    broken = [finding.subject for finding in findings if finding.state == "broken"]
    if broken:
        # Not as an error that is raised: standard output holds one object already.
        err.print(f"error: not in order: {', '.join(broken)}; see the next moves above")
        raise typer.Exit(DependencyUnavailable.exit_code)


def _python() -> Iterator[Finding]:
    seen = ".".join(map(str, sys.version_info[:3]))
    fine = sys.version_info >= _OLDEST_PYTHON
    move = "" if fine else "install Python 3.11 or later and run make setup"
    yield Finding(subject="python", state="ok" if fine else "broken", seen=seen, next_move=move)


def _packages() -> Iterator[Finding]:
    for name in _PACKAGES:
        try:
            yield Finding(subject=name, state="ok", seen=version(name))
        except PackageNotFoundError:
            yield Finding(subject=name, state="broken", seen="absent", next_move="run make setup")


def _disk(home: Path) -> Iterator[Finding]:
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    fine = free >= _LEAST_FREE_BYTES
    move = "" if fine else "free some space: runs keep models and reports"
    seen = f"{free / 1024**3:.1f} GiB free"
    yield Finding(subject="disk", state="ok" if fine else "warning", seen=seen, next_move=move)


def _channels(home: Path) -> Iterator[Finding]:
    """Over which channels people are told, as far as can be seen without telling them."""
    from ml.bootstrap import home_alerts
    from ml.contract.alerts import OF_PEOPLE

    alerts = home_alerts(home)
    move = "leadwise alerts test sends a message over each"
    for channel in OF_PEOPLE:
        subject, sink = f"alerts by {channel}", alerts.sinks.get(channel)
        if sink is None:
            yield Finding(subject=subject, state="ok", seen="not set up")
        elif problem := sink.problem():
            yield Finding(subject=subject, state="broken", seen="misconfigured", next_move=problem)
        else:
            yield Finding(subject=subject, state="ok", seen="set up", next_move=move)
    yield _checked("alerts that wait", partial(_untold, alerts.outbox.waiting), _MEND_OUTBOX)


def _untold(waiting: Callable[[], int]) -> Finding:
    number = waiting()
    move = "leadwise alerts list says why; leadwise alerts deliver tries again" if number else ""
    state = "warning" if number else "ok"
    return Finding(subject="alerts that wait", state=state, seen=str(number), next_move=move)


def _home(home: Path) -> Iterator[Finding]:
    if not home.exists():
        move = "run leadwise demo, or leadwise run USE_CASE --data FILE"
        yield Finding(subject="home", state="warning", seen=f"no {home.name}/ yet", next_move=move)
        return
    from ml.bootstrap import laptop
    from ml.steps.reconcile import known_standing

    with laptop(LaptopSettings(home=str(home)), err, exclusive=False) as runtime:
        yield _spool(runtime.tracker)
        for name in names():
            case = find(name)
            for moment in case.moments:
                model = case.model_name(moment)
                yield _checked(model, partial(_serving, runtime.endpoint, model, case))
                yield from _crossed(known_standing(runtime, model))


def _crossed(seen: Standing) -> Iterator[Finding]:
    """Where ledger, registry and endpoint disagree, and what was done to the ledger."""
    subject = f"{seen.model} ledger"
    for fault in seen.faults:
        move = "restore ledger.db from a copy, and find out who could write there"
        yield Finding(subject=subject, state="broken", seen=fault, next_move=move)
    move = "run leadwise step deploy: registry and endpoint follow the ledger"
    for sentence in (*seen.crossed, *seen.waiting):
        yield Finding(subject=subject, state="warning", seen=sentence, next_move=move)
    if seen.away:
        yield Finding(subject=subject, state="warning", seen=seen.away)


def _spool(tracker: Tracker) -> Finding:
    waiting = tracker.waiting()
    if not waiting:
        return Finding(subject="MLflow", state="ok", seen="nothing waits to be told")
    move = "start MLflow, or correct LEADWISE_MLFLOW_URI; the next run tells them"
    seen = f"runs that wait in spool/: {waiting}"
    return Finding(subject="MLflow", state="warning", seen=seen, next_move=move)


def _checked(subject: str, look: Callable[[], Finding], move: str = _REPEAT) -> Finding:
    try:
        return look()
    except LeadwiseError as error:
        return Finding(subject=subject, state="broken", seen=str(error), next_move=move)


def _serving(endpoint: Endpoint, model: str, case: UseCase) -> Finding:
    from ml.core.scoring import Scorer

    deployment = endpoint.current(model)
    if deployment is None:
        move = f"leadwise run {case.name} --moment {model.rpartition('-')[2]} --data FILE"
        return Finding(subject=model, state="ok", seen="not deployed", next_move=move)
    Scorer.of(deployment, use_case=case)
    seen = f"version {deployment.version}, hashes and golden rows hold"
    return Finding(subject=model, state="ok", seen=seen)
