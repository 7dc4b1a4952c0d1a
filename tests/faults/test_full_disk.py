"""F23: a disk that is full in the middle of a file leaves what was there, and a next move."""

import pytest

from ml.adapters.local_endpoint import LocalEndpoint
from ml.adapters.run_spool import Opening, RunSpool, Word
from ml.adapters.sqlite_store import SqliteStore
from ml.contract.errors import DependencyUnavailable
from ml.ports import Deployment
from ml.serving.live_model import LiveModel
from tests.support import web
from tests.support.full_disk import full_disk

OPENING = Opening(key="ab", experiment="e", name="outer", at=1, tags={})
LONG = 5_000
LONGER = b'{"seconds_per_log_odds": 500}' + b" " * LONG


def word(at, **values):
    return Word(kind="metrics", at=at, values=values)


def files_below(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def spool(tmp_path):
    """A run waits in it that was told one thing."""
    spool = RunSpool(tmp_path / "spool")
    spool.open(OPENING)
    spool.add("ab", word(2, roc_auc=0.5))
    return spool


def test_a_run_that_waits_loses_what_found_no_room_and_nothing_else(spool):
    with full_disk(LONG), pytest.raises(DependencyUnavailable) as full:
        spool.add("ab", Word(kind="tags", at=3, values={"note": "x" * LONG}))
    assert str(spool.folder) in str(full.value)
    assert "make room on its disk" in str(full.value)
    spool.add("ab", word(4, roc_auc=0.6))
    (run,) = spool.waiting()
    assert run.words == (word(2, roc_auc=0.5), word(4, roc_auc=0.6))


def test_no_half_of_a_file_waits(spool, tmp_path):
    picture = tmp_path / "roc.png"
    picture.write_bytes(b"x" * LONG)
    kept = Word(kind="file", at=3, values={"path": str(picture), "folder": "plots"})
    with full_disk(LONG - 1), pytest.raises(DependencyUnavailable, match="make room"):
        spool.add("ab", kept)
    assert files_below(spool.folder) == {"ab/run.jsonl"}
    spool.add("ab", kept)
    (run,) = spool.waiting()
    assert [one.kind for one in run.words] == ["metrics", "file"]


def test_a_server_keeps_its_model_while_the_next_package_finds_no_room(tmp_path):
    web.deploy(tmp_path, "1")
    model = LiveModel(web.packages(tmp_path), web.MODEL)
    model.refresh()
    before = files_below(tmp_path)
    with full_disk(LONG), pytest.raises(OSError, match="File too large"):
        web.deploy(tmp_path, "2", content=LONGER)
    assert files_below(tmp_path) == before
    model.refresh()
    assert (model.live.version, model.problem) == ("1", None)


def test_the_copy_for_bad_days_is_the_last_one_that_found_room(tmp_path):
    web.deploy(tmp_path, "1")
    model = LiveModel(web.packages(tmp_path), web.MODEL)
    model.refresh()
    web.deploy(tmp_path, "2", content=LONGER)
    with full_disk(LONG):
        model.refresh()
    assert (model.live.version, model.problem) == ("2", None), "no copy is kept, and that is all"
    kept = LocalEndpoint(tmp_path / "serving" / "last_good").current(web.MODEL)
    assert isinstance(kept, Deployment)
    assert kept.version == "1"
    web.load(kept)


def test_a_database_without_room_is_no_broken_one(tmp_path):
    store = SqliteStore(tmp_path / "notes.db", "CREATE TABLE IF NOT EXISTS notes (note TEXT)")

    def grow():
        with store.open() as connection:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages}")
            connection.execute("INSERT INTO notes VALUES (?)", ("x" * 100 * LONG,))

    with pytest.raises(DependencyUnavailable, match="notes.db in this home .* make room on its"):
        grow()
    with store.open() as connection:
        assert connection.execute("SELECT * FROM notes").fetchall() == []
