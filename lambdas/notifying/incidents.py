"""What was said of an incident already: one message per state and window, and who has had it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from lambdas.clients import client
from ml.contract.alerts import Channel
from ml.contract.cloud_settings import TABLE_EXPIRY, TABLE_KEY
from ml.contract.messages import Alert

# An incident that lasts longer is told of again.
_REMEMBERED_SECONDS = 90 * 24 * 3600

# A change of state is always said: one that was swallowed would leave people with a wrong idea.
_STARTS = (
    "attribute_not_exists(said_at) OR is_over = :yes OR said_at <= :window OR how_bad <> :severity"
)
# An end is said only of what began: a new alarm's first OK is no news.
_ENDS = "is_over = :no"


@dataclass(frozen=True, kw_only=True)
class Turn:
    """The right to tell of an incident now.

    Parameters
    ----------
    told : frozenset of str
        Channels that had this very message on an earlier attempt.
    unsaid : int, default=0
        Equal messages that were left out since the last one.
    severity : str, default=''
        Of an end: how bad people were told that it is, as they are to hear of it.
    """

    told: frozenset[str] = frozenset()
    unsaid: int = 0
    severity: str = ""


class Incidents:
    """Incidents in DynamoDB.

    Parameters
    ----------
    table : str
        Where they are remembered.
    window_minutes : int
        One message per incident and state within it.
    """

    def __init__(self, table: str, window_minutes: int) -> None:
        self._table, self._window = table, window_minutes * 60

    def turn(self, alert: Alert, message_id: str, now: int) -> Turn | None:
        """The turn to tell of an alert; None if it was told of already.

        Parameters
        ----------
        alert : Alert
            What is to be said.
        message_id : str
            Of the SNS message; an attempt that failed comes again under the same.
        now : int
            Epoch seconds.
        """
        values: dict[str, Any] = {
            ":now": {"N": str(now)},
            ":expiry": {"N": str(now + _REMEMBERED_SECONDS)},
            ":message": {"S": message_id},
            ":over": {"BOOL": bool(alert.over)},
        }
        changes = "SET said_at = :now, is_over = :over, message_id = :message, "
        if alert.over:
            condition = _ENDS
            values[":no"] = {"BOOL": False}
        else:
            condition, changes = _STARTS, f"{changes}how_bad = :severity, "
            values |= {":yes": {"BOOL": True}, ":window": {"N": str(now - self._window)}}
            values[":severity"] = {"S": alert.severity}
        try:
            before = client("dynamodb").update_item(
                TableName=self._table,
                Key=_key(alert),
                UpdateExpression=f"{changes}{TABLE_EXPIRY} = :expiry REMOVE told, unsaid",
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            return self._again(_unmet(error), alert, message_id)
        item = before.get("Attributes", {})
        unsaid = int(item.get("unsaid", {"N": "0"})["N"])
        return Turn(unsaid=unsaid, severity=_severity(item, alert))

    def tell(self, alert: Alert, message_id: str, channel: Channel) -> None:
        """Remember that a channel has had the message."""
        self._change(alert, message_id, "ADD told :channel", {":channel": {"SS": [channel.value]}})

    def _again(self, item: dict[str, Any], alert: Alert, message_id: str) -> Turn | None:
        if item.get("message_id") == {"S": message_id}:
            told = frozenset(item.get("told", {"SS": []})["SS"])
            return Turn(told=told, severity=_severity(item, alert))
        if item and not alert.over:
            last = item["message_id"]["S"]
            self._change(alert, last, "ADD unsaid :one", {":one": {"N": "1"}})
        return None

    def _change(self, alert: Alert, message_id: str, update: str, values: dict[str, Any]) -> None:
        try:
            client("dynamodb").update_item(
                TableName=self._table,
                Key=_key(alert),
                UpdateExpression=update,
                ConditionExpression="message_id = :message",
                ExpressionAttributeValues={":message": {"S": message_id}, **values},
            )
        except ClientError as error:
            _unmet(error)  # a newer message has taken over meanwhile


def _key(alert: Alert) -> dict[str, Any]:
    return {TABLE_KEY: {"S": f"incident#{alert.incident}"}}


def _severity(item: dict[str, Any], alert: Alert) -> str:
    """How bad the beginning was, where this is the end of it."""
    found: str = item.get("how_bad", {"S": ""})["S"]
    return found if alert.over else ""


def _unmet(error: ClientError) -> dict[str, Any]:
    """The item that did not meet a condition; every other error rises."""
    if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
        raise error
    item: dict[str, Any] = error.response.get("Item", {})
    return item
