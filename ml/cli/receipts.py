"""The commands `why` and `erase`: what a home remembers of scores, and of leads no more."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from ml.cli.options import HOME, AsJson, Home, UseCaseName
from ml.cli.output import err, fail, say, show_facts, show_json
from ml.contract.errors import Altered, Gone, LeadwiseError, UsageError
from ml.contract.records import JsonObject
from ml.contract.settings import LaptopSettings
from ml.use_cases import find

if TYPE_CHECKING:
    from ml.ports import Runtime
    from ml.serving.keeping import Stores

Leads = Annotated[list[str], typer.Argument(metavar="LEAD...", help="Ids of leads.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the ledger.")]
_ABOUT = ("lead", "at", "score", "prediction", "band", "model", "version", "inputs_sha256")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(why)
    app.command()(erase)


def why(
    receipt: Annotated[str, typer.Argument(metavar="RECEIPT", help="Its id, as answers tell it.")],
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """Why a lead was scored as it was: its inputs, its reasons, and the score made again.

    A row of a file that was scored on the page or as a job has the receipt JOB-LINE.
    """
    from ml.bootstrap import filed_receipt
    from ml.core.scoring import Scorer
    from ml.serving.replay import Replayer

    with _stores(home) as (_, stores):
        filed = filed_receipt(LaptopSettings(home=home).path, receipt)
        found = filed or stores.receipts.find(receipt)
        if found is None:
            raise UsageError(f"{home} holds no receipt {receipt!r}; it may be too old to be kept")
        load = partial(Scorer.of, use_case=find(found.use_case))
        told = Replayer(stores.package, load).why(found)
    if as_json:
        show_json(told)
    else:
        _show(told)
    if not told["replay"]["same"]:
        fail(_trouble(told), as_json=False)


def erase(
    use_case: UseCaseName,
    leads: Leads,
    reason: Reason = "",
    home: Home = HOME,
    as_json: AsJson = False,
) -> None:
    """Forget leads: their receipts, feedback, answers, features and scored files."""
    case = find(use_case)
    from ml.bootstrap import local_features, scored_files
    from ml.steps.erase import Memories
    from ml.steps.erase import erase as forget

    with _stores(home) as (runtime, stores):
        memories = Memories(
            receipts=stores.receipts,
            feedback=stores.feedback,
            answers=stores.answers,
            features=local_features(case, LaptopSettings(home=home).path),
            files=scored_files(case, LaptopSettings(home=home).path),
        )
        done = forget(case, runtime, memories, leads, reason=reason.strip())
    told = {lead: asdict(record) for lead, record in done.items()}
    if as_json:
        show_json({"use_case": use_case, "leads": told})
        return
    for lead, counts in told.items():
        show_facts(f"forgotten of {lead}", counts)
    err.print("models, training sets and the lake are as they were")


@contextmanager
def _stores(home: str) -> Iterator[tuple[Runtime, Stores]]:
    from ml.bootstrap import laptop, serving_stores

    settings = replace(LaptopSettings.from_env(os.environ), home=home)
    if not settings.path.is_dir():
        raise UsageError(f"there is no home {home!r}; name the one that serves with --home")
    with laptop(settings, err, exclusive=False) as runtime:
        yield runtime, serving_stores(runtime, settings.path)


def _show(told: JsonObject) -> None:
    show_facts(f"receipt {told['id']}", {name: told[name] for name in _ABOUT})
    show_facts("the model was given", told["cells"])
    for heading, name in (("for", "reasons_for"), ("against", "reasons_against")):
        for reason in told[name] or ():
            say(f"{heading}: {reason['text']} ({reason['points']:+g})", markup=False)
    if told["replay"]["same"]:
        say("made again, the score is the same")


def _trouble(told: JsonObject) -> LeadwiseError:
    replay = told["replay"]
    kind = Gone if replay["same"] is None else Altered
    return kind(f"the score was not made again: {replay['problem']}")
