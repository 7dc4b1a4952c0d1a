"""What every keeper of training sets promises; each adapter takes the same suite."""

from dataclasses import dataclass, replace
from typing import Any

import boto3
import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.adapters.glue_snapshots import glue_snapshots
from ml.adapters.lake_snapshots import LakeSnapshots
from ml.adapters.local_lake import LocalLake
from ml.adapters.s3_lake import S3Lake
from ml.contract.errors import Gone, TagTaken, UnknownName
from ml.contract.records import SnapshotRecord
from ml.core.canonical import canonical_hash
from ml.core.parquet_columns import ParquetColumns
from tests.support.buckets import make_bucket, patched_account
from tests.support.cloud import moto_server

ROWS = pa.table({"id": ["a", "b", "c"], "visits": [1, None, 3], "city": ["Kyiv", "", None]})
OTHER = ROWS.set_column(1, "visits", [[1, 2, 3]])
_URI = "s3://lake/home/lake/"


@pytest.fixture(scope="module")
def aws():
    with (
        moto_server() as url,
        pytest.MonkeyPatch.context() as patched,
        patched_account(patched, {"AWS_ENDPOINT_URL": url}),
    ):
        yield url


@dataclass
class Home:
    """An adapter, and ways to break what it keeps."""

    snapshots: Any
    lake: Any
    s3: Any = None

    def freeze(self, table, tag=None, at="2026-11-20T10:00:00+00:00", parts=1):
        found = canonical_hash(table, id_column="id")
        record = SnapshotRecord(
            use_case="small", tag=tag or found[:16], canonical_hash=found, rows=table.num_rows,
            columns=table.num_columns, schema=dict.fromkeys(table.column_names, "text"),
            code_version="1.0", created_at=at, sources=("c0ffee",),
        )  # fmt: skip
        with self.lake.scratch() as folder:
            size = -(-table.num_rows // parts)
            files = [folder / f"{n}.parquet" for n in range(parts)]
            for n, file in enumerate(files):
                pq.write_table(table.slice(n * size, size), file)
            return self.snapshots.freeze(record, files)

    def rows(self, record):
        table = ParquetColumns(*self.snapshots.fetch(record))
        return {name: table.column(name).to_pylist() for name in table.column_names}


@pytest.fixture(params=["local", "s3", "iceberg"])
def home(request, tmp_path):
    if request.param == "local":
        lake = LocalLake(tmp_path / "lake")
        return Home(LakeSnapshots(lake), lake)
    request.getfixturevalue("aws")
    s3 = fresh_account()
    lake = S3Lake(_URI, tmp_path / "copies")
    if request.param == "s3":
        return Home(LakeSnapshots(lake), lake, s3)
    return Home(glue_snapshots("leads", lake, _URI), lake, s3)


def fresh_account():
    """A bucket and a database, and nothing of the test before; a client of S3."""
    s3, glue = boto3.client("s3"), boto3.client("glue")
    httpx.post(f"{s3.meta.endpoint_url}/moto-api/reset").raise_for_status()
    make_bucket(s3, "lake", versioned=True)
    glue.create_database(DatabaseInput={"Name": "leads"})
    return s3


def test_frozen_rows_are_found_by_tag_with_all_that_was_said(home):
    record = home.freeze(ROWS)
    found = home.snapshots.find("small", record.tag)
    assert found == record
    assert (found.rows, found.columns, found.code_version) == (3, 3, "1.0")
    assert found.sources == ("c0ffee",)
    assert found.place
    assert home.rows(found) == ROWS.to_pydict()


def test_rows_may_come_in_several_files(home):
    record = home.freeze(ROWS, parts=2)
    assert [part.rows for part in record.data.parts] == [2, 1]
    assert home.rows(record) == ROWS.to_pydict()


def test_equal_rows_are_kept_once(home):
    first = home.freeze(ROWS, at="2026-11-20T10:00:00+00:00")
    assert home.freeze(ROWS, at="2026-11-21T10:00:00+00:00") == first
    assert home.snapshots.all("small") == [first]


def test_a_tag_never_names_other_rows(home):
    first = home.freeze(ROWS, tag="2026-W47")
    with pytest.raises(TagTaken, match=first.canonical_hash) as caught:
        home.freeze(OTHER, tag="2026-W47")
    assert canonical_hash(OTHER, id_column="id") in str(caught.value)
    assert home.rows(home.snapshots.find("small", "2026-W47")) == ROWS.to_pydict()
    assert [each.tag for each in home.snapshots.all("small")] == ["2026-W47"]


def test_rows_get_more_tags(home):
    first, second = home.freeze(ROWS), home.freeze(OTHER, at="2026-11-21T10:00:00+00:00")
    tagged = home.snapshots.tag(first, "good")
    assert tagged == replace(first, tag="good")
    assert home.snapshots.tag(first, "good") == tagged
    assert home.rows(home.snapshots.find("small", "good")) == ROWS.to_pydict()
    with pytest.raises(TagTaken, match=second.canonical_hash):
        home.snapshots.tag(second, "good")


def test_the_oldest_training_set_comes_first(home):
    second = home.freeze(OTHER, at="2026-11-21T10:00:00+00:00")
    first = home.freeze(ROWS, at="2026-11-20T10:00:00+00:00")
    assert home.snapshots.all("small") == [first, second]
    assert home.rows(first) == ROWS.to_pydict()
    assert home.rows(second) == OTHER.to_pydict()


def test_a_later_training_set_may_have_more_columns(home):
    first = home.freeze(ROWS)
    more = ROWS.append_column("score", pa.array([0.5, None, 1.0]))
    second = home.freeze(more)
    assert home.rows(second) == more.to_pydict()
    assert home.rows(first) == ROWS.to_pydict()


def test_an_unknown_tag_is_named_with_those_that_there_are(home):
    with pytest.raises(UnknownName, match="none yet"):
        home.snapshots.find("small", "gone")
    record = home.freeze(ROWS)
    with pytest.raises(UnknownName, match=f"unknown snapshot tag 'gone'; there is: {record.tag}"):
        home.snapshots.find("small", "gone")
    assert home.snapshots.all("another") == []


def test_what_is_fetched_cannot_be_written(home):
    (file,) = home.snapshots.fetch(home.freeze(ROWS))
    assert not file.stat().st_mode & 0o222


def remove(home, key):
    if home.s3 is None:
        (home.lake._root / key).unlink()
        return
    where = {"Bucket": "lake", "Key": f"home/lake/{key}"}
    for version in home.s3.list_object_versions(Bucket="lake", Prefix=where["Key"])["Versions"]:
        home.s3.delete_object(**where, VersionId=version["VersionId"])


def test_a_missing_file_is_named(home, tmp_path):
    record = home.freeze(ROWS, parts=2)
    remove(home, record.data.parts[1].key)
    home = fresh(home, tmp_path)
    with pytest.raises(Gone, match=r"part-00001.parquet'.* run the step that writes it again"):
        home.snapshots.fetch(home.snapshots.find("small", record.tag))


def fresh(home, tmp_path):
    """The same home on a machine that has no copies."""
    if home.s3 is None:
        return home
    lake = S3Lake(_URI, tmp_path / "another machine")
    if isinstance(home.snapshots, LakeSnapshots):
        return Home(LakeSnapshots(lake), lake, home.s3)
    return Home(glue_snapshots("leads", lake, _URI), lake, home.s3)
