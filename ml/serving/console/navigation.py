"""The console's pages, in the order in which its navigation shows them."""

from __future__ import annotations

from dataclasses import dataclass

from ml.contract.modelling import BinaryTask
from ml.contract.use_case import UseCase


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One page in the navigation.

    Parameters
    ----------
    section : str
        What its templates set as `section`, so that the navigation marks it.
    words : str
        How people call it.
    address : str
        Where it is.
    """

    section: str
    words: str
    address: str


#: A page adds its line here; what is not here is not shown.
_ENTRIES = (
    Entry(section="score", words="Score", address="/"),
    Entry(section="jobs", words="Jobs", address="/jobs"),
    Entry(section="worklist", words="Work list", address="/worklist"),
    Entry(section="models", words="Models", address="/models"),
    Entry(section="monitor", words="Monitor", address="/monitor"),
    Entry(section="drift", words="Drift", address="/drift"),
    Entry(section="investigate", words="Investigate", address="/investigate"),
    Entry(section="docs", words="API", address="/docs"),
)


def navigation(use_case: UseCase) -> tuple[Entry, ...]:
    """The entries of a use case: without wins to plan for there is no work list."""
    return tuple(one for one in _ENTRIES if one.section != "worklist" or plans(use_case))


def plans(use_case: UseCase) -> bool:
    """Whether a use case has wins, of which a work list can be made."""
    return isinstance(use_case.task, BinaryTask)
