"""Commands about files of leads: `score` and `watch`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ml.cli.opening import opened
from ml.cli.options import HOME, AsJson, Home, MomentName, UseCaseName, ValuePerWin
from ml.cli.output import show_facts, show_json, show_table
from ml.contract.names import EngineName
from ml.contract.records import plain
from ml.contract.watching import Severity, SignalState

if TYPE_CHECKING:
    from ml.contract.records import WatchRecord

_UNTOLD = frozenset(SignalState) - {SignalState.OK, SignalState.RAISED}

Input = Annotated[
    Path,
    typer.Option("--input", help="CSV, Parquet or JSON lines.", exists=True, dir_okay=False),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(score)
    app.command()(watch)


def score(
    use_case: UseCaseName,
    source: Input,
    output: Annotated[Path, typer.Option("--output", help="Result: .csv or .parquet.")],
    moment: MomentName = None,
    home: Home = HOME,
    reasons: Annotated[int, typer.Option(min=0, max=10, help="Reasons per lead, each way.")] = 0,
    engine: Annotated[
        str, typer.Option("--engine", help="duckdb, or spark for tables beyond one machine.")
    ] = EngineName.DUCKDB.value,
    as_json: AsJson = False,
) -> None:
    """Score a file: every row comes back, in order, with a status."""
    from ml.core.lean_arrow import leave_pandas_out

    leave_pandas_out()
    with opened(use_case, moment, home, exclusive=False, engine=engine) as pipeline:
        record = pipeline.score(source, output, reasons=reasons)
    if as_json:
        show_json(plain(record))
    else:
        counts = {f"rows {name}": count for name, count in record.rows.to_dict().items()}
        show_facts(f"{output} by {record.model} version {record.version}", counts | record.bands)


def watch(
    use_case: UseCaseName,
    current: Annotated[
        Path, typer.Option("--current", help="Leads of late.", exists=True, dir_okay=False)
    ],
    moment: MomentName = None,
    home: Home = HOME,
    outcomes: Annotated[
        Path | None,
        typer.Option(
            "--outcomes",
            help="What became of them: ids, outcomes, days; a file, or a folder of which the last "
            "that names a lead counts. By default the leads' own file.",
            exists=True,
        ),
    ] = None,
    violations: Annotated[
        Path | None,
        typer.Option(
            "--violations",
            help="What SageMaker Model Monitor found: constraint_violations.json.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    value_per_win: ValuePerWin = None,
    as_json: AsJson = False,
) -> None:
    """Compare leads of late with those that the model learnt from; ask for a retrain if need be."""
    with opened(use_case, moment, home, value_per_win=value_per_win) as pipeline:
        record = pipeline.watch(current, outcomes=outcomes, violations=violations)
    if as_json:
        show_json(plain(record))
    else:
        _show(record)


def _show(record: WatchRecord) -> None:
    worst = sorted(record.columns, key=lambda column: -column.psi)[:10]
    rows = [
        (c.column, c.psi, c.p_value, c.missing_change, "yes" if c.drifted else "") for c in worst
    ]
    show_table("Columns that changed most", ("column", "PSI", "p", "missing +/-", "drifted"), rows)
    _show_signals(record)
    facts = {"state": record.state, "drifted share": record.drifted_share, "report": record.report}
    reasons = record.retrain.reasons if record.retrain else ("no retrain is asked for",)
    show_facts("Watch", facts | {f"reason {n}": text for n, text in enumerate(reasons, 1)})


def _show_signals(record: WatchRecord) -> None:
    """What is raised, the worst first, and what could not be told."""
    raised = [signal for signal in record.signals if signal.severity]
    raised.sort(key=lambda signal: -Severity(signal.severity or "").rank)
    untold = [signal for signal in record.signals if signal.state in _UNTOLD]
    rows = [(signal.severity, signal.watched, signal.says) for signal in raised]
    rows += [(signal.state, signal.watched, signal.says) for signal in untold]
    show_table("What was seen", ("", "of", "figure"), rows or [("OK", "", "nothing is raised")])
