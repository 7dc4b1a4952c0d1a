"""What is known of a model's versions: its ledger and its cards."""

from __future__ import annotations

from dataclasses import dataclass

from ml.contract.errors import Gone, StepMissing, UnknownName
from ml.contract.moments import Moment
from ml.contract.records import JsonObject
from ml.contract.standing import versions_of
from ml.contract.use_case import UseCase
from ml.core.model_story import ModelStory, model_story
from ml.ports import Lake, Ledger
from ml.steps.kept_cards import card_facts, card_page, latest_card


@dataclass(frozen=True, kw_only=True)
class ModelRecords:
    """Reads it; that takes no lock and asks no registry.

    Parameters
    ----------
    use_case, moment : UseCase, Moment
        Which model.
    ledger : Ledger
    lake : Lake
        Holds the cards.
    """

    use_case: UseCase
    moment: Moment
    ledger: Ledger
    lake: Lake

    def story(self) -> ModelStory:
        """The versions, and what happened to them."""
        model = self.use_case.model_name(self.moment)
        entries = self.ledger.entries(model)
        cards = {version: self._card(version) for version in versions_of(entries)}
        return model_story(model, entries, {of: card for of, card in cards.items() if card})

    def page(self, version: str) -> str | None:
        """A version's card as a page, if it has one."""
        key = self._key(version)
        return card_page(self.lake, key) if key else None

    def _card(self, version: str) -> JsonObject | None:
        key = self._key(version)
        try:
            return card_facts(self.lake, key) if key else None
        except Gone:  # its page came a moment before it
            return None

    def _key(self, version: str) -> str | None:
        try:
            return latest_card(self.lake, self.use_case, self.moment, version)
        except (StepMissing, UnknownName):
            return None
