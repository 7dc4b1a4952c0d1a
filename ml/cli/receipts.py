"""The commands `why` and `erase`: what a home remembers of scores, and of leads no more."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from ml.cli.options import HOME, AsJson, Home, OnAws, UseCaseName
from ml.cli.output import err, fail, say, show_facts, show_json
from ml.contract.cloud_settings import MemorySettings
from ml.contract.errors import Altered, Gone, LeadwiseError, UsageError
from ml.contract.records import JsonObject
from ml.contract.settings import LaptopSettings
from ml.contract.use_case import UseCase
from ml.use_cases import find

if TYPE_CHECKING:
    from ml.contract.receipts import Receipt
    from ml.ports import Runtime
    from ml.serving.keeping import Stores
    from ml.steps.erase import Memories

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
    aws: OnAws = False,
    as_json: AsJson = False,
) -> None:
    """Why a lead was scored as it was: its inputs, its reasons, and the score made again.

    A row of a file that was scored on the page or as a job has the receipt JOB-LINE.
    """
    from ml.core.scoring import Scorer
    from ml.serving.replay import Replayer

    with _stores(home, aws) as (_, stores):
        filed = None if aws else _of_file(home, receipt)
        found = filed or stores.receipts.find(receipt)
        if found is None:
            where = "the account" if aws else home
            raise UsageError(f"{where} holds no receipt {receipt!r}; it may be too old to be kept")
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
    aws: OnAws = False,
    as_json: AsJson = False,
) -> None:
    """Forget leads: their receipts, feedback, answers, features and scored files."""
    case = find(use_case)
    from ml.steps.erase import erase as forget

    with _stores(home, aws) as (runtime, stores):
        memories = _of_account(case, stores) if aws else _of_home(case, stores, home)
        done = forget(case, runtime, memories, leads, reason=reason.strip())
    told = {lead: asdict(record) for lead, record in done.items()}
    if as_json:
        show_json({"use_case": use_case, "leads": told})
        return
    for lead, counts in told.items():
        show_facts(f"forgotten of {lead}", counts)
    err.print("models, training sets and the lake are as they were")
    if aws:
        err.print("scored files go with the console's task, what the endpoint captured in time")


def _of_file(home: str, receipt: str) -> Receipt | None:
    from ml.bootstrap import filed_receipt

    return filed_receipt(LaptopSettings(home=home).path, receipt)


def _of_home(use_case: UseCase, stores: Stores, home: str) -> Memories:
    from ml.bootstrap import local_features, scored_files
    from ml.steps.erase import Memories

    path = LaptopSettings(home=home).path
    return Memories(
        receipts=stores.receipts,
        feedback=stores.feedback,
        answers=stores.answers,
        features=local_features(use_case, path),
        files=scored_files(use_case, path),
    )


def _of_account(use_case: UseCase, stores: Stores) -> Memories:
    from ml.cloud_console import memories

    return memories(use_case, MemorySettings.from_env(os.environ), stores)


@contextmanager
def _stores(home: str, aws: bool) -> Iterator[tuple[Runtime, Stores]]:
    from ml.bootstrap import laptop, serving_stores

    if aws:
        from ml.cloud_console import account

        with account(MemorySettings.from_env(os.environ)) as opened:
            yield opened
        return
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
