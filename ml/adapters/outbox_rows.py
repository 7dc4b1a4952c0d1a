"""Reads incidents out of an outbox's tables."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from datetime import UTC, datetime

from ml.contract.incidents import Incident, Told
from ml.contract.messages import Alert

_NEWEST = """
SELECT number, alert, first_at, last_at, count, over_at, closed_by, why
FROM incidents LEFT JOIN closings USING (number)
ORDER BY over_at IS NOT NULL, number DESC LIMIT ?
"""
# Of each channel the last message.
_TOLD = """
SELECT about, channel, state, tries, due_at, reason FROM messages WHERE number IN (
    SELECT MAX(number) FROM messages WHERE about IN (SELECT value FROM json_each(?))
    GROUP BY about, channel)
ORDER BY channel
"""


def incidents_of(connection: sqlite3.Connection, most: int) -> list[Incident]:
    """Incidents, those that are open first, then newest first; `most` of them."""
    rows = connection.execute(_NEWEST, (most,)).fetchall()
    numbers = "[" + ",".join(str(row[0]) for row in rows) + "]"
    told = defaultdict(list)
    for about, channel, state, tries, at, reason in connection.execute(_TOLD, (numbers,)):
        told[about].append(
            Told(channel=channel, state=state, tries=tries, at=_time(at), reason=reason)
        )
    return [_incident(row, tuple(told[row[0]])) for row in rows]


def _incident(
    row: tuple[int, str, float, float, int, float | None, str | None, str | None],
    told: tuple[Told, ...],
) -> Incident:
    number, text, first_at, last_at, count, over_at, closed_by, why = row
    alert = Alert.from_json(text)
    return Incident(
        number=number,
        rule=alert.rule,
        subject=alert.subject,
        severity=alert.severity,
        says=alert.says,
        runbook=alert.runbook,
        first_at=_time(first_at),
        last_at=_time(last_at),
        count=count,
        over_at=None if over_at is None else _time(over_at),
        channels=told,
        closed_by=closed_by or "",
        why=why or "",
    )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
