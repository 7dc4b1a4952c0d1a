"""A table of DynamoDB: items go in and out in batches, and are found by their keys or by time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from ml.adapters.aws_faults import aws_faults
from ml.adapters.patience import Patience
from ml.contract.errors import DependencyUnavailable
from ml.contract.places import BY_TIME, ENTRY, HOLDER, SHELF, SINCE

#: Attributes by name, as the service takes them: ``{"holder": {"S": "..."}}``.
Item = dict[str, dict[str, Any]]

_Value = TypeVar("_Value")

# What one request of the service takes.
_WRITTEN_AT_ONCE, _READ_AT_ONCE = 25, 100
#: A store that is away longer is told so: requests and a server that stops wait for it.
_PATIENCE = Patience(seconds=5, first=0.05, longest=1)


class DynamodbTable:
    """Asks one table.

    Parameters
    ----------
    name : str
        Its keys are `HOLDER` and `ENTRY`; its index `BY_TIME` lists items by `SHELF` and `SINCE`.
    patience : Patience, optional
        How long what the service put off is asked for again. Default: five seconds.
    """

    def __init__(self, name: str, patience: Patience = _PATIENCE) -> None:
        import boto3
        from botocore.config import Config

        self._name, self._patience = name, patience
        # Made at once: several threads use it, and making one is not safe for them.
        self._client = boto3.client(
            "dynamodb",
            config=Config(
                connect_timeout=2,
                read_timeout=4,
                retries={"mode": "standard", "total_max_attempts": 3},
            ),
        )

    def write_items(self, items: Iterable[Item]) -> None:
        """Write items; each replaces the one under its keys."""
        self._in_batches({"PutRequest": {"Item": item}} for item in items)

    def remove_items(self, items: Iterable[Item]) -> None:
        """Remove items, of which only the keys are read."""
        self._in_batches({"DeleteRequest": {"Key": keys_of(item)}} for item in items)

    def write_first(self, item: Item) -> bool:
        """Write an item, unless there is one under its keys."""
        absent = f"attribute_not_exists({HOLDER})"
        with aws_faults(self._what):
            try:
                self._client.put_item(TableName=self._name, Item=item, ConditionExpression=absent)
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def read_items(self, items: Sequence[Item]) -> dict[tuple[str, str], Item]:
        """What lies now under the keys of items, by `place_of` them."""
        found: list[Item] = []
        for some in _parts([keys_of(item) for item in items], _READ_AT_ONCE):
            found += self._read(some)
        return {place_of(item): item for item in found}

    def items_of(
        self, holder: str, first: str, last: str, *, newest: bool = False, most: int | None = None
    ) -> Iterator[Item]:
        """A holder's items from one entry to another, as they are now.

        Parameters
        ----------
        holder, first, last : str
        newest : bool, default=False
            The last entry first.
        most : int or None, default=None
            How many will be read; no more are fetched at a time.
        """
        return self._pages(
            KeyConditionExpression=f"{HOLDER} = :holder AND {ENTRY} BETWEEN :first AND :last",
            ExpressionAttributeValues=_texts({":holder": holder, ":first": first, ":last": last}),
            ScanIndexForward=not newest,
            ConsistentRead=True,
            PaginationConfig={"PageSize": most},
        )

    def keys_by_time(self, shelf: str, first: str, last: str) -> Iterator[Item]:
        """Keys and what the index holds of a shelf's items, oldest first; `last` counts too."""
        if first > last:  # which the service refuses
            return iter(())
        return self._pages(
            IndexName=BY_TIME,
            KeyConditionExpression=f"{SHELF} = :shelf AND {SINCE} BETWEEN :first AND :last",
            ExpressionAttributeValues=_texts({":shelf": shelf, ":first": first, ":last": last}),
        )

    def _pages(self, **words: Any) -> Iterator[Item]:
        with aws_faults(self._what):
            pages = self._client.get_paginator("query").paginate(TableName=self._name, **words)
            for page in pages:
                yield from page["Items"]

    def _in_batches(self, requests: Iterable[dict[str, Any]]) -> None:
        for some in _parts(requests, _WRITTEN_AT_ONCE):
            self._write(some)

    def _write(self, requests: list[dict[str, Any]]) -> None:
        for _ in self._patience.begin().looks():
            with aws_faults(self._what):
                answer = self._client.batch_write_item(RequestItems={self._name: requests})
            requests = answer["UnprocessedItems"].get(self._name, [])
            if not requests:
                return
        raise self._busy(len(requests))

    def _read(self, keys: list[Item]) -> list[Item]:
        found: list[Item] = []
        for _ in self._patience.begin().looks():
            asked = {self._name: {"Keys": keys, "ConsistentRead": True}}
            with aws_faults(self._what):
                answer = self._client.batch_get_item(RequestItems=asked)
            found += answer["Responses"].get(self._name, [])
            keys = answer["UnprocessedKeys"].get(self._name, {}).get("Keys", [])
            if not keys:
                return found
        raise self._busy(len(keys))

    def _busy(self, count: int) -> DependencyUnavailable:
        return DependencyUnavailable(
            f"{self._what} put {count} items off for {self._patience.seconds:g} s; "
            "look at its throttled requests, and start again"
        )

    @property
    def _what(self) -> str:
        return f"DynamoDB's table {self._name!r}"


def keys_of(item: Item) -> Item:
    """The keys of an item, alone."""
    return {name: item[name] for name in (HOLDER, ENTRY)}


def place_of(item: Item) -> tuple[str, str]:
    """The same as plain texts."""
    return item[HOLDER]["S"], item[ENTRY]["S"]


def _texts(values: dict[str, str]) -> Item:
    return {name: {"S": value} for name, value in values.items()}


def _parts(values: Iterable[_Value], size: int) -> Iterator[list[_Value]]:
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part
