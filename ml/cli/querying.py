"""The command `query`: what the warehouse holds, at home or in Redshift."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ml.cli.options import HOME, AsJson, Home
from ml.cli.output import err, show_facts, show_json, show_table
from ml.contract.cloud_settings import WarehouseSettings
from ml.contract.errors import UsageError
from ml.contract.settings import LaptopSettings

if TYPE_CHECKING:
    from ml.ports import Warehouse

_SHOWN_ROWS = 50

Sql = Annotated[
    str,
    typer.Argument(metavar="SQL", help="In Redshift's words, over tables <use case>.<table>."),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", help="Parquet file to write all rows to, however many."),
]
Redshift = Annotated[
    bool,
    typer.Option(
        "--redshift", help="Ask Redshift, as LEADWISE_WAREHOUSE_... say; the home if not given."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(query)


def query(
    sql: Sql,
    output: Output = None,
    redshift: Redshift = False,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """Ask the warehouse: leads, scores, outcomes, feedback and drift."""
    _check(output)
    warehouse = _warehouse(home, redshift=redshift)
    if output:
        facts = {"rows": warehouse.export(sql, output), "output": str(output)}
        show_json(facts) if as_json else show_facts("rows written", facts)
        return
    found = warehouse.query(sql)
    if as_json:
        show_json({"rows": found.to_pylist()})
        return
    shown = found.slice(0, _SHOWN_ROWS)
    show_table("", found.column_names, (row.values() for row in shown.to_pylist()))
    err.print(f"{found.num_rows:,} rows, {shown.num_rows} shown; --output writes all")


def _check(output: Path | None) -> None:
    if output and output.suffix != ".parquet":
        raise UsageError(f"output {output.name!r} must end in .parquet")
    if output and not output.parent.is_dir():
        raise UsageError(f"there is no folder {str(output.parent)!r}; make it first")


def _warehouse(home: str, *, redshift: bool) -> Warehouse:
    settings = WarehouseSettings.from_env(os.environ) if redshift else None
    from ml.bootstrap import warehouse_of

    return warehouse_of(LaptopSettings(home=home).path, settings)
