"""What the page Models asks of whoever keeps the versions of a model."""

from __future__ import annotations

from typing import Protocol

from ml.core.model_story import ModelStory


class Models(Protocol):
    """The versions of the model that is served, and who may take whose place."""

    def story(self) -> ModelStory:
        """The versions, and what happened to them."""

    def card(self, version: str) -> str | None:
        """A version's model card as a page, if it has one."""

    def get_ready(self) -> None:
        """Expect a change within minutes."""

    def promote(self, version: str, *, who: str) -> None:
        """Let the version that was judged last become champion and serve; LeadwiseError if not."""

    def roll_back(self, to: str, *, champion: str, who: str, reason: str) -> None:
        """Let a version of before serve again; LeadwiseError if that is not to be."""
