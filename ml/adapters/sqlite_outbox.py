"""Incidents, and the messages about them that wait for their channels: in SQLite on a home.

Several processes share the file. Times in it are seconds since 1970, for SQLite to compare.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from ml.adapters.outbox_rows import incidents_of
from ml.adapters.sqlite_store import SqliteStore
from ml.contract.alerts import Channel
from ml.contract.incidents import Delivery, Incident
from ml.contract.messages import Alert

_SCHEMA = """
CREATE TABLE IF NOT EXISTS incidents (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    incident TEXT NOT NULL,
    alert TEXT NOT NULL,
    severity TEXT NOT NULL,
    first_at REAL NOT NULL,
    last_at REAL NOT NULL,
    said_at REAL NOT NULL,
    count INTEGER NOT NULL DEFAULT 1,
    unsaid INTEGER NOT NULL DEFAULT 0,
    over_at REAL
);
CREATE INDEX IF NOT EXISTS incidents_by_name ON incidents (incident, number);
CREATE UNIQUE INDEX IF NOT EXISTS one_open_incident ON incidents (incident) WHERE over_at IS NULL;
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    about INTEGER NOT NULL REFERENCES incidents (number),
    incident TEXT NOT NULL,
    channel TEXT NOT NULL,
    alert TEXT NOT NULL,
    unsaid INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    made_at REAL NOT NULL,
    due_at REAL NOT NULL,
    claimed_until REAL NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS messages_by_incident ON messages (about, channel, number);
CREATE INDEX IF NOT EXISTS messages_waiting ON messages (channel, incident, number)
    WHERE state = 'waiting';
"""
_PATIENCE_SECONDS = 3.0
#: A process that claimed a message and was not heard of for so long is taken for dead.
_CLAIM_SECONDS = 60.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 30.0, 3600.0
_TRIED_SECONDS = 24 * 3600.0
_NEVER = float("inf")
_REMEMBERED_SECONDS = 90 * 24 * 3600.0

_LAST = "SELECT * FROM incidents WHERE incident = ? ORDER BY number DESC LIMIT 1"
_AGAIN = """
UPDATE messages SET alert = :alert, unsaid = unsaid + 1 + :unsaid, due_at = MIN(due_at, :due)
WHERE about = :about AND channel = :channel AND state = 'waiting' AND claimed_until <= :now
RETURNING number
"""
_NEW = """
INSERT INTO messages (about, incident, channel, alert, unsaid, made_at, due_at)
VALUES (:about, :incident, :channel, :alert, :unsaid, :now, :due)
"""
# An end goes to whoever was told of the beginning, or is about to be.
_TOLD = "SELECT DISTINCT channel FROM messages WHERE about = ? AND state <> 'given_up'"
_POSTPONED = (
    "DELETE FROM messages WHERE about = ? AND tries = 0 AND state = 'waiting' AND due_at > ?"
)
# Messages about one incident leave in their order: PagerDuty must not hear of the end first.
_CLAIM = """
UPDATE messages SET claimed_until = :until, tries = tries + 1 WHERE number = (
    SELECT number FROM messages AS mine
    WHERE channel = :channel AND state = 'waiting' AND due_at <= :now AND claimed_until <= :now
    AND NOT EXISTS (
        SELECT 1 FROM messages AS before WHERE before.channel = mine.channel
        AND before.incident = mine.incident AND before.number < mine.number
        AND before.state = 'waiting')
    ORDER BY due_at, number LIMIT 1)
RETURNING number, alert, unsaid, made_at, tries, claimed_until
"""
_SETTLE = """
UPDATE messages SET state = ?, due_at = ?, reason = ?, claimed_until = 0
WHERE number = ? AND claimed_until = ? AND tries = ?
"""


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A message that this process alone may hand over now."""

    number: int
    alert: Alert
    unsaid: int
    made_at: float
    tries: int
    claimed_until: float


class SqliteOutbox:
    """Keeps incidents and messages in one SQLite file, made when something happens first.

    Parameters
    ----------
    file : Path
    now : callable
        The time, with its zone.
    window : timedelta
        One message per incident within it.
    draw : callable, default=random.uniform
        Which part of a pause is taken.
    """

    def __init__(
        self,
        file: Path,
        *,
        now: Callable[[], datetime],
        window: timedelta,
        draw: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._file, self.now, self._draw = file, now, draw
        self._window = window.total_seconds()

    @cached_property
    def _store(self) -> SqliteStore:
        return SqliteStore(self._file, _SCHEMA, patience_seconds=_PATIENCE_SECONDS)

    def note(self, alert: Alert, channels: Collection[Channel]) -> bool:
        """Keep an alert and queue what is to be said of it; False for an end of nothing.

        Parameters
        ----------
        alert : Alert
        channels : collection of Channel
            Where a beginning of its severity is told; an end goes where the beginning went.
        """
        if alert.over and not self._file.exists():
            return False
        now = self.now().timestamp()
        with self._store.open() as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("BEGIN IMMEDIATE")
            last = connection.execute(_LAST, (alert.incident,)).fetchone()
            is_open = last is not None and last["over_at"] is None
            if alert.over:
                return is_open and self._end(connection, last, alert, now)
            if is_open:
                self._go_on(connection, last, alert, channels, now)
            else:
                self._begin(connection, last, alert, channels, now)
            return True

    def _begin(
        self,
        connection: sqlite3.Connection,
        last: sqlite3.Row | None,
        alert: Alert,
        channels: Collection[Channel],
        now: float,
    ) -> None:
        # What begins again at once waits its turn: it may be over before.
        due = max(now, last["said_at"] + self._window) if last else now
        about = connection.execute(
            "INSERT INTO incidents (incident, alert, severity, first_at, last_at, said_at) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (alert.incident, alert.to_json(), alert.severity, now, now, due),
        ).lastrowid
        assert about is not None
        for channel in channels:
            _queue(connection, about, channel, alert, 0, now, due)
        _forget(connection, now - _REMEMBERED_SECONDS)

    def _go_on(
        self,
        connection: sqlite3.Connection,
        last: sqlite3.Row,
        alert: Alert,
        channels: Collection[Channel],
        now: float,
    ) -> None:
        changed = alert.severity != last["severity"]
        said = changed or now >= last["said_at"] + self._window
        connection.execute(
            "UPDATE incidents SET alert = ?, severity = ?, last_at = ?, count = count + 1, "
            "unsaid = ?, said_at = ? WHERE number = ?",
            (
                alert.to_json(),
                alert.severity,
                now,
                0 if said else last["unsaid"] + 1,
                now if said else last["said_at"],
                last["number"],
            ),
        )
        for channel in channels if said else ():
            # What is worse does not wait for the pause of what was less so.
            _say_again(connection, last, channel, alert, now, now if changed else _NEVER)

    def _end(
        self, connection: sqlite3.Connection, last: sqlite3.Row, alert: Alert, now: float
    ) -> bool:
        number = last["number"]
        connection.execute("UPDATE incidents SET over_at = ? WHERE number = ?", (now, number))
        connection.execute(_POSTPONED, (number, now))
        for (channel,) in connection.execute(_TOLD, (number,)).fetchall():
            _queue(connection, number, channel, alert, last["unsaid"], now, now)
        return True

    def claim(self, channel: Channel) -> Claimed | None:
        """The next message that is due on a channel; nobody else gets it for a minute."""
        if not self._file.exists():
            return None
        now = self.now().timestamp()
        asked = {"channel": channel.value, "now": now, "until": now + _CLAIM_SECONDS}
        with self._store.open() as connection:
            rows = connection.execute(_CLAIM, asked).fetchall()
        if not rows:
            return None
        ((number, alert, unsaid, made_at, tries, until),) = rows
        return Claimed(
            number=number,
            alert=Alert.from_json(alert),
            unsaid=unsaid,
            made_at=made_at,
            tries=tries,
            claimed_until=until,
        )

    def sent(self, message: Claimed) -> None:
        """A message was taken by its channel."""
        self._settle(message, Delivery.SENT, self.now().timestamp(), "")

    def failed(self, message: Claimed, reason: str, wait_seconds: float = 0.0) -> bool:
        """A message was not taken; False if it has been tried for a day and is given up.

        Parameters
        ----------
        message : Claimed
        reason : str
            Why, without any secret.
        wait_seconds : float, default=0
            How long the channel asks to be left alone, an hour at most.
        """
        now = self.now().timestamp()
        until = message.made_at + _TRIED_SECONDS
        if now >= until:
            self._settle(message, Delivery.GIVEN_UP, now, reason)
            return False
        most = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2.0 ** min(message.tries - 1, 30))
        pause = max(self._draw(0.0, most), min(wait_seconds, _LONGEST_PAUSE_SECONDS))
        # The last try is made when the day is over, not before.
        self._settle(message, Delivery.WAITING, min(now + pause, until), reason)
        return True

    def _settle(self, message: Claimed, state: Delivery, at: float, reason: str) -> None:
        with self._store.open() as connection:
            connection.execute(
                _SETTLE,
                (state, at, reason, message.number, message.claimed_until, message.tries),
            )

    def waiting(self) -> int:
        """How many messages wait for their channels."""
        if not self._file.exists():
            return 0
        query = "SELECT COUNT(*) FROM messages WHERE state = 'waiting'"
        with self._store.open() as connection:
            return int(connection.execute(query).fetchone()[0])

    def incidents(self, most: int) -> list[Incident]:
        """Incidents, those that are open first, then newest first; `most` of them."""
        if not self._file.exists():
            return []
        with self._store.open() as connection:
            return incidents_of(connection, most)


def _queue(
    connection: sqlite3.Connection,
    about: int,
    channel: str,
    alert: Alert,
    unsaid: int,
    now: float,
    due: float,
) -> None:
    values = {
        "about": about, "incident": alert.incident, "channel": str(channel),
        "alert": alert.to_json(), "unsaid": unsaid, "now": now, "due": due,
    }  # fmt: skip
    connection.execute(_NEW, values)


def _say_again(
    connection: sqlite3.Connection,
    last: sqlite3.Row,
    channel: Channel,
    alert: Alert,
    now: float,
    due: float,
) -> None:
    """Queue one more message, unless one waits, which then says this, by `due` at the latest."""
    values = {
        "about": last["number"], "channel": channel.value, "alert": alert.to_json(),
        "unsaid": last["unsaid"], "now": now, "due": due,
    }  # fmt: skip
    if not connection.execute(_AGAIN, values).fetchall():
        _queue(connection, last["number"], channel, alert, last["unsaid"], now, now)


def _forget(connection: sqlite3.Connection, before: float) -> None:
    """Forget incidents that ended long ago, with their messages."""
    old = "SELECT number FROM incidents WHERE over_at < ?"
    connection.execute(f"DELETE FROM messages WHERE about IN ({old})", (before,))
    connection.execute("DELETE FROM incidents WHERE over_at < ?", (before,))
