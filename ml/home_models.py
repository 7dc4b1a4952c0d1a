"""The page Models on a home: it reads ledger and cards, and changes in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial

from ml.contract.errors import LeadwiseError
from ml.contract.use_case import UseCase
from ml.core.model_story import ModelStory
from ml.ports import Runtime
from ml.serving.console.ready_process import ReadyProcess
from ml.steps.model_changes import promote_judged, roll_back
from ml.steps.model_records import ModelRecords

#: Opens a home for what somebody changes.
Opened = Callable[[str], AbstractContextManager[Runtime]]
Change = Callable[[UseCase, Runtime], None]


class HomeModels:
    """The versions of a home's model, as the page Models asks for them.

    Parameters
    ----------
    records : ModelRecords
        Ledger and cards.
    opened : callable
        Opens the home for whom it is given; it travels to another process.

    Notes
    -----
    A change opens the home anew, in a process of its own: the registry's memory goes back with it.
    To import the registry takes longer than to change it, so the process starts while the person
    is still asked whether to.
    """

    #: The page itself changes a home's models.
    commands = None

    def __init__(self, records: ModelRecords, opened: Opened) -> None:
        self._records, self._opened = records, opened
        self._process = ReadyProcess(import_registry)

    def story(self) -> ModelStory:
        """The versions, and what happened to them."""
        return self._records.story()

    def card(self, version: str) -> str | None:
        """A version's model card as a page, if it has one."""
        return self._records.page(version)

    def get_ready(self) -> None:
        """Expect a change within minutes."""
        self._process.start()

    def promote(self, version: str, *, who: str) -> None:
        """Let the version that was judged last become champion and serve."""
        moment = self._records.moment
        self._change(who, partial(promote_judged, moment=moment, version=version))

    def roll_back(self, to: str, *, champion: str, who: str, reason: str) -> None:
        """Let a version of before serve again."""
        moment = self._records.moment
        self._change(
            who, partial(roll_back, moment=moment, to=to, champion=champion, reason=reason)
        )

    def _change(self, who: str, change: Change) -> None:
        """Change the models in another process; what that refuses is refused here."""
        opened = partial(self._opened, who)
        refused = self._process.run(partial(refusal, opened, change, self._records.use_case))
        if refused:
            raise LeadwiseError(refused)


def import_registry() -> None:
    """All that a change needs and that takes seconds to import."""
    import mlflow.store.model_registry.sqlalchemy_store
    import mlflow.store.tracking.sqlalchemy_store  # noqa: F401 - to import is all that is wanted


def refusal(
    opened: Callable[[], AbstractContextManager[Runtime]], change: Change, use_case: UseCase
) -> str:
    """Make a change; why it was not made, or nothing. Errors themselves may not travel."""
    try:
        with opened() as runtime:
            change(use_case, runtime)
    except LeadwiseError as error:
        return str(error)
    return ""
