"""Writes what happened to a version into the ledger, and its state into the registry."""

from __future__ import annotations

from collections.abc import Iterable

from ml.contract.errors import DependencyUnavailable, StaleAlias
from ml.contract.ledger import Action, LedgerEntry, LedgerEvent, entry_after
from ml.contract.names import Alias
from ml.contract.records import TrainRecord, Verdict
from ml.contract.standing import ModelState, champion_of, gate_words, states_of
from ml.core.figure_words import gate_title
from ml.ports import ANYTHING, Runtime

#: Tag of a registered version that says where it stands.
STATE = "state"
#: Writers that may come between reading and writing before something must be wrong.
_TRIES = 50


def remember(
    runtime: Runtime,
    action: Action,
    *,
    model: str,
    version: str,
    why: str,
    before: str | None = None,
    champion: str | None = ANYTHING,
) -> LedgerEntry:
    """Append to a model's ledger, after whatever others append meanwhile.

    Parameters
    ----------
    champion : str or None
        Only while this version (None for no version) is champion.

    Raises
    ------
    StaleAlias
        If another version is champion.
    """
    event = LedgerEvent(
        at=runtime.now(), who=runtime.who, action=action, model=model, before=before,
        version=version, why=why,
    )  # fmt: skip
    for _ in range(_TRIES):
        entries = runtime.ledger.entries(model)
        if champion not in (ANYTHING, champion_of(entries)):
            raise StaleAlias(model, Alias.CHAMPION, champion, champion_of(entries))
        entry = entry_after(event, entries[-1] if entries else None)
        if runtime.ledger.append(entry):
            return entry
    raise DependencyUnavailable(
        f"the ledger of {model} had another entry each of {_TRIES} times that one was to be "
        "added; find out who writes there without end, and repeat the command"
    )


def remember_training(runtime: Runtime, record: TrainRecord) -> None:
    """A version was made."""
    tried, family = len(record.validation), record.estimator.replace("_", " ")
    why = f"{family}, chosen of {tried} configurations" if tried > 1 else family
    remember(runtime, Action.TRAIN, model=record.model, version=record.version, why=why)
    show_states(runtime, record.model, [record.version])


def remember_verdict(runtime: Runtime, verdict: Verdict) -> None:
    """A version was held to the gates; the champion beside it is what it would replace."""
    state = ModelState.APPROVED if verdict.approved else ModelState.REJECTED
    figures = [f"{gate_title(gate.gate)}: {gate.figure:.4g}" for gate in verdict.gates]
    remember(
        runtime, Action.GATE, model=verdict.model, version=verdict.version,
        before=verdict.champion, why=gate_words(state, "; ".join([verdict.reason, *figures])),
    )  # fmt: skip
    show_states(runtime, verdict.model, [verdict.version])


def show_states(runtime: Runtime, model: str, versions: Iterable[str]) -> None:
    """Tag versions in the registry with where they stand, for people who look there."""
    states = states_of(runtime.ledger.entries(model))
    for version in versions:
        found = runtime.registry.get(model, version)
        if found and version in states and found.tags.get(STATE) != states[version]:
            runtime.registry.tag(model, version, STATE, states[version].value)
