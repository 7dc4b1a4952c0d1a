"""Rollback: let a version of before be champion and serve again, once it has proven what it is."""

from __future__ import annotations

from ml.contract.errors import StepMissing, UnknownName, UsageError
from ml.contract.ledger import Action, LedgerEntry
from ml.contract.moments import Moment
from ml.contract.names import Step
from ml.contract.records import RollbackRecord
from ml.contract.standing import champion_of, previous_of, versions_of
from ml.contract.use_case import UseCase
from ml.ports import Runtime
from ml.steps.deploy import deploy
from ml.steps.reconcile import follow, reconcile
from ml.steps.registered_scorer import registered_package
from ml.steps.remember import remember


def rollback(
    use_case: UseCase,
    runtime: Runtime,
    *,
    moment: Moment,
    to: str | None = None,
    reason: str = "",
) -> RollbackRecord:
    """Go back to another version.

    Hashes and golden rows of its package are verified before anything moves. Then the ledger says
    so, the registry's aliases follow, the package is put in force, and what serves has to give
    the golden rows the scores that were recorded with them. Repeated, it changes nothing, and
    makes good what a killed one has left.

    Parameters
    ----------
    moment : Moment
        Which of the use case's models is meant.
    to : str or None, default=None
        Any registered version; None for the champion before the one of now.
    reason : str, default=''
        Why, for the ledger.

    Raises
    ------
    StepMissing
        If no version was ever promoted.
    UsageError
        If there is no version before the champion.
    UnknownName
        If the registry holds no such version; lists those that the ledger knows.
    UntrustedPackage
        If its package is not what was registered.
    StaleAlias
        If another version became champion meanwhile.
    DeploymentFailed
        If it could not be put in force.
    """
    runtime.progress.start(Step.ROLLBACK)
    model = use_case.model_name(moment)
    entries = reconcile(runtime, model, deploying=True, urgent=True)
    now, target = champion_of(entries), _target(runtime, model, entries, to)
    registered_package(use_case, runtime, model, target, moment)
    if target != now:
        why = reason or "asked for, with no reason given"
        remember(
            runtime, Action.ROLLBACK, model=model, version=target, before=now, why=why,
            champion=now,
        )  # fmt: skip
        follow(runtime, model)
    served = deploy(use_case, runtime, moment=moment, urgent=True)
    runtime.progress.done(f"version {target} serves")
    return RollbackRecord(
        model=model,
        champion=target,
        before=now,
        moved=target != now or served.changed,
        package_sha256=served.package_sha256,
        reason=reason if target != now else f"version {target} is champion already",
    )


def _target(runtime: Runtime, model: str, entries: list[LedgerEntry], to: str | None) -> str:
    now = champion_of(entries)
    if now is None:
        raise StepMissing(Step.ROLLBACK, Step.PROMOTE)
    known = versions_of(entries)
    if to is not None:
        if runtime.registry.get(model, to) is None:
            raise UnknownName(f"version of {model}", to, known)
        return to
    previous = previous_of(entries)
    if previous is None:
        raise UsageError(
            f"version {now} is the first champion of {model}: there is none before it; "
            f"name a version with --to, such as {', '.join(known)}"
        )
    return previous
