"""What the tags of an Iceberg table name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from ml.contract.errors import Altered, BrokenDataset, TagTaken, UnknownName
from ml.contract.records import SnapshotRecord

if TYPE_CHECKING:
    from pyiceberg.table import Table

_RECORD = TypeAdapter(SnapshotRecord)
#: The property of an Iceberg snapshot that holds all that was said of it.
SAID = "leadwise.snapshot"
#: The branch that every table has.
_MAIN = "main"


@dataclass(frozen=True)
class Kept:
    """A tagged snapshot of a table, and what was said of it."""

    table: Table
    snapshot_id: int
    record: SnapshotRecord


def table_name(table: Table) -> str:
    """``database.table``."""
    return ".".join(table.name())


def known_tags(table: Table | None) -> dict[str, Kept]:
    """What each tag of ours names; snapshots that others made are not training sets."""
    if table is None:
        return {}
    said = dict(_said(table))
    first = {record.tag: made for made, record in said.items()}
    known = {}
    for tag, ref in table.metadata.refs.items():
        if tag == _MAIN or ref.snapshot_id not in said:
            continue
        if first.get(tag, ref.snapshot_id) != ref.snapshot_id:
            raise Altered(
                f"tag {tag!r} of Iceberg table {table_name(table)!r} was moved to other rows; "
                f"move it back to snapshot {first[tag]}"
            )
        known[tag] = Kept(table, ref.snapshot_id, replace(said[ref.snapshot_id], tag=tag))
    return known


def kept_under(known: dict[str, Kept], tag: str) -> Kept:
    """What a tag names; UnknownName lists those that there are."""
    if tag not in known:
        raise UnknownName("snapshot tag", tag, sorted(known))
    return known[tag]


def _said(table: Table) -> Iterator[tuple[int, SnapshotRecord]]:
    """What was said of each snapshot that we made, by its id."""
    for made in table.metadata.snapshots:
        text = made.summary.additional_properties.get(SAID) if made.summary else None
        if text is None:
            continue
        try:
            yield made.snapshot_id, _RECORD.validate_json(text)
        except ValidationError as error:
            raise BrokenDataset(
                f"{table_name(table)}, snapshot {made.snapshot_id}", "has no readable manifest"
            ) from error


def refuse_other_rows(known: dict[str, Kept], snapshot: SnapshotRecord, tag: str) -> None:
    """TagTaken where a tag names other rows than the snapshot's."""
    if tag in known and known[tag].record.canonical_hash != snapshot.canonical_hash:
        theirs = known[tag].record.canonical_hash
        raise TagTaken(tag, snapshot.use_case, theirs, snapshot.canonical_hash)
