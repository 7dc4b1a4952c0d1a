"""What a model's ledger says now: which version is champion, which was before, and the rest.

Who is champion is decided by the ledger alone; registry and endpoint follow it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from ml.contract.ledger import Action, LedgerEntry

#: What makes a version champion.
CROWNING = frozenset({Action.PROMOTE, Action.ROLLBACK})


class ModelState(StrEnum):
    """Where a version stands; the registry shows it as the tag `state`."""

    CANDIDATE = "candidate"
    APPROVED = "approved"
    REJECTED = "rejected"
    CHAMPION = "champion"
    RETIRED = "retired"
    ROLLED_BACK = "rolled_back"


def crowning(entries: Sequence[LedgerEntry]) -> LedgerEntry | None:
    """The entry that made the champion of now."""
    return _last(entries, CROWNING)


def champion_of(entries: Sequence[LedgerEntry]) -> str | None:
    """Version that is champion."""
    entry = crowning(entries)
    return entry.version if entry else None


def previous_of(entries: Sequence[LedgerEntry]) -> str | None:
    """Version to go back to: the champion before, or the champion itself after a rollback.

    A rollback leaves nothing to go back to, as the version that it left is the last that anybody
    wants: going back twice changes nothing.
    """
    entry = crowning(entries)
    if entry is None:
        return None
    return entry.version if entry.action == Action.ROLLBACK else entry.before


def deployed_of(entries: Sequence[LedgerEntry]) -> str | None:
    """Version that was put in force last."""
    entry = _last(entries, frozenset({Action.DEPLOY}))
    return entry.version if entry else None


def versions_of(entries: Sequence[LedgerEntry]) -> tuple[str, ...]:
    """Every version that something happened to, in the order in which they appeared."""
    return tuple(dict.fromkeys(entry.version for entry in entries))


def gate_words(state: ModelState, reason: str) -> str:
    """How an entry of `Action.GATE` says what the gates decided; `states_of` reads it back."""
    return f"{state}: {reason}"


def states_of(entries: Sequence[LedgerEntry]) -> dict[str, ModelState]:
    """Where each version stands after all that happened.

    Examples
    --------
    >>> from datetime import datetime
    >>> def entry(action, version, why="", before=None):
    ...     return LedgerEntry(at=datetime(2026, 1, 2), who="", action=action, model="m",
    ...         before=before, version=version, why=why, number=1, previous_hash="", hash="")
    >>> story = [entry(Action.TRAIN, "1"), entry(Action.PROMOTE, "1"), entry(Action.TRAIN, "2"),
    ...     entry(Action.GATE, "2", "rejected: worse"), entry(Action.PROMOTE, "2", before="1")]
    >>> {version: state.value for version, state in states_of(story).items()}
    {'1': 'retired', '2': 'champion'}
    >>> states_of(story[:4])["2"].value
    'rejected'
    """
    states: dict[str, ModelState] = {}
    champion: str | None = None
    for entry in entries:
        if entry.action == Action.TRAIN:
            states[entry.version] = ModelState.CANDIDATE
        elif entry.action == Action.GATE and entry.version != champion:
            states[entry.version] = ModelState(entry.why.partition(":")[0])
        elif entry.action in CROWNING:
            left = entry.action == Action.ROLLBACK
            if champion is not None:
                states[champion] = ModelState.ROLLED_BACK if left else ModelState.RETIRED
            champion = entry.version
            states[champion] = ModelState.CHAMPION
    return states


def _last(entries: Sequence[LedgerEntry], actions: frozenset[Action]) -> LedgerEntry | None:
    return next((entry for entry in reversed(entries) if entry.action in actions), None)
