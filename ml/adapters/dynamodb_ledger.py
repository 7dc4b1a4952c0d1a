"""The append-only, hash-chained ledger of an account, in DynamoDB."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ml.adapters.aws_faults import aws_faults
from ml.contract.ledger import LedgerEntry, entry_from
from ml.contract.places import LEDGER_MODEL, LEDGER_NUMBER


class DynamodbLedger:
    """Keeps entries as items that no role may change or delete.

    Parameters
    ----------
    table : str
        Name of the table; its keys are the model and the entry's number.
    """

    def __init__(self, table: str) -> None:
        self._table = table

    def append(self, entry: LedgerEntry) -> bool:
        """Add an entry, unless another has its number."""
        absent = f"attribute_not_exists({LEDGER_MODEL})"
        with aws_faults(self._what):
            try:
                self._client.put_item(
                    TableName=self._table, Item=_item(entry), ConditionExpression=absent
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                # An answer that was lost makes boto3 ask again, and find its own entry.
                return entry in self.entries(entry.model)
        return True

    def entries(self, model: str) -> list[LedgerEntry]:
        """Entries of a model, oldest first, as they are now."""
        with aws_faults(self._what):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression=f"{LEDGER_MODEL} = :model",
                ExpressionAttributeValues={":model": {"S": model}},
                ConsistentRead=True,
            )
            return [_entry(item) for page in pages for item in page["Items"]]

    @property
    def _what(self) -> str:
        return f"the ledger in DynamoDB's table {self._table!r}"

    @cached_property
    def _client(self) -> Any:
        import boto3

        return boto3.client("dynamodb")


def _item(entry: LedgerEntry) -> dict[str, dict[str, str]]:
    words = {name: word for name, word in entry.to_dict().items() if word is not None}
    return {
        name: {"N": str(word)} if name == LEDGER_NUMBER else {"S": word}
        for name, word in words.items()
    }


def _entry(item: dict[str, dict[str, str]]) -> LedgerEntry:
    words = {name: next(iter(value.values())) for name, value in item.items()}
    return entry_from({"from": None} | words | {LEDGER_NUMBER: int(words[LEDGER_NUMBER])})
