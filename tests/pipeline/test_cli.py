"""The command line as a person or a script meets it: exit codes, one JSON object, clear errors."""

import json
import os
import shutil

import pytest

from ml.contract.names import PRODUCT
from tests.support.command_line import leadwise, leadwise_apart


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    made = leadwise(
        "generate", "lead_conversion", folder / "leads.csv", "--rows", 4_000, "--seed", 3
    )
    assert made.code == 0, made.err
    return folder


@pytest.fixture(scope="module")
def finished(generated):
    """A home after `leadwise run`, and what it printed."""
    done = leadwise_apart(
        *("run", "lead_conversion", "--data", generated / "leads.csv"),
        *("--home", generated / "home", "--json"),
    )
    assert done.code == 0, done.err
    return generated / "home", json.loads(done.out)


def test_run_prints_one_object_with_metrics_version_moment_rows_and_steps(finished):
    _, printed = finished
    assert printed["moment"] == "engaged"
    assert printed["model_version"] == "1"
    assert printed["metrics"]["roc_auc"] > 0.85
    assert printed["rows"]["in"] == sum(
        printed["rows"][part] for part in ("accepted", "quarantined", "deduplicated")
    )
    verbs = "ingest clean check snapshot split train evaluate promote deploy"
    assert [step["step"] for step in printed["steps"]] == verbs.split()


def test_an_engine_that_is_not_installed_leaves_nothing(generated, tmp_path, monkeypatch):
    words = ("lead_conversion", "--home", tmp_path / "home")
    assert leadwise("step", "ingest", *words, "--data", generated / "leads.csv").code == 0
    before = sorted((tmp_path / "home" / "lake").rglob("*"))
    monkeypatch.setenv("LEADWISE_SPARK_PYTHON", str(tmp_path / "python"))
    done = leadwise("step", "clean", *words, "--engine", "spark")
    assert done.code == 4
    assert "run `make spark`" in done.err
    assert sorted((tmp_path / "home" / "lake").rglob("*")) == before


def test_score_history_promote_and_doctor_work_on_the_home(finished, generated):
    home, _ = finished
    out = generated / "scored.csv"
    scored = leadwise(
        *("score", "lead_conversion", "--home", home, "--input", generated / "leads.csv"),
        *("--output", out, "--reasons", 2, "--json"),
    )
    assert scored.code == 0, scored.err
    assert json.loads(scored.out)["rows"]["in"] == 4_000
    assert len(out.read_text().splitlines()) == 4_001
    story = json.loads(leadwise("history", "lead_conversion", "--home", home, "--json").out)
    assert [entry["action"] for entry in story["entries"]] == [
        "train", "gate", "promote", "deploy",
    ]  # fmt: skip
    assert leadwise("promote", "lead_conversion", "--home", home, "--json").code == 0
    health = leadwise("doctor", "--home", home, "--json")
    states = {f["subject"]: f["state"] for f in json.loads(health.out)["findings"]}
    assert health.code == 0, health.err
    assert states["leadwise-lead-conversion-engaged"] == "ok"


def test_watch_asks_for_a_retrain_on_drift_and_not_on_a_fresh_sample(finished, generated):
    home, _ = finished
    for name, switches in (
        ("fresh", ("--seed", 4)),
        ("drifted", ("--seed", 4, "--weeks", 4, "--drift-week", 0, "--drift-strength", 2)),
    ):
        file = generated / f"{name}.csv"
        leadwise("generate", "lead_conversion", file, "--rows", 3_000, *switches)
        done = leadwise("watch", "lead_conversion", "--home", home, "--current", file, "--json")
        assert done.code == 0, done.err
        printed = json.loads(done.out)
        if name == "drifted":
            assert printed["state"] == "DRIFTED"
            assert printed["retrain"]["reasons"]
        else:
            assert printed["state"] == "OK"
            assert printed["retrain"] is None


def test_a_damaged_package_is_a_finding(finished, generated):
    home = generated / "damaged"
    shutil.copytree(finished[0], home)
    (package,) = (home / "serving").glob("*/1")
    manifest = package / "manifest.json"
    facts = json.loads(manifest.read_text())
    facts["facts"]["train"] = facts["facts"]["test"]  # every file's own hash still holds
    manifest.write_text(json.dumps(facts))
    seen = leadwise("doctor", "--home", home)
    assert seen.code == 4
    assert "not in order" in seen.err
    scored = leadwise(
        *("score", "lead_conversion", "--home", home, "--input", generated / "leads.csv"),
        *("--output", generated / "never.csv"),
    )
    assert scored.code == 1
    assert not (generated / "never.csv").exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("run", "lead_scoring", "--data", "{leads}"), 2, "unknown use case 'lead_scoring'"),
        (
            ("run", "lead_conversion", "--data", "{leads}", "--moment", "later"),
            2,
            "arrival, engaged",
        ),
        (("run", "lead_conversion", "--data", "absent.csv"), 2, "absent.csv"),
        (("run", "lead_conversion", "--data", "{bad}"), 2, "NOT_CSV"),
        (("step", "cook", "lead_conversion"), 2, "unknown step 'cook'"),
        (("step", "train", "lead_conversion"), 2, "run it first"),
        (("step", "clean", "lead_conversion", "--engine", "flink"), 2, "unknown engine 'flink'"),
        (("generate", "lead_conversion", "{out}", "--rows", "-1"), 2, "rows=-1"),
        (("generate", "lead_conversion", "{out}", "--drift-week", "3"), 2, "set arrival_weeks"),
        (("score", "lead_conversion", "--input", "{leads}", "--output", "x.xlsx"), 2, ".parquet"),
        (("score", "lead_conversion", "--input", "{leads}", "--output", "x.csv"), 2, "'deploy'"),
        (("watch", "lead_conversion", "--current", "{leads}"), 2, "'split'"),
        (("quality", "lead_conversion", "--data", "{leads}", "--estimator", "svm"), 2, "lightgbm"),
    ],
)
def test_a_wrong_word_is_one_clear_line_and_never_a_traceback(
    generated, tmp_path, monkeypatch, words, code, said
):
    for name in os.environ:
        if name.startswith(PRODUCT.upper()):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.csv").write_bytes(b"%PDF-1.7 not leads")
    places = {
        "leads": generated / "leads.csv",
        "bad": tmp_path / "bad.csv",
        "out": tmp_path / "o.csv",
    }
    done = leadwise(*(str(word).format(**places) for word in words))
    assert done.code == code, done.err
    assert said in done.err + done.out
    assert "Traceback" not in done.err


def test_a_refusal_in_json_names_every_fault(tmp_path):
    (tmp_path / "half.csv").write_text("Prospect ID,Lead Origin\na,API\n")
    words = ("--data", tmp_path / "half.csv", "--home", tmp_path / "h", "--json")
    done = leadwise("run", "lead_conversion", *words)
    error = json.loads(done.out)["error"]
    assert done.code == error["exit_code"] == 2
    assert error["faults"][0]["rule"] == "MISSING_COLUMN"
    assert "Converted" in error["message"]
