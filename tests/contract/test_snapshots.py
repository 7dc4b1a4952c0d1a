"""What every keeper of training sets promises; each adapter takes the same suite."""

from dataclasses import replace

import pyarrow as pa
import pytest

from ml.adapters.lake_snapshots import LakeSnapshots
from ml.adapters.local_lake import LocalLake
from ml.contract.errors import Gone, TagTaken, UnknownName
from ml.core.canonical import canonical_hash
from tests.support import snapshot_home
from tests.support.snapshot_home import OTHER, ROWS, SnapshotHome, cloud_home


@pytest.fixture(scope="module")
def aws():
    with snapshot_home.aws():
        yield


@pytest.fixture(params=["local", "s3", "iceberg"])
def home(request, tmp_path):
    if request.param == "local":
        lake = LocalLake(tmp_path / "lake")
        return SnapshotHome(LakeSnapshots(lake), lake)
    request.getfixturevalue("aws")
    return cloud_home(tmp_path / "copies", catalog=request.param == "iceberg")


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


def test_a_missing_file_is_named(home, tmp_path):
    record = home.freeze(ROWS, parts=2)
    home.remove(record.data.parts[1].key)
    home = home.elsewhere(tmp_path / "another machine")
    with pytest.raises(Gone, match=r"part-00001.parquet'.* run the step that writes it again"):
        home.snapshots.fetch(home.snapshots.find("small", record.tag))


def test_files_come_to_a_machine_that_has_none(home, tmp_path):
    record = home.freeze(ROWS)
    home = home.elsewhere(tmp_path / "another machine")
    assert home.snapshots.all("small") == [record]
    assert home.rows(record) == ROWS.to_pydict()
