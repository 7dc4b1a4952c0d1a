"""What may befall training sets in the Glue catalog: each is told with the next move."""

import boto3
import pyarrow as pa
import pytest
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import CommitFailedException

from ml.adapters.glue_snapshots import glue_snapshots
from ml.contract.errors import (
    AccessDenied,
    Altered,
    DependencyUnavailable,
    Gone,
    OtherSchemaVersion,
    UnknownName,
)
from tests.support import snapshot_home
from tests.support.snapshot_home import DATABASE, OTHER, ROWS, URI, cloud_home

TABLE = f"{DATABASE}.small_snapshots"


@pytest.fixture(scope="module")
def aws():
    with snapshot_home.aws():
        yield


@pytest.fixture
def home(aws, tmp_path):  # noqa: ARG001 - AWS must stand first
    return cloud_home(tmp_path / "copies", catalog=True)


def table_of(home):
    return home.snapshots._catalog.load_table(TABLE)


def test_a_column_whose_type_changed_is_named_and_nothing_is_written(home):
    first = home.freeze(ROWS)
    keys = home.lake.keys("")
    other = ROWS.set_column(1, "visits", [["one", "two", "three"]])
    with pytest.raises(OtherSchemaVersion) as caught:
        home.freeze(other)
    assert str(caught.value) == (
        f"table {TABLE} is of another schema version: column 'visits' is int64 there and string "
        "in the rows; give the column a new name, or freeze into another database"
    )
    assert caught.value.exit_code == 2
    assert home.lake.keys("") == keys
    assert home.snapshots.all("small") == [first]


def test_a_missing_database_is_named(home):
    snapshots = glue_snapshots("nowhere", home.lake, URI)
    lost = snapshot_home.SnapshotHome(snapshots, home.lake, home.s3)
    with pytest.raises(Gone, match="no database for table 'nowhere.small_snapshots'; deploy it"):
        lost.freeze(ROWS)
    with pytest.raises(UnknownName):
        lost.snapshots.find("small", "any")


def test_a_table_that_is_no_iceberg_table_is_named(home):
    boto3.client("glue").create_table(
        DatabaseName=DATABASE, TableInput={"Name": "small_snapshots", "Parameters": {"a": "b"}}
    )
    with pytest.raises(Gone, match=f"table '{TABLE}' of the catalog is no Iceberg table"):
        home.snapshots.all("small")


def test_a_tag_that_was_moved_is_noticed(home):
    first, second = home.freeze(ROWS), home.freeze(OTHER)
    table = table_of(home)
    held = table.metadata.refs[second.tag].snapshot_id
    table.manage_snapshots().remove_tag(first.tag).commit()
    table.manage_snapshots().create_tag(held, first.tag).commit()
    with pytest.raises(Altered, match=rf"tag '{first.tag}' of Iceberg table '{TABLE}' was moved"):
        home.snapshots.find("small", first.tag)


def test_snapshots_of_others_are_no_training_sets(home):
    first = home.freeze(ROWS)
    table = table_of(home)
    table.append(OTHER.cast(table.schema().as_arrow()))
    table.manage_snapshots().create_tag(table.metadata.current_snapshot_id, "theirs").commit()
    assert home.snapshots.all("small") == [first]
    assert home.rows(first) == ROWS.to_pydict()
    with pytest.raises(UnknownName, match="'theirs'"):
        home.snapshots.find("small", "theirs")


def test_a_table_file_that_is_gone_is_named(home):
    home.freeze(ROWS)
    for key in home.lake.keys("snapshots/small/metadata/"):
        home.remove(key)
    with pytest.raises(Gone, match=f"a file of Iceberg table '{TABLE}' is gone .*; restore it"):
        home.snapshots.all("small")


def test_of_two_writers_at_once_one_is_told_to_start_again(home, monkeypatch):
    first = home.freeze(ROWS)

    def busy(*_, **__):
        raise CommitFailedException("the table moved")

    with monkeypatch.context() as patched:
        patched.setattr(GlueCatalog, "commit_table", busy)
        with pytest.raises(DependencyUnavailable, match="another writer changed .* start again"):
            home.freeze(OTHER)
    assert home.snapshots.all("small") == [first]
    assert home.rows(home.freeze(OTHER)) == OTHER.to_pydict()


def test_a_denial_names_the_table(home, monkeypatch):
    denied = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}

    def deny(*_, **__):
        raise home.snapshots._catalog.glue.exceptions.ClientError(denied, "GetTable")

    monkeypatch.setattr(home.snapshots._catalog, "glue", _Denying(home, deny))
    with pytest.raises(AccessDenied, match=f"AUTH: the catalog of Iceberg table '{TABLE}' denies"):
        home.snapshots.all("small")


class _Denying:
    def __init__(self, home, deny):
        self.get_table, self.exceptions = deny, home.snapshots._catalog.glue.exceptions


def test_rows_added_to_a_tagged_snapshot_are_no_part_of_it(home):
    """What somebody appends is another snapshot; the tag still names the rows that were frozen."""
    first = home.freeze(ROWS)
    more = pa.table({"id": ["z"], "visits": [9], "city": ["x"]})
    table_of(home).append(more.cast(table_of(home).schema().as_arrow()))
    assert home.rows(first) == ROWS.to_pydict()
