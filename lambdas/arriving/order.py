"""Events of one key can come late: only the newest counts."""

from __future__ import annotations

import time
from hashlib import sha256

from botocore.exceptions import ClientError

from lambdas.clients import client
from ml.contract.cloud_settings import TABLE_EXPIRY, TABLE_KEY
from ml.contract.messages import NewFile

_REMEMBERED_SECONDS = 90 * 24 * 3600


def is_newest(file: NewFile, table: str) -> bool:
    """Whether no newer event of the same key was seen; remembers this one if so.

    Parameters
    ----------
    file : NewFile
        Of which event.
    table : str
        DynamoDB table that remembers, shared with powertools' records of handled events.
    """
    try:
        client("dynamodb").update_item(
            TableName=table,
            Key={TABLE_KEY: {"S": _item(file)}},
            UpdateExpression=f"SET newest = :order, {TABLE_EXPIRY} = :expiry",
            ConditionExpression="attribute_not_exists(newest) OR newest <= :order",
            ExpressionAttributeValues={
                ":order": {"S": file.order},
                ":expiry": {"N": str(int(time.time()) + _REMEMBERED_SECONDS)},
            },
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True


def _item(file: NewFile) -> str:
    return "newest#" + sha256(f"{file.bucket}/{file.key}".encode()).hexdigest()
