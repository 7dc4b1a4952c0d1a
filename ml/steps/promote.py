"""Promote: make an approved challenger champion, if it was judged beside the champion of now."""

from __future__ import annotations

from ml.contract.errors import DependencyUnavailable, StaleAlias, UsageError
from ml.contract.moments import Moment
from ml.contract.names import Alias, Step
from ml.contract.records import PromoteRecord, Verdict
from ml.contract.use_case import UseCase
from ml.ports import LedgerEntry, ModelVersion, Runtime
from ml.steps.registered_scorer import registered_scorer

#: Another promotion came between verdict and promotion.
STALE_CHAMPION = "STALE_CHAMPION"


def promote(
    use_case: UseCase,
    runtime: Runtime,
    *,
    verdict: Verdict,
    moment: Moment,
    force: bool = False,
) -> PromoteRecord:
    """Point the alias `champion` to the judged version, and write that into the ledger.

    Of two promotions that were judged by the same champion one wins. The alias moves in one
    step, so there is a champion at all times.

    Parameters
    ----------
    verdict : Verdict
        Of the version to promote.
    moment : Moment
        Must be the one that the verdict is about.
    force : bool, default=False
        Promote against the verdict, and over whatever is champion now.

    Returns
    -------
    PromoteRecord
        With `promoted` False and the reason if the champion stays.

    Raises
    ------
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
    champion = runtime.registry.aliased(verdict.model, Alias.CHAMPION)
    record = _decide(use_case, runtime, verdict, champion, moment=moment, force=force)
    runtime.progress.done(record.reason)
    return record


def _decide(
    use_case: UseCase,
    runtime: Runtime,
    verdict: Verdict,
    champion: ModelVersion | None,
    *,
    moment: Moment,
    force: bool,
) -> PromoteRecord:
    now = champion.version if champion else None
    if now == verdict.version:
        return _already(runtime, verdict)
    if not (verdict.approved or force):
        return _kept(verdict, now, f"version {verdict.version} was not approved: {verdict.reason}")
    if now != verdict.champion and not force:
        return _stale(verdict, now)
    _try_package(use_case, runtime, verdict, moment)
    try:
        _crown(runtime, verdict, now)
    except StaleAlias as error:
        return _stale(verdict, error.found)
    reason = verdict.reason if verdict.approved else f"forced although: {verdict.reason}"
    _tell(runtime, verdict, previous=now, reason=reason)
    return PromoteRecord(
        model=verdict.model, champion=verdict.version, previous=now, promoted=True, reason=reason
    )


def _try_package(use_case: UseCase, runtime: Runtime, verdict: Verdict, moment: Moment) -> None:
    """Load the package as a server would: hashes and golden rows decide."""
    version = runtime.registry.get(verdict.model, verdict.version)
    if version is None:
        raise DependencyUnavailable(
            f"the registry holds no version {verdict.version} of {verdict.model}; train again"
        )
    registered_scorer(use_case, runtime, version, moment)


def _crown(runtime: Runtime, verdict: Verdict, now: str | None) -> None:
    if now is not None:
        runtime.registry.point(verdict.model, Alias.PREVIOUS, now)
    runtime.registry.point(verdict.model, Alias.CHAMPION, verdict.version, expected=now)


def _already(runtime: Runtime, verdict: Verdict) -> PromoteRecord:
    """Nothing to move; but a run killed before it wrote the ledger is made good."""
    entries = [e for e in runtime.ledger.entries(verdict.model) if e.action == Step.PROMOTE]
    if not entries or entries[-1].version != verdict.version:
        _tell(runtime, verdict, previous=verdict.champion, reason=verdict.reason)
    previous = runtime.registry.aliased(verdict.model, Alias.PREVIOUS)
    return PromoteRecord(
        model=verdict.model,
        champion=verdict.version,
        previous=previous.version if previous else None,
        promoted=True,
        reason=f"version {verdict.version} is champion already",
    )


def _kept(verdict: Verdict, now: str | None, reason: str) -> PromoteRecord:
    return PromoteRecord(
        model=verdict.model, champion=now, previous=None, promoted=False, reason=reason
    )


def _stale(verdict: Verdict, now: str | None) -> PromoteRecord:
    judged_by = f"version {verdict.champion}" if verdict.champion else "no champion"
    reason = (
        f"{STALE_CHAMPION}: version {verdict.version} was judged beside {judged_by}, but version "
        f"{now or 'none'} is champion now; evaluate again"
    )
    return _kept(verdict, now, reason)


def _tell(runtime: Runtime, verdict: Verdict, *, previous: str | None, reason: str) -> None:
    runtime.ledger.append(
        LedgerEntry(
            at=runtime.now(),
            action=Step.PROMOTE,
            model=verdict.model,
            version=verdict.version,
            previous=previous if previous != verdict.version else None,
            reason=reason,
        )
    )
