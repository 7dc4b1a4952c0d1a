"""`leadwise train` on this machine: up to the verdict, and nothing twice."""

import json

import pytest
from typer.testing import CliRunner

from ml.cli.app import app
from ml.contract.errors import InvalidUseCase, StepMissing

FEW = ("--families", "logistic_regression", "--trials", "2")


def typed(*words):
    return CliRunner().invoke(app, ["train", "lead_conversion", *map(str, words)])


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("train") / "home"


@pytest.fixture(scope="module")
def first(home, leads):
    done = typed("--data", leads, "--home", home, *FEW, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_a_file_becomes_a_judged_challenger(first):
    assert (first["trained"]["version"], first["verdict"]["version"]) == ("1", "1")
    assert first["verdict"]["approved"] is True
    assert first["verdict"]["champion"] is None


@pytest.mark.usefixtures("first")
def test_what_is_done_is_not_done_again_and_another_seed_is_another_model(home):
    again = typed("--home", home, *FEW)
    assert "version 1, challenger" in again.stdout
    other = json.loads(typed("--home", home, *FEW, "--seed", 1, "--json").stdout)
    assert other["trained"]["version"] == "2"


def test_a_home_without_a_file_and_a_budget_of_nothing_are_refused(tmp_path):
    nothing = typed("--home", tmp_path / "home")
    assert isinstance(nothing.exception, StepMissing)
    assert "'ingest'" in str(nothing.exception)
    none = typed("--home", tmp_path / "home", "--trials", 0)
    assert isinstance(none.exception, InvalidUseCase)
    assert none.exception.exit_code == 2
