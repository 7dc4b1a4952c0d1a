"""A keeper of training sets with a lake below it, at home or in a moto that stands in for AWS."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.adapters.glue_snapshots import glue_snapshots
from ml.adapters.lake_snapshots import LakeSnapshots
from ml.adapters.s3_lake import S3Lake
from ml.contract.records import SnapshotRecord
from ml.core.canonical import canonical_hash
from ml.core.parquet_columns import ParquetColumns
from ml.ports import Lake, Snapshots
from tests.support.buckets import make_bucket, patched_account
from tests.support.cloud import moto_server

ROWS = pa.table({"id": ["a", "b", "c"], "visits": [1, None, 3], "city": ["Kyiv", "", None]})
OTHER = ROWS.set_column(1, "visits", [[1, 2, 3]])
DATABASE = "leads"
_BUCKET, _PREFIX = "lake", "home/lake/"
URI = f"s3://{_BUCKET}/{_PREFIX}"


@contextmanager
def aws() -> Iterator[None]:
    """An account that moto's server stands in for: Arrow asks it too."""
    with (
        moto_server() as url,
        pytest.MonkeyPatch.context() as patched,
        patched_account(patched, {"AWS_ENDPOINT_URL": url}),
    ):
        yield


@dataclass
class SnapshotHome:
    """What keeps training sets, and a client of S3 where it keeps them there."""

    snapshots: Snapshots
    lake: Lake
    s3: Any = None

    def freeze(
        self,
        table: pa.Table,
        tag: str | None = None,
        at: str = "2026-11-20T10:00:00+00:00",
        parts: int = 1,
        use_case: str = "small",
    ) -> SnapshotRecord:
        """Rows under a tag, in so many files."""
        found = canonical_hash(table, id_column="id")
        record = SnapshotRecord(
            use_case=use_case,
            tag=tag or found[:16],
            canonical_hash=found,
            rows=table.num_rows,
            columns=table.num_columns,
            schema=dict.fromkeys(table.column_names, "text"),
            code_version="1.0",
            created_at=at,
            sources=("c0ffee",),
        )
        with self.lake.scratch() as folder:
            size = -(-table.num_rows // parts)
            files = [folder / f"{n}.parquet" for n in range(parts)]
            for n, file in enumerate(files):
                pq.write_table(table.slice(n * size, size), file)
            return self.snapshots.freeze(record, files)

    def rows(self, record: SnapshotRecord) -> dict[str, list[Any]]:
        """What is read back."""
        table = ParquetColumns(*self.snapshots.fetch(record))
        return {name: table.column(name).to_pylist() for name in table.column_names}

    def remove(self, key: str) -> None:
        """Delete a file behind the keeper's back, all its versions."""
        if self.s3 is None:
            self.lake.fetch(key).unlink()
            return
        where = {"Bucket": _BUCKET, "Key": _PREFIX + key}
        found = self.s3.list_object_versions(Bucket=_BUCKET, Prefix=where["Key"])["Versions"]
        for version in found:
            self.s3.delete_object(**where, VersionId=version["VersionId"])

    def elsewhere(self, folder: Path) -> "SnapshotHome":
        """The same home on a machine that has no copies."""
        if self.s3 is None:
            return self
        lake = S3Lake(URI, folder)
        if isinstance(self.snapshots, LakeSnapshots):
            return SnapshotHome(LakeSnapshots(lake), lake, self.s3)
        return SnapshotHome(glue_snapshots(DATABASE, lake, URI), lake, self.s3)


def cloud_home(folder: Path, *, catalog: bool) -> SnapshotHome:
    """An empty home in AWS, with Iceberg or without; nothing of the test before is left."""
    s3, glue = boto3.client("s3"), boto3.client("glue")
    httpx.post(f"{s3.meta.endpoint_url}/moto-api/reset").raise_for_status()
    make_bucket(s3, _BUCKET, versioned=True)
    glue.create_database(DatabaseInput={"Name": DATABASE})
    lake = S3Lake(URI, folder)
    snapshots = glue_snapshots(DATABASE, lake, URI) if catalog else LakeSnapshots(lake)
    return SnapshotHome(snapshots, lake, s3)
