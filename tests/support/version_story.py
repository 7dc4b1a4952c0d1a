"""Versions of a model in memory, with cards, and what a person does to them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from ml.contract.errors import LeadwiseError
from ml.contract.ledger import Action, LedgerEntry, LedgerEvent, entry_after
from ml.contract.records import JsonObject
from ml.contract.standing import champion_of
from ml.core.model_card import card_page, model_card
from ml.core.model_story import ModelStory, model_story
from ml.core.reliability import reliability
from ml.serving.console.models import Commands
from tests.support.cards import sources

MODEL = "leadwise-lead-conversion-engaged"
#: How models are changed where the page only looks.
COMMANDS = Commands(
    retrain="aws sagemaker start-pipeline-execution --pipeline-name leadwise-staging-retrain",
    deploy="npx cdk deploy --app cdk.out staging/serving --parameters ChampionPackage=PACKAGE",
    history="leadwise history lead_conversion --ledger LEDGER",
)
#: What happened: version 1 served, 2 took its place, 3 asks to take that of 2.
STORY = (
    (Action.TRAIN, "1", None, "logistic regression, chosen of 4 configurations"),
    (Action.GATE, "1", None, "approved: every gate holds, and there is no champion yet"),
    (Action.PROMOTE, "1", None, "every gate holds, and there is no champion yet"),
    (Action.TRAIN, "2", None, "xgboost, chosen of 9 configurations"),
    (Action.GATE, "2", "1", "approved: every gate holds, and it is better"),
    (Action.PROMOTE, "2", "1", "every gate holds, and it is better than champion version 1"),
    (Action.TRAIN, "3", None, "lightgbm, chosen of 12 configurations"),
    (Action.GATE, "3", "2", "approved: every gate holds, and it is better"),
)


class MemoryModels:
    """Answers the page Models; `refuses` is what the next change is refused with."""

    def __init__(self, happened=STORY, refuses: str = "", commands: Commands | None = None) -> None:
        self.entries: list[LedgerEntry] = []
        self.refuses, self.commands = refuses, commands
        for action, version, before, why in happened:
            self.add(action, version, before, why, "ana@laptop")

    def add(self, action: Action, version: str, before: str | None, why: str, who: str) -> None:
        at = datetime(2026, 3, 2, 8, 30, tzinfo=UTC) + timedelta(hours=7 * len(self.entries))
        event = LedgerEvent(
            at=at, who=who, action=action, model=MODEL, before=before, version=version, why=why
        )
        self.entries.append(entry_after(event, self.entries[-1] if self.entries else None))

    def story(self) -> ModelStory:
        return model_story(MODEL, self.entries, dict(self._cards()))

    def card(self, version: str) -> str | None:
        card = dict(self._cards()).get(version)
        return card_page(card, {}) if card else None

    def get_ready(self) -> None:
        """Changes take no time here."""

    def promote(self, version: str, *, who: str) -> None:
        self._refuse()
        self.add(Action.PROMOTE, version, champion_of(self.entries), "every gate holds", who)

    def roll_back(self, to: str, *, champion: str, who: str, reason: str) -> None:
        self._refuse()
        self.add(Action.ROLLBACK, to, champion, reason, who)

    def _refuse(self) -> None:
        if self.refuses:
            raise LeadwiseError(self.refuses)

    def _cards(self) -> Iterator[tuple[str, JsonObject]]:
        made = sources()
        chance = np.linspace(0.02, 0.98, 400)
        happens = (np.random.default_rng(0).random(400) < chance).astype(float)
        for entry in self.entries:
            if entry.action is Action.GATE:
                verdict = replace(
                    made.verdict, version=entry.version, champion=entry.before, approved=True
                )
                train = replace(made.train, version=entry.version)
                bins = reliability(happens, chance)
                yield (
                    entry.version,
                    model_card(replace(made, verdict=verdict, train=train, reliability=bins)),
                )
