"""Commands about which model serves: `promote` and `history`."""

from __future__ import annotations

from typing import Annotated

import typer

from ml.cli.options import HOME, AsJson, Home, MomentName, UseCaseName
from ml.cli.output import err, show_json, show_table
from ml.cli.running import refuse_unless_approved
from ml.contract.names import Step
from ml.contract.settings import LaptopSettings
from ml.use_cases import find


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
    case = find(use_case)
    when = case.moment(moment)
    from ml.bootstrap import laptop
    from ml.contract.records import Verdict
    from ml.pipeline import Pipeline

    with laptop(LaptopSettings(home=home), err) as runtime:
        pipeline = Pipeline(case, runtime, when)
        verdict = pipeline.latest(Step.EVALUATE, Verdict, asked_by=Step.PROMOTE)
        if verdict.approved or force:
            pipeline.promote(verdict, force=force)
            pipeline.deploy()
    steps = [result.to_dict() for result in pipeline.results]
    if as_json:
        show_json({"model": verdict.model, "version": verdict.version, "steps": steps})
    if not force:
        refuse_unless_approved(verdict)


def history(
    use_case: UseCaseName, moment: MomentName = None, home: Home = HOME, as_json: AsJson = False
) -> None:
    """Every promotion and deployment of a model, oldest first."""
    case = find(use_case)
    model = case.model_name(case.moment(moment))
    from ml.bootstrap import laptop

    with laptop(LaptopSettings(home=home), err, exclusive=False) as runtime:
        entries = runtime.ledger.entries(model)
    if as_json:
        show_json({"model": model, "entries": [vars(entry) for entry in entries]})
        return
    rows = [(f"{e.at:%Y-%m-%d %H:%M}", e.action, e.version, e.previous, e.reason) for e in entries]
    show_table(model, ("when (UTC)", "what", "version", "before", "why"), rows)
