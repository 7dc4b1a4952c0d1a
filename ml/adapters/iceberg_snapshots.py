"""Training sets as tagged snapshots of Iceberg tables in the Glue catalog."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from ml.adapters.iceberg_faults import iceberg_faults
from ml.adapters.iceberg_tags import SAID, kept_under, known_tags, refuse_other_rows, table_name
from ml.contract.errors import Altered, OtherSchemaVersion
from ml.contract.names import Zone
from ml.contract.places import snapshots_table
from ml.contract.records import SnapshotRecord, plain
from ml.core.dataset_parts import fetch_parts, publish_parts
from ml.ports import Lake

if TYPE_CHECKING:
    from pyiceberg.catalog import Catalog
    from pyiceberg.table import Table


class IcebergSnapshots:
    """One table per use case; each training set is one snapshot of it, and has tags.

    Parameters
    ----------
    catalog : pyiceberg.catalog.Catalog
        Where tables are listed.
    database : str
        In which database of it.
    lake : Lake
        Where the rows' files go; each is read by the version that was recorded when it came.
    uri : str
        ``s3://`` folder of that lake.

    Notes
    -----
    A training set replaces the one before in the table, so that whoever asks the table without
    naming a tag sees the latest. Files, snapshot and tag come into force by one change of the
    catalog.
    """

    def __init__(self, catalog: Catalog, database: str, lake: Lake, uri: str) -> None:
        self._catalog, self._database, self._lake = catalog, database, lake
        self._uri = uri.rstrip("/")

    def freeze(self, snapshot: SnapshotRecord, files: Sequence[Path]) -> SnapshotRecord:
        """Keep rows under a tag, unless they are there already."""
        table = self._table(snapshot.use_case)
        known = known_tags(table)
        refuse_other_rows(known, snapshot, snapshot.tag)
        for kept in known.values():
            if kept.record.canonical_hash == snapshot.canonical_hash:
                return self.tag(kept.record, snapshot.tag)
        folder = f"{_folder(snapshot.use_case)}/{snapshot.canonical_hash[:16]}"
        keys = {f"{folder}/part-{n:05}.parquet": file for n, file in enumerate(files)}
        schema = pq.read_schema(files[0])
        if table is None:
            table = self._create(snapshot.use_case, schema)
        _refuse_other_types(table, schema)
        data = publish_parts(keys, self._lake)
        record = replace(snapshot, data=data, place=table_name(table))
        with iceberg_faults(record.place):
            self._replace_rows(table, record, schema)
        return record

    def tag(self, snapshot: SnapshotRecord, tag: str) -> SnapshotRecord:
        """Give rows one more name."""
        known = known_tags(self._table(snapshot.use_case))
        refuse_other_rows(known, snapshot, tag)
        if tag not in known:
            kept = kept_under(known, snapshot.tag)
            with iceberg_faults(snapshot.place):
                kept.table.manage_snapshots().create_tag(kept.snapshot_id, tag).commit()
        return replace(snapshot, tag=tag)

    def find(self, use_case: str, tag: str) -> SnapshotRecord:
        """The training set that a tag names."""
        return kept_under(known_tags(self._table(use_case)), tag).record

    def all(self, use_case: str) -> list[SnapshotRecord]:
        """Training sets by tag, oldest first."""
        found = [kept.record for kept in known_tags(self._table(use_case)).values()]
        return sorted(found, key=lambda record: (record.created_at, record.tag))

    def fetch(self, snapshot: SnapshotRecord) -> list[Path]:
        """Local Parquet files that hold the rows."""
        kept = kept_under(known_tags(self._table(snapshot.use_case)), snapshot.tag)
        with iceberg_faults(snapshot.place):
            scan = kept.table.scan(snapshot_id=kept.snapshot_id)
            listed = sorted(task.file.file_path for task in scan.plan_files())
        said = sorted(f"{self._uri}/{part.key}" for part in snapshot.data.parts)
        if listed != said:
            raise Altered(
                f"Iceberg table {snapshot.place!r} lists {len(listed)} files under tag "
                f"{snapshot.tag!r} that are not the {len(said)} which were frozen; train on "
                "another snapshot"
            )
        return fetch_parts(snapshot.data, self._lake)

    def _replace_rows(self, table: Table, record: SnapshotRecord, schema: pa.Schema) -> None:
        """The table's new rows, their snapshot and its tag: one commit."""
        from pyiceberg.expressions import AlwaysTrue
        from pyiceberg.table.update.snapshot import ManageSnapshots

        with table.transaction() as change:
            with change.update_schema() as columns:
                columns.union_by_name(schema)
            if change.table_metadata.current_snapshot():
                change.delete(AlwaysTrue())
            change.add_files(
                [f"{self._uri}/{part.key}" for part in record.data.parts],
                snapshot_properties={SAID: json.dumps(plain(record))},
            )
            made = change.table_metadata.current_snapshot_id
            assert made is not None
            ManageSnapshots(change).create_tag(made, record.tag).commit()

    def _table(self, use_case: str) -> Table | None:
        from pyiceberg.exceptions import NoSuchTableError

        name = f"{self._database}.{snapshots_table(use_case)}"
        with iceberg_faults(name):
            try:
                return self._catalog.load_table(name)
            except NoSuchTableError:
                return None

    def _create(self, use_case: str, schema: pa.Schema) -> Table:
        name, location = snapshots_table(use_case), f"{self._uri}/{_folder(use_case)}"
        with iceberg_faults(f"{self._database}.{name}"):
            return self._catalog.create_table(
                (self._database, name), schema=schema, location=location
            )


def _refuse_other_types(table: Table, schema: pa.Schema) -> None:
    """A column of the catalog never changes its type, but columns may be added."""
    there = {field.name: _plain_type(field) for field in table.schema().as_arrow()}
    for field in schema:
        found, wanted = there.get(field.name), _plain_type(field)
        if found not in (None, wanted):
            raise OtherSchemaVersion(
                table_name(table), field.name, found, f"{wanted} in the rows",
                "give the column a new name, or freeze into another database",
            )  # fmt: skip


def _folder(use_case: str) -> str:
    return f"{Zone.SNAPSHOTS}/{use_case}"


def _plain_type(field: pa.Field) -> str:
    """A type without what the storage chose: the width of a text's offsets."""
    return str(field.type).removeprefix("large_")
