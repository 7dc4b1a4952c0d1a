"""The command `leadwise` and its subcommands; errors become one line and an exit code here."""

from __future__ import annotations

import sys

import typer

from ml.cli import (
    access,
    alerting,
    cards,
    checking,
    containers,
    demo,
    doctor,
    drill,
    exploring,
    features,
    investigating,
    leakage,
    lifecycle,
    looping,
    packaging,
    planning,
    querying,
    receipts,
    replaying,
    running,
    scoring,
    serving,
    slicing,
    snapshots,
    studying,
    training,
)
from ml.cli.output import fail
from ml.contract.errors import LeadwiseError
from ml.contract.names import PRODUCT

app = typer.Typer(
    name=PRODUCT,
    help="Lead scoring that a company can own: one pipeline from a lead file to served scores.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for module in (
    demo, running, training, checking, exploring, leakage, scoring, serving, lifecycle, cards,
    investigating, planning, drill, looping, replaying, packaging, studying, features, querying,
    snapshots, slicing, doctor, containers, access, receipts, alerting,
):  # fmt: skip
    module.register(app)


def main() -> None:
    """Run a command.

    Exit codes: 0 ok, 1 failure, 2 usage, 3 a quality gate said no, 4 a dependency is away.
    """
    try:
        app()
    except LeadwiseError as error:
        fail(error, as_json="--json" in sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)
