"""The commands `snapshot ...` and `slice` as a person or a script meets them."""

import json

import pyarrow.parquet as pq
import pytest

from ml.contract.records import plain
from tests.support.command_line import leadwise
from tests.support.snapshot_home import DATABASE, ROWS, URI, aws, cloud_home

USE_CASE = "lead_conversion"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with one training set."""
    folder = tmp_path_factory.mktemp("snapshots")
    file = folder / "leads.csv"
    assert leadwise("generate", USE_CASE, file, "--rows", 800, "--seed", 3).code == 0
    for step in ("ingest", "clean", "check", "snapshot"):
        data = ("--data", file) if step == "ingest" else ()
        done = leadwise("step", step, USE_CASE, *data, "--home", folder / "home")
        assert done.code == 0, done.err
    return folder / "home"


def asked(home, *words, code=0):
    done = leadwise("snapshot", words[0], USE_CASE, *words[1:], "--home", home, "--json")
    assert done.code == code, done.err
    return json.loads(done.out)


def test_a_training_set_is_listed_and_shown_with_all_that_was_said(home):
    (listed,) = asked(home, "list")["snapshots"]
    assert listed == asked(home, "show")
    assert listed["tag"] == listed["canonical_hash"][:16]
    assert listed["rows"] == 800
    assert listed["columns"] == len(listed["schema"]) == len(listed["data"]["schema"])
    assert listed["schema"]["total_visits"] == "integer"
    assert len(listed["sources"][0]) == 64
    assert listed["code_version"]
    assert listed["created_at"].endswith("+00:00")
    shown = leadwise("snapshot", "show", USE_CASE, "--home", home).out
    assert listed["tag"] in shown
    assert "lead_profile_group" in shown


def test_a_person_adds_a_tag_loads_by_it_and_verifies(home, tmp_path):
    tagged = asked(home, "tag", "--tag", "2026-W47")
    assert tagged["tag"] == "2026-W47"
    out = tmp_path / "rows.parquet"
    asked(home, "load", "--tag", "2026-W47", "--output", out)
    assert pq.read_metadata(out).num_rows == 800
    assert [file.name for file in tmp_path.iterdir()] == ["rows.parquet"]
    assert asked(home, "verify", "--tag", "2026-W47")["verified"] is True
    words = leadwise("snapshot", "verify", USE_CASE, "--home", home).out
    assert "800 rows, hash" in words


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("show", "--tag", "gone"), "unknown snapshot tag 'gone'; there is:"),
        (("show", "--tag", "../../up"), "'../../up' can be no tag"),
        (("tag", "--tag", "main"), "'main' can be no tag"),
        (("load", "--output", "rows.csv"), "'rows.csv' can be no output"),
        (("load", "--output", "/nowhere/rows.parquet"), "can be no output"),
    ],
)
def test_words_that_are_off_are_told_in_one_line(home, words, message):
    error = asked(home, *words, code=2)["error"]
    assert message in error["message"]
    assert "\n" not in error["message"]


def test_without_a_training_set_there_is_nothing_to_show(tmp_path):
    error = asked(tmp_path / "fresh", "show", code=2)["error"]
    assert error["message"] == "unknown snapshot of 'lead_conversion'; there is: none yet"
    assert asked(tmp_path / "fresh", "list") == {"use_case": USE_CASE, "snapshots": []}


def test_one_changed_byte_is_told_with_exit_code_4(home, tmp_path):
    (record,) = [each for each in asked(home, "list")["snapshots"] if each["tag"] != "2026-W47"]
    file = home / "lake" / record["data"]["parts"][0]["key"]
    before = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(before[:5000] + bytes([before[5000] ^ 1]) + before[5001:])
    try:
        assert (
            "has other bytes than its manifest says"
            in asked(home, "verify", code=4)["error"]["message"]
        )
        asked(home, "load", "--output", tmp_path / "rows.parquet", code=4)
        assert list(tmp_path.iterdir()) == []
    finally:
        file.write_bytes(before)
    assert asked(home, "verify")["verified"] is True


def test_a_use_case_without_dates_has_no_weeks(home):
    done = leadwise("slice", USE_CASE, "--home", home)
    assert done.code == 2
    assert "has no column of role TIME" in done.err
    both = leadwise("slice", USE_CASE, "--home", home, "--data", __file__, "--tag", "x")
    assert both.code == 2
    assert "give one" in both.err


@pytest.mark.parametrize("database", ["", DATABASE], ids=["lake", "catalog"])
def test_training_sets_in_aws_are_read_with_the_same_commands(tmp_path, database):
    where = ("--lake", URI, *(("--database", database) if database else ()))
    with aws():
        record = cloud_home(tmp_path / "copies", catalog=bool(database)).freeze(
            ROWS, use_case=USE_CASE
        )
        assert asked(tmp_path / "home", "list", *where)["snapshots"] == [plain_json(record)]
        asked(tmp_path / "home", "load", *where, "--output", tmp_path / "rows.parquet")
    assert pq.read_table(tmp_path / "rows.parquet").to_pydict() == ROWS.to_pydict()


def test_a_database_without_a_lake_is_refused(tmp_path):
    error = asked(tmp_path / "home", "list", "--database", "leads", code=2)["error"]
    assert error["message"] == "--database belongs to --lake; say where the files are"


def plain_json(record):
    return json.loads(json.dumps(plain(record)))
