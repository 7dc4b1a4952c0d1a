"""What a person changes in an outbox: an incident that would never end by itself is closed."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime

from ml.adapters.outbox_noting import Noting
from ml.contract.alerts import AlertSeverity
from ml.contract.errors import UsageError
from ml.contract.incidents import LONGEST_WHY
from ml.contract.messages import Alert

_LIST = "`leadwise alerts list` shows those that are open"
_FIND = "SELECT alert, over_at FROM incidents WHERE number = ?"
_KEEP = "INSERT INTO closings (number, closed_by, why) VALUES (?, ?, ?)"


def no_incident(number: int) -> UsageError:
    """The error of a number that is no incident's."""
    return UsageError(f"there is no incident {number}; {_LIST}")


def close_incident(
    connection: sqlite3.Connection, number: int, *, who: str, why: str, now: float, window: float
) -> Alert:
    """End an open incident, in a transaction that the caller has begun; what is said of it.

    Raises
    ------
    UsageError
        If there is no such incident, it is over already, or nobody says why.
    """
    row = connection.execute(_FIND, (number,)).fetchone()
    if row is None:
        raise no_incident(number)
    if row["over_at"] is not None:
        over = f"{datetime.fromtimestamp(row['over_at'], UTC):%Y-%m-%d %H:%M} UTC"
        raise UsageError(f"incident {number} is over since {over}; {_LIST}")
    if not (reason := " ".join(why.split())[:LONGEST_WHY]):
        raise UsageError(f"nothing says why incident {number} is closed; expected a sentence")
    says = f"{who} closed it: {reason}"
    alert = replace(
        Alert.from_json(row["alert"]), severity=AlertSeverity.INFO.value, says=says, over=1
    )
    connection.execute(_KEEP, (number, who, reason))
    Noting(connection=connection, alert=alert, channels=(), now=now, window=window).write()
    return alert
