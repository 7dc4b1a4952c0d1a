"""Commands about which model serves: `promote` and `history`."""

from __future__ import annotations

from typing import Annotated

import typer

from ml.cli.opening import opened
from ml.cli.options import HOME, AsJson, Home, MomentName, UseCaseName
from ml.cli.output import show_json, show_table
from ml.cli.running import refuse_unless_approved
from ml.contract.names import Step
from ml.contract.records import Verdict


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(promote)
    app.command()(history)


def promote(
    use_case: UseCaseName,
    moment: MomentName = None,
    home: Home = HOME,
    force: Annotated[bool, typer.Option("--force", help="Overrule the gates.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make the last judged challenger champion, and serve it."""
    with opened(use_case, moment, home) as pipeline:
        verdict = pipeline.latest(Step.EVALUATE, Verdict, asked_by=Step.PROMOTE)
        if verdict.approved or force:
            pipeline.promote(verdict, force=force)
            pipeline.deploy()
    steps = [result.to_dict() for result in pipeline.results]
    if as_json:
        show_json({"model": verdict.model, "version": verdict.version, "steps": steps})
    if not force:
        refuse_unless_approved(verdict, told=as_json)


def history(
    use_case: UseCaseName, moment: MomentName = None, home: Home = HOME, as_json: AsJson = False
) -> None:
    """Every promotion and deployment of a model, oldest first."""
    with opened(use_case, moment, home, exclusive=False) as pipeline:
        model = pipeline.use_case.model_name(pipeline.moment)
        entries = pipeline.runtime.ledger.entries(model)
    if as_json:
        show_json({"model": model, "entries": [vars(entry) for entry in entries]})
        return
    rows = [(f"{e.at:%Y-%m-%d %H:%M}", e.action, e.version, e.previous, e.reason) for e in entries]
    show_table(model, ("when (UTC)", "what", "version", "before", "why"), rows)
