"""Holds ledger, registry and endpoint to each other: the ledger decides, the others follow."""

from __future__ import annotations

from dataclasses import dataclass

from ml.contract.alerts import AlertRule, AlertSeverity
from ml.contract.errors import (
    BrokenLedger,
    DependencyUnavailable,
    StaleAlias,
    UntrustedPackage,
)
from ml.contract.ledger import Action, LedgerEntry, chain_faults
from ml.contract.messages import Alert
from ml.contract.names import Alias
from ml.contract.standing import champion_of, crowning, deployed_of, previous_of
from ml.ports import Deployment, Endpoint, Runtime
from ml.steps.remember import remember, show_states

_TRIES = 20


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What ledger, registry and endpoint say of a model.

    Parameters
    ----------
    model : str
    entries : list of LedgerEntry
    champion : str or None
        Where the registry's alias points to.
    served : str or None
        Version in force.
    away : str, default=''
        Why the registry could not be asked.
    """

    model: str
    entries: list[LedgerEntry]
    champion: str | None
    served: str | None
    away: str = ""

    @property
    def faults(self) -> list[str]:
        """What was done to the ledger since it was written."""
        return list(chain_faults(self.entries))

    @property
    def crossed(self) -> list[str]:
        """Where they disagree because something stopped half-way, or was done by hand."""
        decided, deployed = champion_of(self.entries), deployed_of(self.entries)
        said = []
        if decided != self.champion and not self.away:
            said.append(
                f"champion of {self.model} is {_named(decided)} by the ledger and "
                f"{_named(self.champion)} in the registry"
            )
        if deployed != self.served:
            said.append(
                f"{_named(self.served)} of {self.model} serves, and {_named(deployed)} was the "
                "last to be deployed by the ledger"
            )
        return said

    @property
    def waiting(self) -> list[str]:
        """A champion that does not serve yet."""
        decided = champion_of(self.entries)
        if decided in (None, self.served):
            return []
        return [f"{_named(decided)} of {self.model} is champion, and {_named(self.served)} serves"]


def standing(runtime: Runtime, model: str) -> Standing:
    """What they say now."""
    entries, served = runtime.ledger.entries(model), in_force(runtime.endpoint, model)
    champion, away = None, ""
    try:
        champion = _pointed(runtime, model, Alias.CHAMPION)
    except DependencyUnavailable as error:
        away = str(error)
    version = served.version if served else None
    return Standing(model=model, entries=entries, champion=champion, served=version, away=away)


def known_standing(runtime: Runtime, model: str) -> Standing:
    """As `standing`, but where nothing ever happened no registry is asked or made."""
    if runtime.endpoint.stamp(model) is None and not runtime.ledger.entries(model):
        return Standing(model=model, entries=[], champion=None, served=None)
    return standing(runtime, model)


def in_force(endpoint: Endpoint, model: str) -> Deployment | None:
    """The package in force; None where there is none, or it can no longer be read."""
    try:
        return endpoint.current(model)
    except UntrustedPackage:
        return None


def reconcile(
    runtime: Runtime, model: str, *, deploying: bool = False, urgent: bool = False
) -> list[LedgerEntry]:
    """Tell people where the three disagree, and bring the registry to what the ledger says.

    What serves is written into the ledger where nobody did. It is changed by `deploy` alone.

    Parameters
    ----------
    deploying : bool, default=False
        A champion that does not serve yet is no news, as it is about to.
    urgent : bool, default=False
        Go on with a ledger that was changed since it was written; people are told all the same.

    Returns
    -------
    list of LedgerEntry
        The model's ledger now.

    Raises
    ------
    BrokenLedger
        If the ledger is not what was written: what it says of the champion may be forged.
    """
    seen = standing(runtime, model)
    if seen.faults:
        broken = BrokenLedger(model, seen.faults)
        _tell_of_faults(runtime, model, broken)
        if not urgent:
            raise broken
    else:
        whole = f"The ledger of {model} is what was written."
        runtime.alerts.send(Alert.ended(AlertRule.LEDGER_BROKEN, model, whole))
    _tell(runtime, model, seen.crossed + ([] if deploying else seen.waiting))
    _adopt(runtime, seen)
    follow(runtime, model)
    return runtime.ledger.entries(model)


def _tell_of_faults(runtime: Runtime, model: str, broken: BrokenLedger) -> None:
    alert = Alert.began(AlertRule.LEDGER_BROKEN, model, AlertSeverity.CRITICAL, str(broken))
    runtime.alerts.send(alert)


def _tell(runtime: Runtime, model: str, disagree: list[str]) -> None:
    """Of all places where the three disagree at once: they are one incident."""
    if not disagree:
        agreed = f"Ledger, registry and endpoint agree on {model}."
        runtime.alerts.send(Alert.ended(AlertRule.LEDGER_DISAGREES, model, agreed))
        return
    says = f"{'; '.join(disagree)}. Next: `leadwise step deploy` makes what the ledger says true."
    runtime.alerts.send(Alert.began(AlertRule.LEDGER_DISAGREES, model, AlertSeverity.WARNING, says))


def _adopt(runtime: Runtime, seen: Standing) -> None:
    """What is true and in no ledger: of a home from before it, or of a step that was killed."""
    if champion_of(seen.entries) is None and seen.champion is not None:
        why = "found as champion in the registry: the ledger begins with it"
        remember(
            runtime, Action.PROMOTE, model=seen.model, version=seen.champion, why=why, champion=None
        )
    deployed = deployed_of(seen.entries)
    if seen.served not in (None, deployed):
        remember(
            runtime, Action.DEPLOY, model=seen.model, version=str(seen.served), before=deployed,
            why="found in force",
        )  # fmt: skip


def follow(runtime: Runtime, model: str) -> None:
    """Let the registry's aliases and states follow the ledger.

    Raises
    ------
    DependencyUnavailable
        If somebody moves the aliases all the time.
    """
    for _ in range(_TRIES):
        now = {alias: _pointed(runtime, model, alias) for alias in (Alias.CHAMPION, Alias.PREVIOUS)}
        entries = runtime.ledger.entries(model)  # read last: an alias never overtakes the ledger
        try:
            _point(runtime, model, Alias.CHAMPION, champion_of(entries), now)
            _point(runtime, model, Alias.PREVIOUS, previous_of(entries), now)
        except StaleAlias:
            continue
        crowned = crowning(entries)
        touched = (crowned.before, crowned.version) if crowned else ()
        return show_states(runtime, model, filter(None, touched))
    raise DependencyUnavailable(
        f"the aliases of {model} moved {_TRIES} times while they were being set; "
        "find out who moves them, and run `leadwise step deploy`"
    )


def _pointed(runtime: Runtime, model: str, alias: Alias) -> str | None:
    found = runtime.registry.aliased(model, alias)
    return found.version if found else None


def _point(
    runtime: Runtime, model: str, alias: Alias, wanted: str | None, now: dict[Alias, str | None]
) -> None:
    if wanted in (None, now[alias]) or runtime.registry.get(model, str(wanted)) is None:
        return
    runtime.registry.point(model, alias, str(wanted), expected=now[alias])


def _named(version: str | None) -> str:
    return f"version {version}" if version else "no version"
