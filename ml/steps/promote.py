"""Promote: make an approved challenger champion, if it was judged beside the champion of now."""

from __future__ import annotations

from ml.contract.errors import StaleAlias, UsageError
from ml.contract.ledger import Action, LedgerEntry
from ml.contract.moments import Moment
from ml.contract.names import Step
from ml.contract.records import PromoteRecord, Verdict
from ml.contract.standing import ModelState, champion_of, previous_of, states_of
from ml.contract.use_case import UseCase
from ml.ports import Runtime
from ml.steps.reconcile import follow, reconcile
from ml.steps.registered_scorer import registered_package
from ml.steps.remember import remember

#: Another promotion came between verdict and promotion.
STALE_CHAMPION = "STALE_CHAMPION"


def promote(
    use_case: UseCase,
    runtime: Runtime,
    *,
    verdict: Verdict,
    moment: Moment,
    force: str = "",
) -> PromoteRecord:
    """Write into the ledger that the judged version is champion, and let the registry follow.

    Of two promotions that were judged by the same champion one wins: the ledger gives each number
    once. A promotion that is killed after that is finished by whatever command comes next, and
    there is a champion at all times.

    Parameters
    ----------
    verdict : Verdict
        Of the version to promote.
    moment : Moment
        Must be the one that the verdict is about.
    force : str, default=''
        Why to promote against the verdict, and over whatever is champion now; empty for not to.

    Returns
    -------
    PromoteRecord
        With `promoted` False and the reason if the champion stays.

    Raises
    ------
    BrokenLedger
        If the ledger is not what was written.
    DependencyUnavailable
        If the version is no longer registered, or the registry is away.
    UntrustedPackage
        If its package is not what was registered or does not reproduce its golden rows.
    """
    runtime.progress.start(Step.PROMOTE)
    if verdict.model != use_case.model_name(moment):
        raise UsageError(
            f"the verdict is about {verdict.model}, not {use_case.model_name(moment)}; "
            "name its moment or evaluate again"
        )
    entries = reconcile(runtime, verdict.model)
    now = champion_of(entries)
    if now == verdict.version:
        record = _already(verdict, entries)
    elif against := _objection(verdict, entries, force):
        record = _kept(verdict, now, against)
    else:
        registered_package(use_case, runtime, verdict.model, verdict.version, moment)
        record = _crown(runtime, verdict, now, force)
    runtime.progress.done(record.reason)
    return record


def _objection(verdict: Verdict, entries: list[LedgerEntry], force: str) -> str:
    """Why the champion stays; empty if it does not."""
    if force:
        return ""
    if not verdict.approved:
        return f"version {verdict.version} was not approved: {verdict.reason}"
    if states_of(entries).get(verdict.version) == ModelState.ROLLED_BACK:
        return (
            f"version {verdict.version} was champion and was rolled back; train another, or "
            "promote it with --force and a --reason"
        )
    now = champion_of(entries)
    return "" if now == verdict.champion else _stale(verdict, now)


def _crown(runtime: Runtime, verdict: Verdict, now: str | None, force: str) -> PromoteRecord:
    reason = verdict.reason if not force else f"forced: {force}; the verdict: {verdict.reason}"
    try:
        remember(
            runtime, Action.PROMOTE, model=verdict.model, version=verdict.version, before=now,
            why=reason, champion=now,
        )  # fmt: skip
    except StaleAlias as error:
        return _kept(verdict, error.found, _stale(verdict, error.found))
    follow(runtime, verdict.model)
    return PromoteRecord(
        model=verdict.model, champion=verdict.version, previous=now, promoted=True, reason=reason
    )


def _already(verdict: Verdict, entries: list[LedgerEntry]) -> PromoteRecord:
    return PromoteRecord(
        model=verdict.model,
        champion=verdict.version,
        previous=previous_of(entries),
        promoted=True,
        reason=f"version {verdict.version} is champion already",
    )


def _kept(verdict: Verdict, now: str | None, reason: str) -> PromoteRecord:
    return PromoteRecord(
        model=verdict.model, champion=now, previous=None, promoted=False, reason=reason
    )


def _stale(verdict: Verdict, now: str | None) -> str:
    judged_by = f"version {verdict.champion}" if verdict.champion else "no champion"
    return (
        f"{STALE_CHAMPION}: version {verdict.version} was judged beside {judged_by}, but version "
        f"{now or 'none'} is champion now; evaluate again"
    )
