"""The right to retrain: one holder at a time, with a number that only grows.

Epoch seconds of AWS's clocks decide; no clock of a client takes part.
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from lambdas.clients import client
from ml.contract.cloud_settings import TABLE_KEY, RetrainTriggerSettings
from ml.contract.messages import SUCCEEDED, RetrainEnded, RetrainWanted
from ml.contract.retraining import Lease, Refusal

_DAY_SECONDS = 24 * 3600

#: A Lambda lives no longer than this, so an attempt this old will not finish any more.
LONGEST_START_SECONDS = 60

# Free, or left behind by an attempt at the same request that died before anything was recorded.
_FREE = (
    "attribute_not_exists(expires_at) OR expires_at < :now"
    " OR (holder = :holder AND attribute_not_exists(run) AND taken_at < :stale)"
)
_NEW_REQUEST = "attribute_not_exists(run) OR holder <> :holder"
_COOLED = "attribute_not_exists(started_at) OR started_at <= :cooled"


class Leases:
    """Leases of one use case in DynamoDB.

    Parameters
    ----------
    settings : RetrainTriggerSettings
        Table, cooldown and length of a lease.
    """

    def __init__(self, settings: RetrainTriggerSettings) -> None:
        self._settings = settings
        self._key = {TABLE_KEY: {"S": f"retrain#{settings.use_case}"}}

    def take(self, wanted: RetrainWanted, now: int) -> Lease | Refusal:
        """The lease, if nobody holds it and, unless a person asked, the cooldown is over.

        Parameters
        ----------
        wanted : RetrainWanted
            Who asks.
        now : int
            Epoch seconds.
        """
        cooled = now - self._settings.cooldown_minutes * 60
        rules = [_FREE, _NEW_REQUEST] + ([] if wanted.is_manual else [_COOLED])
        values = {
            ":now": now, ":expiry": now + self._settings.lease_minutes * 60, ":one": 1, ":zero": 0,
            ":stale": now - LONGEST_START_SECONDS,
        }  # fmt: skip
        if not wanted.is_manual:
            values[":cooled"] = cooled
        try:
            item = client("dynamodb").update_item(
                TableName=self._settings.lease_table,
                Key=self._key,
                UpdateExpression="SET holder = :holder, taken_at = :now, expires_at = :expiry, "
                "fence = if_not_exists(fence, :zero) + :one REMOVE run",
                ConditionExpression=" AND ".join(f"({rule})" for rule in rules),
                ExpressionAttributeValues={":holder": {"S": wanted.run_key}, **_numbers(values)},
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )["Attributes"]
        except ClientError as error:
            return _why(_unmet(error), wanted, now)
        return Lease(holder=wanted.run_key, token=int(item["fence"]["N"]))

    def record(self, lease: Lease, run: str, now: int) -> bool:
        """Note which run was started; False if the lease went to somebody else meanwhile."""
        return self._change(
            "SET run = :run, started_at = :now",
            "fence = :fence",
            {":run": {"S": run}, **_numbers({":fence": lease.token, ":now": now})},
        )

    def give_back(self, lease: Lease) -> bool:
        """Let the next request start at once, because this one could not."""
        return self._change(
            "REMOVE expires_at", "fence = :fence", _numbers({":fence": lease.token})
        )

    def end(self, ended: RetrainEnded, now: int) -> bool:
        """Free the lease that a run holds; False if it holds none any more.

        One that was skipped is no success: the model grows older. Its cooldown stays, as it is
        counted from its start: looking has a price, too.
        """
        well = ended.status == SUCCEEDED
        return self._change(
            "REMOVE expires_at" + (" SET succeeded_at = :now" if well else ""),
            "run = :run AND attribute_exists(expires_at)",
            {":run": {"S": ended.run}} | (_numbers({":now": now}) if well else {}),
        )

    def days_since_success(self, now: int) -> int:
        """Whole days since a run ended well; before the first, since somebody first asked."""
        item = client("dynamodb").update_item(
            TableName=self._settings.lease_table,
            Key=self._key,
            UpdateExpression="SET watched_since = if_not_exists(watched_since, :now)",
            ExpressionAttributeValues=_numbers({":now": now}),
            ReturnValues="ALL_NEW",
        )["Attributes"]
        since = item.get("succeeded_at", item["watched_since"])
        return (now - int(since["N"])) // _DAY_SECONDS

    def _change(self, update: str, condition: str, values: dict[str, Any]) -> bool:
        try:
            client("dynamodb").update_item(
                TableName=self._settings.lease_table,
                Key=self._key,
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            _unmet(error)
            return False
        return True


def _numbers(values: dict[str, int]) -> dict[str, Any]:
    return {name: {"N": str(value)} for name, value in values.items()}


def _unmet(error: ClientError) -> dict[str, Any]:
    """The item that did not meet a condition; every other error rises."""
    if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
        raise error
    item: dict[str, Any] = error.response.get("Item", {})
    return item


def _why(item: dict[str, Any], wanted: RetrainWanted, now: int) -> Refusal:
    if int(item.get("expires_at", {"N": "-1"})["N"]) >= now:
        return Refusal.ALREADY_RUNNING
    if item.get("holder") == {"S": wanted.run_key} and "run" in item:
        return Refusal.DUPLICATE
    return Refusal.COOLING_DOWN
