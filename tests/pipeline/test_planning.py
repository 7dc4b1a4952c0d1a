"""`leadwise plan` on a home: of a file, of its test leads, and what it refuses."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rich.console import Console

from ml.bootstrap import laptop
from ml.contract.candidates import Candidate, Search
from ml.contract.errors import UsageError
from ml.contract.moments import ENGAGED
from ml.contract.names import Estimator
from ml.contract.settings import LaptopSettings
from ml.pipeline import Pipeline
from ml.steps.plan import check_request
from tests.pipeline.conftest import QUICK
from tests.support.command_line import leadwise
from tests.support.order_rating import ORDER_RATING

TERMS = ("--capacity", 50, "--value", 1200, "--cost", 15)
CASE = replace(
    QUICK, candidates=(Candidate(estimator=Estimator.LOGISTIC_REGRESSION),), search=Search()
)


@pytest.fixture(scope="module")
def home(tmp_path_factory, leads):
    """A home that serves a model of 4,000 leads."""
    folder = tmp_path_factory.mktemp("planning") / "home"
    with laptop(LaptopSettings(home=str(folder)), Console(stderr=True)) as runtime:
        result = Pipeline(CASE, runtime, ENGAGED).run(leads)
    assert result.verdict.approved, result.verdict.reason
    return folder


def plan(home, *words):
    return leadwise("plan", "lead_conversion", "--home", home, *words)


@pytest.fixture(scope="module")
def planned(home, leads):
    folder = home.parent
    done = plan(
        home, *TERMS, "--input", leads, "--json", "--action", "e-mail",
        "--output", folder / "work.csv", "--plot", folder / "profit.png",
    )  # fmt: skip
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_a_file_of_leads_is_planned(planned):
    assert planned["leads"] == 4_000
    assert planned["work"] == len(planned["chosen"]) == 50
    chances = [lead["probability"] for lead in planned["chosen"]]
    assert chances == sorted(chances, reverse=True)
    assert planned["threshold"] == chances[-1]
    assert planned["wins"]["low"] <= planned["wins"]["value"] <= planned["wins"]["high"] <= 50
    assert planned["profit"]["value"] == pytest.approx(planned["wins"]["value"] * 1200 - 50 * 15)
    assert planned["notes"][0].startswith("planned with 4,000 leads of leads.csv")


def test_who_asked_for_no_e_mail_is_left_out(planned, leads):
    with leads.open(newline="") as text:
        asked = {row["Prospect ID"] for row in csv.DictReader(text) if row["Do Not Email"] == "Yes"}
    assert planned["left_out"] == len(asked) > 0
    assert not asked & {lead["id"] for lead in planned["chosen"]}


def test_the_list_and_the_picture_are_written(planned, home):
    with (home.parent / "work.csv").open(newline="") as text:
        listed = list(csv.DictReader(text))
    assert [row["Prospect ID"] for row in listed] == [lead["id"] for lead in planned["chosen"]]
    assert all(
        int(row["score_low"]) <= int(row["score"]) <= int(row["score_high"]) for row in listed
    )
    assert (home.parent / "profit.png").read_bytes().startswith(b"\x89PNG")
    assert not list(home.parent.glob(".*.part"))


def test_without_a_file_the_test_leads_are_planned_and_told_what_came_of_them(home):
    done = plan(home, *TERMS, "--output", home.parent / "work.parquet")
    assert done.code == 0, done.err
    assert "won in fact" in done.out
    assert "the model has not seen them" in " ".join(done.err.split())
    assert pq.read_table(home.parent / "work.parquet").num_rows == 50


def test_what_a_win_is_worth_may_be_set_once_for_all_commands(home, monkeypatch):
    named = plan(home, *TERMS, "--json")
    monkeypatch.setenv("LEADWISE_VALUE_PER_WIN", "1200")
    done = plan(home, "--capacity", 50, "--cost", 15, "--json")
    assert json.loads(done.out)["profit"] == json.loads(named.out)["profit"]


def test_more_room_than_leads_plans_all_that_pay(home):
    done = plan(home, "--capacity", 10_000, "--value", 1200, "--cost", 0, "--json")
    printed = json.loads(done.out)
    assert printed["work"] == printed["leads"] == 800
    assert "room for 10,000 leads and only 800 to contact" in " ".join(printed["notes"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--capacity", 0, "--value", 1, "--cost", 1), "capacity is 0"),
        (("--capacity", 5, "--cost", 1), "nobody said what a win is worth: name it with --value"),
        ((*TERMS, "--action", "fax"), "unknown action 'fax'; there is: call, e-mail"),
    ],
)
def test_what_cannot_be_planned_is_one_line(home, words, says):
    done = plan(home, *words)
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert says in done.err


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"plot": Path("profit.jpg")}, "must end in .png"),
        ({"output": Path("no/such/work.csv")}, "there is no folder"),
        ({"output": Path("work.xlsx")}, "must end in .csv or .parquet"),
        ({"use_case": ORDER_RATING}, "predicts ratings, not wins"),
    ],
)
def test_what_could_not_be_written_is_refused_before_anything_is_read(change, says):
    asked = {"use_case": CASE, "action": None, "output": None, "plot": None} | change
    with pytest.raises(UsageError, match=says):
        check_request(**asked)


def test_a_home_without_a_model_says_what_to_run(tmp_path):
    done = plan(tmp_path / "home", *TERMS)
    assert done.code == 2
    assert "has not run on this home; run it first" in done.err


def test_scored_files_say_how_sure_each_score_is(home, leads, tmp_path):
    with laptop(LaptopSettings(home=str(home)), Console(stderr=True), exclusive=False) as runtime:
        Pipeline(CASE, runtime, ENGAGED).score(leads, tmp_path / "scored.parquet")
    rows = pq.read_table(tmp_path / "scored.parquet").to_pylist()
    assert all(row["score_low"] <= row["score"] <= row["score_high"] for row in rows)
    assert {row["certainty"] for row in rows} == {"likely", "open", "unlikely"}
