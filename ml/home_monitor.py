"""The pages Monitor, Drift and Investigate: they read files that steps have left in a lake."""

from __future__ import annotations

import re
from pathlib import Path
from shlex import quote

from ml.contract.errors import LeadwiseError, UsageError
from ml.contract.incidents import Incident
from ml.contract.investigation import Investigation
from ml.contract.moments import Moment
from ml.contract.names import Zone
from ml.contract.records import WatchRecord
from ml.contract.retraining import PastDecision
from ml.contract.settings import LaptopSettings
from ml.contract.use_case import UseCase
from ml.ports import Lake, Outbox
from ml.serving.console.monitoring import MonitorCommands, Seen
from ml.serving.console.watch_times import watched_at
from ml.steps.decisions import (
    BrokenDecision,
    decision_keys,
    decisions_prefix,
    outcome_key,
    read_decision,
)
from ml.steps.kept_investigations import newest_investigation
from ml.steps.watch_history import read_watch, watch_keys, watches_prefix

#: Looks, decisions and alerts that pages show at most.
_LOOKS, _DECISIONS, _INCIDENTS = 100, 20, 50


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
    alerts : Outbox or None
        What people were alerted of; None where alerts are kept elsewhere.

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
        alerts: Outbox | None,
    ) -> None:
        self._use_case, self._moment, self._lake = use_case, moment, lake
        self.commands, self._outbox = commands, alerts
        self._read: dict[str, WatchRecord | str] = {}
        self._decided: dict[tuple[str, bool], PastDecision | str] = {}

    def seen(self) -> Seen:
        """Watches, decisions and alerts."""
        looks = [self._look(key) for key in self._keys()]
        decisions = self._decisions()
        incidents, away = self._alerts()
        broken = [one for one in (*looks, *decisions) if isinstance(one, str)]
        return Seen(
            watches=tuple(one for one in looks if isinstance(one, WatchRecord)),
            decisions=tuple(one for one in decisions if isinstance(one, PastDecision)),
            incidents=incidents,
            broken=(*broken, *away),
        )

    def investigation(self) -> Investigation | None:
        """The newest that was kept."""
        return newest_investigation(self._lake, self._use_case.name, self._moment)

    def investigating(self) -> str:
        """What to type for one of the file that was looked at last, if this machine has it."""
        file, command = self._newest_file(), self.commands.investigate
        return command if file is None else command.replace("FILE", quote(str(file.absolute())), 1)

    def report(self, watched: WatchRecord) -> bytes | None:
        """The page that was drawn for people, if one was."""
        key = watched.report
        # Whatever a record says, it leads to nothing but what lies beside the looks.
        if key not in self._lake.keys(watches_prefix(self._use_case.name, self._moment)):
            return None
        return self._lake.fetch(key).read_bytes()

    def close(self, incident: int, *, who: str, why: str) -> None:
        """End an incident that will not end by itself."""
        if self._outbox is None:
            raise UsageError("this console keeps no alerts; close it where they are kept")
        self._outbox.close(incident, who=who, why=why)

    def _newest_file(self) -> Path | None:
        """The file that was looked at last, where this machine has it."""
        looks = (self._look(key) for key in self._keys())
        newest = next((one for one in looks if isinstance(one, WatchRecord)), None)
        # Whatever a record says, it leads to nothing but a file that was admitted.
        admitted = rf"{Zone.RAW}/{self._use_case.name}/[0-9a-f]{{64}}/file"
        if newest is None or not re.fullmatch(admitted, newest.file):
            return None
        return self._lake.fetch(newest.file) if self._lake.exists(newest.file) else None

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

    def _decisions(self) -> list[PastDecision | str]:
        """The newest, each read once, and once more when its outcome has come."""
        name = self._use_case.name
        keys = self._lake.keys(decisions_prefix(name, self._moment))
        newest, there = decision_keys(keys, name, self._moment)[:_DECISIONS], set(keys)
        wanted = [(key, outcome_key(key) in there) for key in newest]
        self._decided = {one: self._decided.get(one) or self._decision(*one) for one in wanted}
        return list(self._decided.values())

    def _decision(self, key: str, ended: bool) -> PastDecision | str:
        try:
            return read_decision(self._lake, key, ended=ended)
        except BrokenDecision as error:
            return str(error)

    def _alerts(self) -> tuple[tuple[Incident, ...] | None, tuple[str, ...]]:
        if self._outbox is None:
            return None, ()
        try:
            return tuple(self._outbox.incidents(_INCIDENTS)), ()
        except LeadwiseError as error:
            return (), (str(error),)


def home_commands(
    use_case: UseCase, moment: Moment, home: str = LaptopSettings().home
) -> MonitorCommands:
    """How people at a home's machine bring what a page does not have yet."""
    of = use_case.name
    of += f" --moment {moment}" if moment != use_case.default_moment else ""
    elsewhere = LaptopSettings(home=home).path != LaptopSettings().path
    of += f" --home {quote(home)}" if elsewhere else ""
    return MonitorCommands(
        watch=f"leadwise watch {of} --current FILE",
        outcomes=f"leadwise watch {of} --current FILE --outcomes FILE",
        revenue=f"leadwise watch {of} --current FILE --outcomes FILE --value-per-win VALUE",
        loop=f"leadwise loop {of} --data FOLDER --once",
        investigate=f"leadwise investigate {of} --current FILE",
    )
