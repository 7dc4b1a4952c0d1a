"""What the page Models asks of whoever keeps the versions of a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ml.core.model_story import ModelStory


@dataclass(frozen=True, kw_only=True)
class Commands:
    """What people type where models are changed beside the page.

    Parameters
    ----------
    retrain : str
        Has a version trained and judged, and promoted if the gates approve.
    deploy : str
        Brings the endpoint to a package, a newer or an older one.
    history : str
        Tells the whole ledger.
    """

    retrain: str
    deploy: str
    history: str


class Models(Protocol):
    """The versions of the model that is served, and who may take whose place."""

    @property
    def commands(self) -> Commands | None:
        """How models are changed where the page cannot; None where it can."""

    def story(self) -> ModelStory:
        """The versions, and what happened to them."""

    def card(self, version: str) -> str | None:
        """A version's model card as a page, if it has one."""

    def get_ready(self) -> None:
        """Expect a change within minutes; LeadwiseError where the page can make none."""

    def promote(self, version: str, *, who: str) -> None:
        """Let the version that was judged last become champion and serve; LeadwiseError if not."""

    def roll_back(self, to: str, *, champion: str, who: str, reason: str) -> None:
        """Let a version of before serve again; LeadwiseError if that is not to be."""
