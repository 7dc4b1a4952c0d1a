"""The table of receipts in DynamoDB, as the templates make it, in moto's account."""

import threading
from contextlib import contextmanager
from datetime import timedelta

import boto3
from moto import mock_aws

from ml.adapters.dynamodb_table import DynamodbTable
from ml.adapters.patience import Patience
from ml.contract.places import BY_TIME, DIGEST, ENTRY, HOLDER, PIECES, SHELF, SINCE

AGE = timedelta(days=180)
NAME = "receipts"

#: As `create_table` takes it; a template's test holds it against what is deployed.
TABLE = {
    "KeySchema": [
        {"AttributeName": HOLDER, "KeyType": "HASH"},
        {"AttributeName": ENTRY, "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in (HOLDER, ENTRY, SHELF, SINCE)
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": BY_TIME,
            "KeySchema": [
                {"AttributeName": SHELF, "KeyType": "HASH"},
                {"AttributeName": SINCE, "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": [PIECES, DIGEST]},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


@contextmanager
def receipts_table(monkeypatch):
    """A table without items; what the service puts off is asked for again without a pause."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        boto3.client("dynamodb").create_table(TableName=NAME, **TABLE)
        table = DynamodbTable(NAME, Patience(seconds=5, sleep=lambda _: None))
        _one_at_a_time(monkeypatch, table._client)
        yield table


def _one_at_a_time(monkeypatch, client):
    """DynamoDB looks and writes in one step, moto in two."""
    lock, put = threading.Lock(), client.put_item

    def put_item(**words):
        with lock:
            return put(**words)

    monkeypatch.setattr(client, "put_item", put_item)


def items():
    """All that the table holds."""
    return boto3.client("dynamodb").scan(TableName=NAME)["Items"]
