"""Receipts of an account, in DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import orjson

from ml.adapters.dynamodb_records import DynamodbRecords, Record, lead_holder
from ml.adapters.dynamodb_table import DynamodbTable
from ml.contract.receipts import Receipt, first_id, receipt_from
from ml.core.scoring.inputs import as_json

_KIND, _DIGITS = "receipt", 32


class DynamodbReceipts:
    """Keeps receipts with their leads; one of a lead without id stands alone.

    Parameters
    ----------
    table : DynamodbTable
    age : timedelta
        How long they are kept.
    """

    def __init__(self, table: DynamodbTable, age: timedelta) -> None:
        self._records = DynamodbRecords(table, _KIND, age)

    def add(self, receipts: Sequence[Receipt]) -> None:
        """Keep receipts."""
        self._records.write_new(map(_record, receipts))

    def find(self, receipt_id: str) -> Receipt | None:
        """One receipt."""
        if len(receipt_id) != _DIGITS:  # which people may type as they like
            return None
        return next(map(_receipt, self._records.of_time(receipt_id)), None)

    def of_lead(
        self, lead: str, *, before: str | None = None, most: int | None = None
    ) -> list[Receipt]:
        """A lead's receipts, newest first."""
        until = None if before is None else before[:_DIGITS]
        found = self._records.contents(lead_holder(lead), before=until, most=most)
        return [_receipt(content) for content in found]

    def between(self, start: datetime, end: datetime) -> Iterator[Receipt]:
        """Receipts of a time, oldest first; those of the last second may still be missing."""
        return map(_receipt, self._records.between(first_id(start), first_id(end)))

    def forget(self, leads: Sequence[str] = (), *, before: datetime | None = None) -> int:
        """Remove the receipts of leads, and the old ones."""
        erased = sum(self._records.forget_of(lead_holder(lead)) for lead in leads)
        return erased + (self._records.forget_before(first_id(before)) if before else 0)


def _record(receipt: Receipt) -> Record:
    alone = f"{_KIND}#{receipt.id}"
    return Record(
        holder=alone if receipt.lead is None else lead_holder(receipt.lead),
        name=receipt.id,
        since=receipt.id,
        at=receipt.at,
        content=orjson.dumps(receipt.to_dict(), default=as_json),
    )


def _receipt(content: bytes) -> Receipt:
    return receipt_from(orjson.loads(content))
