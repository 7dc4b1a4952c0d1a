"""Records of one kind in a table of DynamoDB, whatever their length, found by holder or by time."""

from __future__ import annotations

import hashlib
import heapq
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from ml.adapters.dynamodb_table import DynamodbTable, Item, keys_of, place_of
from ml.contract.cloud_settings import TABLE_EXPIRY
from ml.contract.places import DIGEST, ENTRY, HOLDER, PIECES, SHELF, SINCE

# What comes at one time is spread, as one place of the index takes a thousand writes in a second.
_SHELVES = 4
#: An item may have 400 KB, with its keys.
_LONGEST = 380_000
_AT_ONCE = 100
_RECORD = "record"


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One record.

    Parameters
    ----------
    holder : str
        Who has it; see `lead_holder`.
    name : str
        Its own among what the holder has of this kind.
    since : str
        Sorts records by time.
    at : datetime
        The same, from which its days are counted.
    content : bytes
    """

    holder: str
    name: str
    since: str
    at: datetime
    content: bytes


class DynamodbRecords:
    """Keeps the records of one kind.

    Parameters
    ----------
    table : DynamodbTable
    kind : str
        Part of all keys.
    age : timedelta
        How long records are kept: then the service itself removes them, within days.
    """

    def __init__(self, table: DynamodbTable, kind: str, age: timedelta) -> None:
        self._table, self._kind, self._age = table, kind, age

    def write_new(self, records: Iterable[Record]) -> None:
        """Write records; what is there already, or comes twice, stays as it came first."""
        made: dict[tuple[str, str], list[Item]] = {}
        for record in records:
            made.setdefault((record.holder, record.name), self._items(record))
        known = self._table.read_items([head for head, *_ in made.values()])
        new = [items for items in made.values() if place_of(items[0]) not in known]
        self._table.write_items(item for _, *pieces in new for item in pieces)
        self._table.write_items(head for head, *_ in new)

    def write_if_first(self, record: Record) -> bool:
        """Write a record, unless its holder has one of that name."""
        head, *pieces = self._items(record)
        self._table.write_items(pieces)
        return self._table.write_first(head)

    def contents(
        self, holder: str, *, before: str | None = None, most: int | None = None
    ) -> list[bytes]:
        """What a holder has, the last name first; with `before`, names that sort before it."""
        first, last = self._entry(""), self._entry("~" if before is None else before)
        found = self._table.items_of(holder, first, last, newest=True, most=most)
        heads = (item for item in found if SINCE in item and item[ENTRY]["S"] != last)
        return self._whole(list(islice(heads, most)))

    def of_time(self, since: str) -> list[bytes]:
        """Records of one time; the index knows one a moment after it was written."""
        found = self._table.read_items(
            [*self._table.keys_by_time(self._shelf(since), since, since)]
        )
        return self._whole([*found.values()])

    def between(self, first: str, until: str) -> Iterator[bytes]:
        """Records of a time, oldest first."""
        listed = self._listed(first, until)
        while some := list(islice(listed, _AT_ONCE)):
            found = self._table.read_items(some)
            yield from self._whole([found[key] for key in map(place_of, some) if key in found])

    def forget_of(self, holder: str) -> int:
        """Remove all that a holder has; how many there were."""
        found = self._table.items_of(holder, self._entry(""), self._entry("~"))
        return self._remove(found)

    def forget_before(self, until: str) -> int:
        """Remove what is older; how many there were."""
        return self._remove(self._listed("0", until))

    def _remove(self, items: Iterable[Item]) -> int:
        removed, rest = 0, iter(items)
        while some := list(islice(rest, _AT_ONCE)):
            self._table.remove_items(piece for item in some for piece in _pieces_of(item))
            self._table.remove_items(some)
            removed += sum(SINCE in item for item in some)
        return removed

    def _listed(self, first: str, until: str) -> Iterator[Item]:
        shelves = [f"{self._kind}#{number}" for number in range(_SHELVES)]
        listed = [self._table.keys_by_time(shelf, first, until) for shelf in shelves]
        merged = heapq.merge(*listed, key=lambda item: str(item[SINCE]["S"]))
        return (item for item in merged if item[SINCE]["S"] < until)

    def _whole(self, heads: Sequence[Item]) -> list[bytes]:
        pieces = self._table.read_items([piece for head in heads for piece in _pieces_of(head)])
        laid = [[head, *(pieces.get(place_of(p)) for p in _pieces_of(head))] for head in heads]
        # One that somebody removes just now may have lost a piece already.
        return [_content([item for item in some if item]) for some in laid if all(some)]

    def _items(self, record: Record) -> list[Item]:
        """The head of a record, which says which pieces follow it, and those."""
        packed = zlib.compress(record.content)
        parts = [packed[at : at + _LONGEST] for at in range(0, len(packed), _LONGEST)]
        head = {
            HOLDER: {"S": record.holder},
            ENTRY: {"S": self._entry(record.name)},
            SHELF: {"S": self._shelf(record.since)},
            SINCE: {"S": record.since},
            PIECES: {"N": str(len(parts) - 1)},
            DIGEST: {"S": hashlib.sha256(packed).hexdigest()[:16]},
        }
        expires = {TABLE_EXPIRY: {"N": str(int((record.at + self._age).timestamp()))}}
        items = [head, *_pieces_of(head)]
        return [
            item | expires | {_RECORD: {"B": part}} for item, part in zip(items, parts, strict=True)
        ]

    def _entry(self, name: str) -> str:
        return f"{self._kind}#{name}"

    def _shelf(self, since: str) -> str:
        return f"{self._kind}#{zlib.crc32(since.encode()) % _SHELVES}"


def lead_holder(lead: str) -> str:
    """Under which a lead's records lie: of one length, and no id is read from it or from a log."""
    return f"lead#{hashlib.sha256(lead.encode()).hexdigest()}"


def _pieces_of(head: Item) -> list[Item]:
    """Keys of the pieces that follow a head; their name keeps those of two writers apart."""
    count = int(head.get(PIECES, {"N": "0"})["N"])
    stem = f"{head[ENTRY]['S']}~{head.get(DIGEST, {'S': ''})['S']}"
    return [keys_of(head) | {ENTRY: {"S": f"{stem}~{number}"}} for number in range(count)]


def _content(items: Sequence[Item]) -> bytes:
    return zlib.decompress(b"".join(item[_RECORD]["B"] for item in items))
