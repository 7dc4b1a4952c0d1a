"""Data sets whose files are not what their manifest lists: nothing is learnt from a part (F12)."""

import json
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.contract.datasets import MANIFEST, Dataset
from ml.contract.errors import Altered, BrokenDataset, Gone
from ml.contract.moments import ARRIVAL
from ml.contract.names import Zone
from ml.core.dataset_parts import fetch_parts, publish_parts
from ml.steps.evaluate import evaluate
from ml.steps.snapshot import snapshot, verify
from ml.steps.split import split
from ml.steps.train import train
from tests.support.snapshots import cleaned as clean_rows
from tests.support.snapshots import frozen
from tests.support.training import VISITS, home_with_visits, packaged, registered, visits


def overwrite(file, content):
    file.chmod(0o644)
    file.write_bytes(content)


def cut(file):
    overwrite(file, file.read_bytes()[:-100])


def half(file):
    overwrite(file, file.read_bytes()[: file.stat().st_size // 2])


def empty(file):
    overwrite(file, b"")


def of_another_schema(file):
    table = pq.read_table(file)
    text = table.set_column(
        table.column_names.index("pages"), "pages", table["pages"].cast("string")
    )
    file.chmod(0o644)
    pq.write_table(text, file)


def with_fewer_rows(file):
    table = pq.read_table(file)
    file.chmod(0o644)
    pq.write_table(table.slice(1), file)


def with_one_other_cell(file):
    table = pq.read_table(file)
    pages = table["pages"].to_pylist()
    pages[7] += 1
    file.chmod(0o644)
    at = table.column_names.index("pages")
    pq.write_table(table.set_column(at, "pages", [pages]), file)


FAULTS = {
    cut: "is no complete Parquet file",
    half: "is no complete Parquet file",
    empty: "has no bytes",
    of_another_schema: "has another schema: column 'pages' is string, expected int64",
    with_fewer_rows: "has {fewer:,} rows where its manifest says {rows:,}",
    with_one_other_cell: "has other bytes than its manifest says",
}


@pytest.fixture
def home(tmp_path):
    return home_with_visits(tmp_path / "home")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_nothing_is_divided_from_a_broken_file_which_goes_to_quarantine(home, fault):
    lake, (part,) = home.runtime.lake, home.snapshot.data.parts
    fault(lake.fetch(part.key))
    before = lake.keys(Zone.SPLITS)
    with pytest.raises(BrokenDataset) as caught:
        split(VISITS, home.runtime, snapshot=home.snapshot)
    message = str(caught.value)
    why = FAULTS[fault].format(fewer=part.rows - 1, rows=part.rows)
    assert message.startswith(f"file {part.key!r} {why}")
    assert message.endswith("no row was read; run the step that writes it again")
    assert "\n" not in message
    assert caught.value.exit_code == 4
    assert lake.keys(Zone.SPLITS) == before
    (kept,) = lake.keys(f"{Zone.QUARANTINE}/{part.key}")
    assert f"{kept!r}" in message
    assert lake.fetch(kept).read_bytes() == lake.fetch(part.key).read_bytes()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_nothing_is_learnt_from_or_judged_by_a_broken_part(home, fault):
    parts, lake = home.parts, home.runtime.lake
    fault(lake.fetch(parts.validation))
    with pytest.raises(BrokenDataset, match=f"file '{parts.validation}'"):
        train(VISITS, home.runtime, split=parts, snapshot=home.snapshot, moment=ARRIVAL)
    assert home.runtime.registry.get(VISITS.model_name(ARRIVAL), "1") is None
    fault(lake.fetch(parts.test))
    made = registered(home, packaged(visits()))
    with pytest.raises(BrokenDataset, match=f"file '{parts.test}'"):
        evaluate(VISITS, home.runtime, train=made, split=parts, moment=ARRIVAL)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_broken_clean_rows_are_not_frozen(home, fault):
    runtime = home.runtime
    cleaned = clean_rows(runtime, VISITS, visits(seed=2))
    fault(runtime.lake.fetch(cleaned.clean))
    with pytest.raises(BrokenDataset, match=f"file '{cleaned.clean}'"):
        snapshot(VISITS, runtime, clean=cleaned)
    assert runtime.snapshots.all(VISITS.name) == [home.snapshot]


def test_a_missing_file_is_named(home):
    (part,) = home.snapshot.data.parts
    home.runtime.lake.fetch(part.key).unlink()
    with pytest.raises(Gone, match=f"no file '{part.key}'; run the step that writes it again"):
        split(VISITS, home.runtime, snapshot=home.snapshot)


def test_the_step_that_writes_a_missing_file_brings_it_back(home):
    (part,) = home.snapshot.data.parts
    home.runtime.lake.fetch(part.key).unlink()
    assert frozen(home.runtime, VISITS, visits()) == home.snapshot
    verify(VISITS, home.runtime, snapshot=home.snapshot)


def test_files_that_no_manifest_lists_are_not_read(home):
    lake, (part,) = home.runtime.lake, home.snapshot.data.parts
    with lake.scratch() as folder:
        pq.write_table(visits(50, seed=9), folder / "more.parquet")
        lake.publish(f"{part.key.rpartition('/')[0]}/part-00001.parquet", folder / "more.parquet")
        (folder / "half").write_bytes(b"PAR1")
        lake.publish(f"{part.key.rpartition('/')[0]}/part-00002.parquet", folder / "half")
    verify(VISITS, home.runtime, snapshot=home.snapshot)
    assert sum(split(VISITS, home.runtime, snapshot=home.snapshot).rows.values()) == 1500


def test_rows_without_a_manifest_are_no_training_set(home, monkeypatch):
    """A writer that dies before the manifest leaves nothing that anybody finds."""
    runtime, snapshots = home.runtime, home.runtime.snapshots
    known = snapshots.all(VISITS.name)

    def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(type(snapshots), "_write", dies)
        with pytest.raises(KeyboardInterrupt):
            frozen(runtime, VISITS, visits(seed=2))
    assert snapshots.all(VISITS.name) == known
    record = frozen(runtime, VISITS, visits(seed=2))
    verify(VISITS, runtime, snapshot=record)


def test_a_changed_manifest_is_noticed(home):
    lake = home.runtime.lake
    file = lake.fetch(home.snapshot.place)
    facts = json.loads(file.read_text())
    overwrite(file, json.dumps(facts | {"rows": 1499}).encode())
    with pytest.raises(Altered, match=rf"manifest '{home.snapshot.place}' has hash"):
        home.runtime.snapshots.find(VISITS.name, home.snapshot.tag)


def test_a_cut_manifest_is_named(home):
    overwrite(home.runtime.lake.fetch(home.snapshot.place), b'{"parts": [')
    with pytest.raises(Altered, match=rf"{MANIFEST}' has hash"):
        home.runtime.snapshots.all(VISITS.name)
    with pytest.raises(BrokenDataset, match="'a/manifest.json' is no manifest of a data set"):
        Dataset.of_json('{"parts": [', "a/manifest.json")


def test_one_changed_cell_is_seen_even_where_the_manifest_was_changed_with_it(home):
    """Whoever mends the manifest after the rows still has the canonical hash against them."""
    lake, (part,) = home.runtime.lake, home.snapshot.data.parts
    with_one_other_cell(lake.fetch(part.key))
    with lake.scratch() as folder:
        copy = folder / "copy.parquet"
        copy.write_bytes(lake.fetch(part.key).read_bytes())
        data = publish_parts({"elsewhere/part.parquet": copy}, lake)
    with pytest.raises(Altered, match="was frozen with canonical hash .* and now has"):
        verify(VISITS, home.runtime, snapshot=replace(home.snapshot, data=data))


def test_parts_of_different_schemas_are_not_published(home):
    lake = home.runtime.lake
    with lake.scratch() as folder:
        files = {f"set/part-{n}.parquet": folder / f"{n}" for n in range(2)}
        pq.write_table(pa.table({"id": ["a"], "n": [1]}), folder / "0")
        pq.write_table(pa.table({"id": ["b"], "n": ["1"]}), folder / "1")
        with pytest.raises(BrokenDataset, match=r"'set/part-1.parquet' has another schema: column"):
            publish_parts(files, lake)
    assert lake.keys("set/") == []


def test_of_several_parts_none_is_read_where_one_is_broken(home):
    lake = home.runtime.lake
    with lake.scratch() as folder:
        files = {f"set/part-{n}.parquet": folder / f"{n}" for n in range(3)}
        for n, file in enumerate(files.values()):
            pq.write_table(pa.table({"id": [str(n)], "n": [n]}), file)
        data = publish_parts(files, lake)
    assert [pq.read_table(file)["n"].to_pylist() for file in fetch_parts(data, lake)] == [
        [0],
        [1],
        [2],
    ]
    cut(lake.fetch("set/part-1.parquet"))
    with pytest.raises(BrokenDataset, match=r"part-1.parquet"):
        fetch_parts(data, lake)
