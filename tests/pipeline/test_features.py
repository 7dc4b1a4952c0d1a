"""`leadwise features`: what is known of leads over time, on a home and in SageMaker."""

import csv
import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from ml.cli.app import app
from ml.contract.cloud_settings import FeatureStoreSettings
from ml.contract.errors import InputRefused, UsageError
from ml.contract.feature_group import FeatureGroup
from ml.core.sample import write_csv
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.command_line import leadwise
from tests.support.feature_store_service import (
    NAME,
    WORKGROUP,
    FeatureStoreService,
    feature_store_service,
)

CASE = "lead_conversion"


@pytest.fixture(scope="module")
def leads(tmp_path_factory):
    file = tmp_path_factory.mktemp("leads") / "leads.csv"
    with file.open("wb") as stream:
        write_csv(LEAD_CONVERSION, stream, rows=200, seed=7)
    return file


@pytest.fixture(scope="module")
def lead(leads):
    with leads.open(newline="") as stream:
        return next(csv.DictReader(stream))["Prospect ID"]


def run(*words):
    """In this process, so that a stand-in of AWS is reached; errors come out as they are."""
    done = CliRunner().invoke(app, ["features", *map(str, words)], catch_exceptions=False)
    return done.stdout


def known(*words):
    return json.loads(run("get", *words, "--json"))["records"]


@pytest.fixture(params=["home", "sagemaker"])
def place(request, tmp_path, monkeypatch):
    """Options that name an empty store."""
    monkeypatch.setenv(FeatureStoreSettings.variable("workgroup"), WORKGROUP)
    if request.param == "home":
        yield ("--home", tmp_path / "home")
        return
    group = FeatureGroup.of(LEAD_CONVERSION)
    with feature_store_service(FeatureStoreService(group=group, now=lambda: datetime.now(UTC))):
        yield ("--home", tmp_path / "home", "--group", NAME)


def test_what_is_put_is_known_from_its_time_on_until_it_is_erased(place, leads, lead):
    early, late = ("--event-time", "2026-01-01T00:00:00Z"), ("--as-of", "2026-01-02T00:00:00+01:00")
    put = json.loads(run("put", CASE, "--data", leads, *early, *place, "--json"))
    assert put == {"records": 200, "event_time": "2026-01-01T00:00:00.000+00:00"}
    (record,) = known(CASE, "--lead", lead, "--lead", "nobody", *place)
    assert (record["prospect_id"], "tags" in record) == (lead, False)
    assert known(CASE, "--lead", lead, *late, *place) == []  # it came to the store only today
    hindsight = ("--known-by", datetime.now(UTC).isoformat())
    (then,) = known(CASE, "--lead", lead, *late, *hindsight, *place)
    assert then["event_time"] == record["event_time"]
    run("erase", CASE, "--lead", lead, *place)
    assert known(CASE, "--lead", lead, *place) == []


def test_people_see_a_table_or_that_there_is_nothing(tmp_path, leads, lead):
    home = ("--home", tmp_path)
    assert "records" in run("put", CASE, "--data", leads, *home)
    assert "lead_source" in run("get", CASE, "--lead", lead, *home)
    assert run("get", CASE, "--lead", "nobody", *home) == ""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("put", CASE, "--event-time", "2026-01-01"), "--event-time is '2026-01-01'; expected a"),
        (("put", CASE, "--event-time", "noon"), "--event-time is 'noon'; expected a time with"),
        (("put", CASE, "--event-time", "2126-01-01T00:00:00Z"), "expected what has happened"),
        (("put", CASE, "--history"), "lead_conversion has no column of role TIME"),
        (("get", CASE, "--lead", "a", "--known-by", "2026-01-01T00:00Z"), "say as of when"),
    ],
)
def test_words_that_mean_nothing_are_refused(tmp_path, leads, words, says):
    data = ("--data", leads) if words[0] == "put" else ()
    with pytest.raises(UsageError, match=says):
        run(*words, *data, "--home", tmp_path)


def test_a_mistake_is_one_line_and_exit_code_2(tmp_path):
    done = leadwise("features", "get", CASE, "--lead", "a", "--as-of", "now", "--home", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1


def test_history_comes_with_the_day_of_each_row(second_use_case, orders, tmp_path):
    home = ("--home", tmp_path / "home")
    run("put", second_use_case, "--data", orders, "--history", *home)
    (first,) = known(second_use_case, "--lead", "o00000", *home)
    assert first["event_time"].startswith("2025-01-02 00:00:00")  # the day before has ended
    now = ("--known-by", datetime.now(UTC).isoformat())
    day = ("--as-of", "2025-01-01T23:00:00Z")
    assert known(second_use_case, "--lead", "o00000", *day, *now, *home) == []


def test_a_file_that_is_refused_puts_nothing(tmp_path):
    (tmp_path / "bad.csv").write_text("Prospect ID\n1\n")
    with pytest.raises(InputRefused):
        run("put", CASE, "--data", tmp_path / "bad.csv", "--home", tmp_path)
    assert known(CASE, "--lead", "1", "--home", tmp_path) == []
