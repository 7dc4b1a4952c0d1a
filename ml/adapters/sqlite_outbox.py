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

from ml.adapters.outbox_closing import close_incident, no_incident
from ml.adapters.outbox_noting import Noting
from ml.adapters.outbox_rows import incidents_of
from ml.adapters.outbox_schema import SCHEMA
from ml.adapters.sqlite_store import SqliteStore
from ml.contract.alerts import Channel
from ml.contract.incidents import Delivery, Incident
from ml.contract.messages import Alert

_PATIENCE_SECONDS = 3.0
#: A process that claimed a message and was not heard of for so long is taken for dead.
_CLAIM_SECONDS = 60.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 30.0, 3600.0
_TRIED_SECONDS = 24 * 3600.0

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
        return SqliteStore(self._file, SCHEMA, patience_seconds=_PATIENCE_SECONDS)

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
        with self._store.open() as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("BEGIN IMMEDIATE")
            return Noting(
                connection=connection,
                alert=alert,
                channels=channels,
                now=self.now().timestamp(),
                window=self._window,
            ).write()

    def close(self, number: int, *, who: str, why: str) -> Alert:
        """End an incident that is open, as if it had ended by itself; what is said of it.

        Raises
        ------
        UsageError
            If there is no such incident, it is over already, or nobody says why.
        """
        if not self._file.exists():
            raise no_incident(number)
        with self._store.open() as connection:
            connection.row_factory = sqlite3.Row
            connection.execute("BEGIN IMMEDIATE")
            now = self.now().timestamp()
            return close_incident(
                connection, number, who=who, why=why, now=now, window=self._window
            )

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
