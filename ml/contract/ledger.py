"""The ledger of a model: who made, judged, promoted, deployed or rolled back a version, and why.

Each entry holds the hash of the entry before it, so that none can be changed, taken out or moved
without every later hash becoming wrong.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum

from ml.contract.records import JsonObject

#: Stands where the first entry has no hash before it.
NO_HASH = "0" * 64


class Action(StrEnum):
    """What can happen to a version of a model."""

    TRAIN = "train"
    GATE = "gate"
    PROMOTE = "promote"
    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    #: Not of a version: a lead was forgotten.
    ERASE = "erase"


@dataclass(frozen=True, kw_only=True)
class LedgerEvent:
    """Something that happened to a version.

    Parameters
    ----------
    at : datetime
        With a time zone.
    who : str
        A person or a job, as settings or environment say: ``"ana@laptop"``.
    action : Action
    model : str
        Name of the registered model.
    before : str or None
        Version whose place it takes: of the champion, or of what served.
    version : str
        What it happened to.
    why : str
        A sentence without a final stop.
    """

    at: datetime
    who: str
    action: Action
    model: str
    before: str | None
    version: str
    why: str


@dataclass(frozen=True, kw_only=True)
class LedgerEntry(LedgerEvent):
    """An event in its place of the chain.

    Parameters
    ----------
    number : int
        From 1, without a gap.
    previous_hash : str
        `hash` of the entry before, `NO_HASH` of the first.
    hash : str
        SHA-256 of everything else as canonical JSON.
    """

    number: int
    previous_hash: str
    hash: str

    def to_dict(self) -> JsonObject:
        """JSON-ready values under the names that people see, `from` and `to`."""
        facts = _words(self, self.number, self.previous_hash)
        return facts | {"hash": self.hash}


def entry_after(event: LedgerEvent, last: LedgerEntry | None) -> LedgerEntry:
    """The event as the entry that follows `last`, the first of all for None.

    Examples
    --------
    >>> made = LedgerEvent(at=datetime(2026, 1, 2, tzinfo=UTC), who="ana@laptop", version="1",
    ...     action=Action.TRAIN, model="m", before=None, why="lightgbm")
    >>> first = entry_after(made, None)
    >>> second = entry_after(made, first)
    >>> second.number, second.previous_hash == first.hash
    (2, True)
    >>> list(chain_faults([first, second])), list(chain_faults([second]))
    ([], ['entry 1 is missing'])
    """
    number, previous = (last.number + 1, last.hash) if last else (1, NO_HASH)
    return LedgerEntry(
        **asdict(event),
        number=number,
        previous_hash=previous,
        hash=_hash(_words(event, number, previous)),
    )


def entry_from(words: JsonObject) -> LedgerEntry:
    """An entry from what `to_dict` made of it."""
    return LedgerEntry(
        at=datetime.fromisoformat(words["at"]),
        who=words["who"],
        action=Action(words["action"]),
        model=words["model"],
        before=words["from"],
        version=words["to"],
        why=words["why"],
        number=words["number"],
        previous_hash=words["previous_hash"],
        hash=words["hash"],
    )


def chain_faults(entries: Sequence[LedgerEntry]) -> Iterator[str]:
    """What was done to a model's entries since they were written, the first fault first.

    Entries that were cut off at the end leave a chain without fault; that the registry and the
    endpoint tell of a version that the ledger does not know shows it.

    Parameters
    ----------
    entries : sequence of LedgerEntry
        All of one model, by their numbers.
    """
    expected, last = 1, NO_HASH
    for entry in entries:
        if entry.number != expected:
            yield _out_of_place(expected, entry.number)
        elif entry.previous_hash != last:
            yield f"entry {entry.number} does not follow entry {entry.number - 1} as it is now"
        if entry.hash != _hash(_words(entry, entry.number, entry.previous_hash)):
            yield (
                f"entry {entry.number} ({entry.action} of version {entry.version}) is not what "
                "was written"
            )
        expected, last = entry.number + 1, entry.hash


def _out_of_place(expected: int, found: int) -> str:
    if found < expected:
        return f"entry {found} is not in its place"
    missing = (
        f"entry {expected} is"
        if found == expected + 1
        else f"entries {expected} to {found - 1} are"
    )
    return f"{missing} missing"


def _words(event: LedgerEvent, number: int, previous_hash: str) -> JsonObject:
    return {
        "number": number,
        "at": event.at.astimezone(UTC).isoformat(),
        "who": event.who,
        "action": str(event.action),
        "model": event.model,
        "from": event.before,
        "to": event.version,
        "why": event.why,
        "previous_hash": previous_hash,
    }


def _hash(words: JsonObject) -> str:
    text = json.dumps(words, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
