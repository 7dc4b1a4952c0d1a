"""What an alert changes in an outbox: when something is said, and when it is only counted."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

from ml.contract.alerts import Channel
from ml.contract.messages import Alert

_NEVER = float("inf")
_REMEMBERED_SECONDS = 90 * 24 * 3600.0
_LEFT_SECONDS = 7 * 24 * 3600.0

_LAST = "SELECT * FROM incidents WHERE incident = ? ORDER BY number DESC LIMIT 1"
_BEGIN = """
INSERT INTO incidents (incident, alert, severity, first_at, last_at, said_at)
VALUES (:incident, :alert, :severity, :now, :now, :due)
"""
_GO_ON = """
UPDATE incidents SET alert = :alert, severity = :severity, last_at = :now, count = count + 1,
    unsaid = CASE WHEN :said THEN 0 ELSE unsaid + 1 END,
    said_at = CASE WHEN :said THEN :now ELSE said_at END
WHERE number = :about
"""
# What waited its turn and is over by then was never said; what was said before it still counts.
_END = """
UPDATE incidents SET over_at = :now,
    said_at = CASE WHEN said_at > :now THEN said_at - :window ELSE said_at END
WHERE number = :about
"""
_QUEUE = """
INSERT INTO messages (about, incident, channel, alert, unsaid, made_at, due_at)
VALUES (:about, :incident, :channel, :alert, :unsaid, :now, :due)
"""
# A channel that was away for hours gets one message, and no flood.
_SAY_INSTEAD = """
UPDATE messages SET alert = :alert, unsaid = unsaid + 1 + :unsaid, due_at = MIN(due_at, :due)
WHERE about = :about AND channel = :channel AND state = 'waiting' AND claimed_until <= :now
RETURNING number
"""
# An end goes to whoever was told of the beginning, or is about to be.
_TOLD = "SELECT DISTINCT channel FROM messages WHERE about = ? AND state <> 'given_up'"
_POSTPONED = (
    "DELETE FROM messages WHERE about = ? AND state = 'waiting' AND tries = 0 AND due_at > ?"
)
_LEFT = """
UPDATE messages SET state = 'given_up', due_at = ?, reason = 'nobody handed it over for a week'
WHERE state = 'waiting' AND made_at < ?
"""
_OLD = "SELECT number FROM incidents WHERE over_at < ?"


@dataclass(frozen=True, kw_only=True)
class Noting:
    """One alert that is written down, in a transaction that the caller has begun.

    Parameters
    ----------
    connection : sqlite3.Connection
        Whose rows are `sqlite3.Row`.
    alert : Alert
    channels : collection of Channel
        Where a beginning is told.
    now, window : float
        Seconds since 1970, and how long one message per incident is enough.
    """

    connection: sqlite3.Connection
    alert: Alert
    channels: Collection[Channel]
    now: float
    window: float

    def write(self) -> bool:
        """Write it down, and queue what is to be said; False for an end of nothing."""
        last = self.connection.execute(_LAST, (self.alert.incident,)).fetchone()
        is_open = last is not None and last["over_at"] is None
        if self.alert.over:
            return is_open and self._end(last)
        if is_open:
            self._go_on(last)
        else:
            self._begin(last)
        return True

    def _begin(self, last: sqlite3.Row | None) -> None:
        # What begins again at once waits its turn: it may be over before.
        due = self._next(last) if last else self.now
        values = {"incident": self.alert.incident, "severity": self.alert.severity, "due": due}
        about = self.connection.execute(_BEGIN, self._values(**values)).lastrowid
        assert about is not None
        for channel in self.channels:
            self._queue(about, channel, due)
        self._forget()

    def _go_on(self, last: sqlite3.Row) -> None:
        changed = self.alert.severity != last["severity"]
        said = changed or self.now >= self._next(last)
        about, severity = last["number"], self.alert.severity
        self.connection.execute(_GO_ON, self._values(about=about, severity=severity, said=said))
        # Another severity does not wait for the pause of the one before.
        due = self.now if changed else _NEVER
        for channel in self.channels if said else ():
            values = self._values(
                about=about, channel=channel.value, unsaid=last["unsaid"], due=due
            )
            if not self.connection.execute(_SAY_INSTEAD, values).fetchall():
                self._queue(about, channel, self.now, last["unsaid"])

    def _end(self, last: sqlite3.Row) -> bool:
        about = last["number"]
        self.connection.execute(_END, self._values(about=about, window=self.window))
        self.connection.execute(_POSTPONED, (about, self.now))
        for (channel,) in self.connection.execute(_TOLD, (about,)).fetchall():
            self._queue(about, channel, self.now, last["unsaid"])
        return True

    def _next(self, last: sqlite3.Row) -> float:
        """When something may be said again; at once where the clock was put back."""
        then = last["said_at"] + self.window
        return max(self.now, then) if then <= self.now + 2 * self.window else self.now

    def _queue(self, about: int, channel: str, due: float, unsaid: int = 0) -> None:
        values = self._values(
            about=about, incident=self.alert.incident, channel=str(channel), unsaid=unsaid, due=due
        )
        self.connection.execute(_QUEUE, values)

    def _values(self, **more: object) -> dict[str, object]:
        return {"alert": self.alert.to_json(), "now": self.now, **more}

    def _forget(self) -> None:
        """Forget incidents that ended long ago, and what waits for a channel that is no more."""
        before = self.now - _REMEMBERED_SECONDS
        self.connection.execute(f"DELETE FROM messages WHERE about IN ({_OLD})", (before,))
        self.connection.execute(f"DELETE FROM closings WHERE number IN ({_OLD})", (before,))
        self.connection.execute("DELETE FROM incidents WHERE over_at < ?", (before,))
        self.connection.execute(_LEFT, (self.now, self.now - _LEFT_SECONDS))
