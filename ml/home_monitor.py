"""The pages Monitor, Drift and Investigate: they read files that steps have left in a lake."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ml.contract.errors import LeadwiseError
from ml.contract.incidents import Incident
from ml.contract.investigation import Investigation
from ml.contract.moments import Moment
from ml.contract.records import WatchRecord
from ml.contract.use_case import UseCase
from ml.ports import Lake
from ml.serving.console.monitoring import MonitorCommands, Seen
from ml.serving.console.watch_times import watched_at
from ml.steps.decisions import (
    decision_key,
    decision_keys,
    decisions_prefix,
    past_decisions,
)
from ml.steps.kept_investigations import newest_investigation
from ml.steps.watch_history import read_watch, watch_keys, watches_prefix

#: Looks and decisions that pages show at most.
_LOOKS, _DECISIONS = 100, 20


class LakeMonitor:
    """What a lake tells of a model, and what people were alerted of.

    Parameters
    ----------
    use_case, moment : UseCase, Moment
        Which model.
    lake : Lake
        Holds watches, decisions and investigations.
    commands : MonitorCommands
        How people bring what is missing.
    incidents : callable
        What was alerted of, those that are open first; LeadwiseError where nobody can tell. None
        where alerts are kept elsewhere.

    Notes
    -----
    What lies under a key never changes, so a record is read once. Nothing is locked, and the
    warehouse is not opened: one process holds it.
    """

    def __init__(
        self,
        use_case: UseCase,
        moment: Moment,
        lake: Lake,
        *,
        commands: MonitorCommands,
        incidents: Callable[[], Sequence[Incident]] | None,
    ) -> None:
        self._use_case, self._moment, self._lake = use_case, moment, lake
        self.commands, self._incidents = commands, incidents
        self._read: dict[str, WatchRecord | str] = {}

    def seen(self) -> Seen:
        """Watches, decisions and alerts."""
        looks = [self._look(key) for key in self._keys()]
        decisions = past_decisions(self._lake, self._use_case.name, self._moment, most=_DECISIONS)
        told = {decision_key(one.decision) for one in decisions}
        incidents, away = self._alerts()
        broken = [one for one in looks if isinstance(one, str)]
        broken += [_no_decision(key) for key in self._decision_keys() if key not in told]
        return Seen(
            watches=tuple(one for one in looks if isinstance(one, WatchRecord)),
            decisions=tuple(decisions),
            incidents=incidents,
            broken=(*broken, *away),
        )

    def investigation(self) -> Investigation | None:
        """The newest that was kept."""
        return newest_investigation(self._lake, self._use_case.name, self._moment)

    def report(self, watched: WatchRecord) -> bytes | None:
        """The page that was drawn for people, if one was."""
        key = watched.report
        # Whatever a record says, it leads to nothing but what lies beside the looks.
        if key not in self._lake.keys(watches_prefix(self._use_case.name, self._moment)):
            return None
        return self._lake.fetch(key).read_bytes()

    def _keys(self) -> list[str]:
        """Of the newest looks, the newest first."""
        keys = watch_keys(self._lake, self._use_case.name, self._moment)[:_LOOKS]
        self._read = {key: self._read[key] for key in keys if key in self._read}
        return keys

    def _look(self, key: str) -> WatchRecord | str:
        """One record; a sentence where there is none."""
        if key not in self._read:
            self._read[key] = self._fetched(key)
        return self._read[key]

    def _fetched(self, key: str) -> WatchRecord | str:
        try:
            record = read_watch(self._lake, key)
        except LeadwiseError as error:
            return str(error)
        if watched_at(record) is None:
            return f"{key} does not say when it was made; look at it, and remove it from the lake"
        return record

    def _decision_keys(self) -> list[str]:
        name = self._use_case.name
        keys = self._lake.keys(decisions_prefix(name, self._moment))
        return decision_keys(keys, name, self._moment)[:_DECISIONS]

    def _alerts(self) -> tuple[tuple[Incident, ...] | None, tuple[str, ...]]:
        if self._incidents is None:
            return None, ()
        try:
            return tuple(self._incidents()), ()
        except LeadwiseError as error:
            return (), (str(error),)


def home_commands(use_case: UseCase, moment: Moment) -> MonitorCommands:
    """How people at a home's machine bring what a page does not have yet."""
    of = use_case.name
    of += f" --moment {moment}" if moment != use_case.default_moment else ""
    return MonitorCommands(
        watch=f"leadwise watch {of} --current FILE",
        outcomes=f"leadwise watch {of} --current FILE --outcomes FILE",
        loop=f"leadwise loop {of} --data FOLDER --once",
        investigate=f"leadwise investigate {of} --current FILE",
    )


def _no_decision(key: str) -> str:
    return f"{key} is no record of a decision; look at it, and remove it from the lake"
