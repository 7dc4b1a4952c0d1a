"""What every lake promises; each adapter takes the same suite."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from ml.adapters.local_lake import LocalLake
from ml.adapters.s3_lake import S3Lake
from ml.contract.errors import Gone, UsageError
from tests.support.buckets import make_bucket, patched_account


@pytest.fixture(params=["local", "s3", "s3 without versions"])
def lake(request, tmp_path, monkeypatch):
    if request.param == "local":
        yield LocalLake(tmp_path / "lake")
        return
    with mock_aws(), patched_account(monkeypatch) as s3:
        make_bucket(s3, "lake", versioned=request.param == "s3")
        yield S3Lake("s3://lake/home/", tmp_path / "copies")


def publish(lake, key, text):
    with lake.scratch() as folder:
        file = folder / "part"
        file.write_text(text)
        return lake.publish(key, file)


def test_what_is_published_is_fetched_and_listed(lake):
    publish(lake, "raw/a/1.csv", "one")
    publish(lake, "raw/b.csv", "two")
    publish(lake, "clean/a.csv", "three")
    assert lake.fetch("raw/a/1.csv").read_text() == "one"
    assert lake.keys("raw/") == ["raw/a/1.csv", "raw/b.csv"]
    assert lake.keys("raw/a") == ["raw/a/1.csv"]
    assert lake.keys("nothing/") == []
    assert lake.exists("raw/b.csv")
    assert not lake.exists("raw/c.csv")
    assert not lake.exists("raw/b")


def test_publishing_moves_the_file(lake, tmp_path):
    file = tmp_path / "here.csv"
    file.write_text("one")
    lake.publish("raw/a.csv", file)
    assert not file.exists()


def test_a_key_never_changes(lake):
    first = publish(lake, "raw/a.csv", "first")
    assert publish(lake, "raw/a.csv", "second") == first
    assert lake.fetch("raw/a.csv").read_text() == "first"
    assert lake.fetch("raw/a.csv", first).read_text() == "first"


def test_of_writers_at_once_one_wins_and_all_read_the_same(lake):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: publish(lake, "raw/a.csv", str(n) * 1000), range(8)))
    assert len(set(lake.fetch("raw/a.csv").read_text())) == 1


def test_an_absent_key_is_named(lake):
    with pytest.raises(Gone, match=r"no file '(home/)?raw/gone.csv'.* run the step") as caught:
        lake.fetch("raw/gone.csv")
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../up", "raw/../../up", ".scratch/x"])
def test_a_key_cannot_leave_the_lake(lake, key, tmp_path):
    (tmp_path / "x").write_text("x")
    for use in (lake.exists, lake.fetch, lambda key: lake.publish(key, tmp_path / "x")):
        with pytest.raises(UsageError, match="lake key"):
            use(key)


def test_unfinished_files_leave_nothing_behind(lake):
    with lake.scratch() as folder:
        (folder / "half").write_text("x")
        assert lake.keys("") == []
    assert not folder.exists()


def test_what_is_fetched_cannot_be_written(lake):
    publish(lake, "raw/a.csv", "one")
    assert stat.S_IMODE(lake.fetch("raw/a.csv").stat().st_mode) == 0o444


def test_a_file_without_bytes_is_a_file(lake):
    publish(lake, "raw/none.csv", "")
    assert lake.fetch("raw/none.csv").read_bytes() == b""


def test_a_listing_has_no_pages(lake):
    keys = [f"many/{n:04}.txt" for n in range(1_050)]
    for key in keys:
        if isinstance(lake, LocalLake):
            publish(lake, key, "x")
        else:  # what publishing does in the end, without a request for each
            s3_backends[DEFAULT_ACCOUNT_ID]["aws"].put_object("lake", f"home/{key}", b"x")
    assert lake.keys("many/") == keys


def test_letters_of_all_alphabets_and_blanks_are_keys(lake):
    publish(lake, "raw/Größe der Leads é+%.csv", "one")
    assert lake.keys("raw/") == ["raw/Größe der Leads é+%.csv"]
    assert lake.fetch("raw/Größe der Leads é+%.csv").read_text() == "one"
