"""What every lake promises; each adapter takes the same suite."""

import pytest

from ml.adapters.local_lake import LocalLake
from ml.contract.errors import DependencyUnavailable, UsageError


@pytest.fixture
def lake(tmp_path):
    return LocalLake(tmp_path / "lake")


def publish(lake, key, text):
    with lake.scratch() as folder:
        file = folder / "part"
        file.write_text(text)
        lake.publish(key, file)


def test_what_is_published_is_fetched_and_listed(lake):
    publish(lake, "raw/a/1.csv", "one")
    publish(lake, "raw/b.csv", "two")
    publish(lake, "clean/a.csv", "three")
    assert lake.fetch("raw/a/1.csv").read_text() == "one"
    assert lake.keys("raw/") == ["raw/a/1.csv", "raw/b.csv"]
    assert lake.exists("raw/b.csv")
    assert not lake.exists("raw/c.csv")


def test_a_key_never_changes(lake):
    publish(lake, "raw/a.csv", "first")
    publish(lake, "raw/a.csv", "second")
    assert lake.fetch("raw/a.csv").read_text() == "first"


def test_an_absent_key_is_named(lake):
    with pytest.raises(DependencyUnavailable, match="no file 'raw/gone.csv'"):
        lake.fetch("raw/gone.csv")


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../up", "raw/../../up", ".scratch/x"])
def test_a_key_cannot_leave_the_lake(lake, key):
    with pytest.raises(UsageError, match="lake key"):
        lake.exists(key)


def test_unfinished_files_leave_nothing_behind(lake):
    with lake.scratch() as folder:
        (folder / "half").write_text("x")
        assert lake.keys("") == []
    assert not folder.exists()
