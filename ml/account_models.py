"""The page Models on an account: it reads the account's ledger and cards, and changes nothing."""

from __future__ import annotations

from typing import NoReturn

from ml.contract.errors import UsageError
from ml.core.model_story import ModelStory
from ml.serving.console.models import Commands
from ml.steps.model_records import ModelRecords


class AccountModels:
    """The versions of an account's model, to look at.

    Parameters
    ----------
    records : ModelRecords
        Ledger and cards.
    commands : Commands
        How people change models instead.

    Notes
    -----
    A change takes writing to the registry, to the ledger and to what serves, and an update of the
    endpoint's stack: more than pages should be allowed that people open in a browser.
    """

    def __init__(self, records: ModelRecords, commands: Commands) -> None:
        self._records, self.commands = records, commands

    def story(self) -> ModelStory:
        """The versions, and what happened to them."""
        return self._records.story()

    def card(self, version: str) -> str | None:
        """A version's model card as a page, if it has one."""
        return self._records.page(version)

    def get_ready(self) -> NoReturn:
        """Refuse: there is no change to expect."""
        raise UsageError(
            "this page only looks at an account's models; it says below how they are changed"
        )

    def promote(self, version: str, *, who: str) -> None:
        """Refuse, as `get_ready`."""
        self.get_ready()

    def roll_back(self, to: str, *, champion: str, who: str, reason: str) -> None:
        """Refuse, as `get_ready`."""
        self.get_ready()
