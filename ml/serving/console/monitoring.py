"""What the pages Monitor, Drift and Investigate ask of whoever keeps what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ml.contract.incidents import Incident
from ml.contract.investigation import Investigation
from ml.contract.records import WatchRecord
from ml.contract.retraining import PastDecision


@dataclass(frozen=True, kw_only=True)
class MonitorCommands:
    """What people type for what a page does not have yet.

    Parameters
    ----------
    watch : str
        Compares leads of late with those that the model learnt from.
    outcomes : str
        Does so with what became of leads.
    revenue : str
        Does so with what a win is worth, or says where that is written down.
    loop : str
        Looks, decides, and trains again where something asks for it.
    investigate : str
        Looks for the root of what is raised.
    """

    watch: str
    outcomes: str
    revenue: str
    loop: str
    investigate: str


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What is kept of a model's life.

    Parameters
    ----------
    watches : tuple of WatchRecord
        Newest first; each has the time at which it was made.
    decisions : tuple of PastDecision
        Newest first.
    incidents : tuple of Incident or None
        Those that are open first, then newest first; None where alerts are kept elsewhere.
    broken : tuple of str
        Why records cannot be read, a sentence each, with the file's name.
    """

    watches: tuple[WatchRecord, ...] = ()
    decisions: tuple[PastDecision, ...] = ()
    incidents: tuple[Incident, ...] | None = ()
    broken: tuple[str, ...] = ()


class Monitor(Protocol):
    """What was seen of the model that is served, what was decided, and what was found."""

    @property
    def commands(self) -> MonitorCommands:
        """How people bring what is missing."""

    def seen(self) -> Seen:
        """Watches, decisions and alerts."""

    def investigation(self) -> Investigation | None:
        """The newest that was kept; LeadwiseError where its file cannot be read."""

    def close(self, incident: int, *, who: str, why: str) -> None:
        """End an incident that will not end by itself; UsageError if it is not open."""

    def investigating(self) -> str:
        """What to type for one of the leads that were looked at last."""

    def report(self, watched: WatchRecord) -> bytes | None:
        """The page that was drawn for people, if one was."""
