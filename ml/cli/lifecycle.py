"""Commands about which model serves: `promote`, `rollback` and `history`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ml.cli.opening import opened
from ml.cli.options import HOME, AsJson, Home, MomentName, UseCaseName
from ml.cli.output import err, fail, say, show_facts, show_json, show_table
from ml.cli.running import refuse_unless_promoted
from ml.contract.errors import BrokenLedger, UsageError
from ml.contract.names import Step
from ml.contract.records import JsonObject, Verdict
from ml.contract.standing import champion_of, deployed_of, previous_of, states_of
from ml.use_cases import find

if TYPE_CHECKING:
    from ml.steps.reconcile import Standing

Reason = Annotated[str, typer.Option("--reason", help="Why, for the ledger.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(promote)
    app.command()(rollback)
    app.command()(history)


def promote(
    use_case: UseCaseName,
    moment: MomentName = None,
    home: Home = HOME,
    force: Annotated[
        bool, typer.Option("--force", help="Overrule the gates; needs a --reason.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why to overrule them.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make the last judged challenger champion, and serve it."""
    if force and not reason.strip():
        raise UsageError("--force overrules the gates: say why with --reason")
    if reason.strip() and not force:
        raise UsageError("without --force the verdict is the reason: leave --reason out")
    with opened(use_case, moment, home) as pipeline:
        verdict = pipeline.latest(Step.EVALUATE, Verdict, asked_by=Step.PROMOTE)
        promotion = pipeline.promote(verdict, force=reason.strip())
        if promotion.promoted:
            pipeline.deploy()
    steps = [result.to_dict() for result in pipeline.results]
    if as_json:
        show_json({"model": verdict.model, "version": verdict.version, "steps": steps})
    refuse_unless_promoted(promotion, told=as_json)


def rollback(
    use_case: UseCaseName,
    to: Annotated[
        str | None, typer.Option("--to", help="Version; the champion before if not given.")
    ] = None,
    reason: Reason = "",
    moment: MomentName = None,
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """Let the champion before, or any registered version, serve again."""
    with opened(use_case, moment, home) as pipeline:
        pipeline.rollback(to, reason=reason.strip())
    done = pipeline.results[-1].to_dict()
    if as_json:
        show_json(done)
        return
    facts = done["record"]
    show_facts(f"{facts['model']} version {facts['champion']} serves", facts)


def history(
    use_case: UseCaseName,
    moment: MomentName = None,
    home: Home = HOME,
    ledger: Annotated[
        str, typer.Option("--ledger", help="DynamoDB table of an account, instead of a home.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """The story of each version of a model: made, judged, promoted, deployed, rolled back."""
    if ledger:
        seen = _of_account(use_case, moment, ledger)
    else:
        with opened(use_case, moment, home, exclusive=False) as pipeline:
            seen = pipeline.standing()
    if as_json:
        show_json(_told(seen))
    else:
        _show(seen)
    if seen.faults:
        fail(BrokenLedger(seen.model, seen.faults), as_json=False)


def _of_account(use_case: str, moment: str | None, table: str) -> Standing:
    """What the ledger of an account says; nothing else is asked."""
    from ml.bootstrap import cloud_ledger
    from ml.steps.reconcile import Standing

    case = find(use_case)
    model = case.model_name(case.moment(moment))
    entries = cloud_ledger(table).entries(model)
    return Standing(
        model=model, entries=entries, champion=champion_of(entries), served=deployed_of(entries)
    )


def _told(seen: Standing) -> JsonObject:
    entries = [entry.to_dict() for entry in seen.entries]
    chain = {
        "intact": not seen.faults,
        "entries": len(entries),
        "head": entries[-1]["hash"] if entries else None,
        "faults": seen.faults,
    }
    versions = [
        {"version": version, "state": state, "story": _story(entries, version)}
        for version, state in states_of(seen.entries).items()
    ]
    return {
        "model": seen.model,
        "champion": champion_of(seen.entries),
        "previous": previous_of(seen.entries),
        "serves": seen.served,
        "versions": versions,
        "entries": entries,
        "chain": chain,
        "disagreements": [*seen.crossed, *seen.waiting],
    }


def _story(entries: list[JsonObject], version: str) -> list[JsonObject]:
    return [entry for entry in entries if entry["to"] == version]


def _show(seen: Standing) -> None:
    told = _told(seen)
    if not told["entries"]:
        say(f"{seen.model}: nothing has happened yet")
    for each in told["versions"]:
        rows = [
            (entry["at"][:16].replace("T", " "), _deed(entry), entry["who"], entry["why"])
            for entry in each["story"]
        ]
        title = f"{seen.model} version {each['version']}: {each['state']}"
        show_table(title, ("when (UTC)", "what", "by", "why"), rows)
    chain = told["chain"]
    if chain["intact"] and chain["entries"]:
        say(f"{chain['entries']} entries, none changed since; last hash {chain['head']}")
    for sentence in [*told["disagreements"], *filter(None, [seen.away])]:
        err.print(f"warning: {sentence}", markup=False, soft_wrap=True)


def _deed(entry: JsonObject) -> str:
    instead = f", instead of {entry['from']}" if entry["from"] else ""
    return f"{entry['action']}{instead}"
