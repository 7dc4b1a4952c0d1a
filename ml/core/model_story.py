"""A model's versions as people ask for them: who serves, who would like to, and who did before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ml.contract.ledger import Action, LedgerEntry, chain_faults
from ml.contract.records import JsonObject
from ml.contract.standing import (
    CROWNING,
    ModelState,
    champion_of,
    previous_of,
    states_of,
)

#: Where a version stands that has not been champion.
_YOUNG = frozenset({ModelState.CANDIDATE, ModelState.APPROVED, ModelState.REJECTED})
#: Where a version stands that has been champion and is not now.
_PAST = frozenset({ModelState.RETIRED, ModelState.ROLLED_BACK})


@dataclass(frozen=True, kw_only=True)
class VersionStory:
    """One version.

    Parameters
    ----------
    version : str
    state : ModelState
    entries : tuple of LedgerEntry
        What happened to it, oldest first.
    card : dict or None
        Its model card; None where it was not judged, or the card is gone.
    """

    version: str
    state: ModelState
    entries: tuple[LedgerEntry, ...]
    card: JsonObject | None

    @property
    def made(self) -> LedgerEntry:
        """How it came to be, as far as the ledger knows."""
        return self.entries[0]

    @property
    def judged(self) -> LedgerEntry | None:
        """What the gates said last."""
        return self._last(frozenset({Action.GATE}))

    @property
    def crowned(self) -> LedgerEntry | None:
        """What made it champion last."""
        return self._last(CROWNING)

    def _last(self, actions: frozenset[Action]) -> LedgerEntry | None:
        return next((one for one in reversed(self.entries) if one.action in actions), None)


@dataclass(frozen=True, kw_only=True)
class ModelStory:
    """All versions of a model.

    Parameters
    ----------
    model : str
    versions : tuple of VersionStory
        Newest first.
    champion, challenger, previous : VersionStory or None
        The challenger is the newest version that has not been champion, if nothing newer has.
    entries : tuple of LedgerEntry
        The ledger, newest first.
    faults : tuple of str
        What was done to the ledger since it was written.
    """

    model: str
    versions: tuple[VersionStory, ...]
    champion: VersionStory | None
    challenger: VersionStory | None
    previous: VersionStory | None
    entries: tuple[LedgerEntry, ...]
    faults: tuple[str, ...]

    def version(self, name: str | None) -> VersionStory | None:
        """One version, if the ledger knows of it."""
        return next((one for one in self.versions if one.version == name), None)

    @property
    def objection(self) -> str:
        """Why the challenger cannot become champion now; empty if it can.

        Examples
        --------
        >>> model_story("m", [], {}).objection
        'there is no challenger: train a version first'
        """
        young, now = self.challenger, self.champion
        if young is None:
            return "there is no challenger: train a version first"
        if self.faults:
            return f"the ledger is not what was written: {self.faults[0]}"
        if young.judged is None:
            return f"version {young.version} was not judged yet: evaluate it first"
        if young.state is not ModelState.APPROVED:
            return f"the gates said no to version {young.version}"
        if young.judged.before != (now.version if now else None):
            beside = f"version {young.judged.before}" if young.judged.before else "no champion"
            return (
                f"version {young.version} was judged beside {beside}, which is not champion now: "
                "evaluate again"
            )
        return ""

    @property
    def past_champions(self) -> tuple[VersionStory, ...]:
        """Versions to go back to, newest first."""
        return tuple(one for one in self.versions if one.state in _PAST)


def model_story(
    model: str, entries: Sequence[LedgerEntry], cards: Mapping[str, JsonObject]
) -> ModelStory:
    """The story that a ledger tells.

    Parameters
    ----------
    model : str
    entries : sequence of LedgerEntry
        All of the model, oldest first.
    cards : mapping of str to dict
        Model cards by version.
    """
    of: dict[str, list[LedgerEntry]] = {}
    for entry in entries:
        of.setdefault(entry.version, []).append(entry)
    states = states_of(entries)
    versions = [
        VersionStory(
            version=version,
            state=states.get(version, ModelState.CANDIDATE),
            entries=tuple(happened),
            card=cards.get(version),
        )
        for version, happened in of.items()
    ][::-1]
    by_name = {one.version: one for one in versions}
    newest = versions[0] if versions else None
    return ModelStory(
        model=model,
        versions=tuple(versions),
        champion=by_name.get(champion_of(entries) or ""),
        challenger=newest if newest and newest.state in _YOUNG else None,
        previous=by_name.get(previous_of(entries) or ""),
        entries=tuple(reversed(entries)),
        faults=tuple(chain_faults(entries)),
    )
