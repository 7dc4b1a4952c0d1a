"""Train, evaluate, promote: what each leaves behind, and what it must not touch."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ml.contract.datasets import Dataset
from ml.contract.errors import DependencyUnavailable, GateRefused, TooFewOutcomes, UsageError
from ml.contract.gates import Gate
from ml.contract.ledger import Action
from ml.contract.moments import ARRIVAL, CONTACTED
from ml.contract.names import Alias, Score
from ml.core.scoring import Scorer, package_sha256
from ml.steps.evaluate import evaluate
from ml.steps.promote import promote
from ml.steps.train import train
from tests.support.training import (
    VISITS,
    home_with_visits,
    mislabelled,
    packaged,
    registered,
    visits,
)

MODEL = VISITS.model_name(ARRIVAL)


def trained(home, use_case=VISITS, moment=ARRIVAL, **options):
    return train(
        use_case, home.runtime, split=home.parts, snapshot=home.snapshot, moment=moment, **options
    )


def judged(home, record, use_case=VISITS, moment=ARRIVAL):
    return evaluate(use_case, home.runtime, train=record, split=home.parts, moment=moment)


def runs_below(home, run_id):
    with home.runtime.tracker.connection.client() as client:
        experiment = client.get_run(run_id).info.experiment_id
        condition = f"tags.`mlflow.parentRunId` = '{run_id}'"
        return client.search_runs([experiment], condition)


def artifacts(home, run_id, folder):
    with home.runtime.tracker.connection.client() as client:
        return {item.path.rpartition("/")[2] for item in client.list_artifacts(run_id, folder)}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return home_with_visits(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def record(home):
    return trained(home)


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """A home of its own, where plots that other tests look at are not drawn."""
    for step in ("train", "evaluate"):
        monkeypatch.setattr(f"ml.steps.{step}.judging_plots", lambda *_, **__: {"roc.png": b""})
    return home_with_visits(tmp_path / "fresh")


def test_each_candidate_has_a_run_of_its_best_configuration(home, record):
    below = {run.info.run_name: run.data for run in runs_below(home, record.run_id)}
    assert set(below) == set(record.validation)
    assert sorted(name.split()[0] for name in below) == ["lightgbm", "logistic_regression"]
    told = {trial.candidate: trial for trial in record.trials}
    for name, data in below.items():
        trial = told[name]
        expected = {
            **{f"folds_{score}": figure for score, figure in trial.figures.items()},
            **{f"folds_sd_{score}": figure for score, figure in trial.spread.items()},
            **{f"validation_{score}": value for score, value in record.validation[name].items()},
        }
        assert data.metrics == expected
        assert data.params["estimator"] == name.split()[0]


def test_every_configuration_that_was_tried_is_kept(home, record):
    assert [trial.candidate for trial in record.trials] == [
        "logistic_regression",
        "lightgbm n_estimators=40 num_leaves=4",
        "lightgbm n_estimators=40 num_leaves=8",
    ]
    assert all(trial.finished and trial.folds == 5 for trial in record.trials)
    assert artifacts(home, record.run_id, "search") == {"trials.json"}


def test_the_best_over_the_folds_is_challenger(home, record):
    best = max(record.trials, key=lambda trial: trial.figures["roc_auc"])
    assert record.chosen == best.candidate
    assert best.candidate.startswith(record.estimator)
    challenger = home.runtime.registry.aliased(MODEL, Alias.CHALLENGER)
    assert (challenger.version, challenger.run_id) == (record.version, record.run_id)
    assert home.runtime.registry.aliased(MODEL, Alias.CHAMPION) is None
    expected = {
        "moment": "arrival",
        "use_case": "small_visits",
        "snapshot_hash": home.snapshot.canonical_hash,
        "estimator": record.estimator,
        "package_sha256": record.package_sha256,
    }
    assert expected.items() <= challenger.tags.items()
    assert {"python", "requirements_sha256"} <= set(challenger.tags)


def test_the_package_is_that_of_the_record_and_scores(home, record):
    version = home.runtime.registry.get(MODEL, record.version)
    files = home.runtime.registry.package(version)
    assert package_sha256(files) == record.package_sha256
    scorer = Scorer.load(files, version=record.version, use_case=VISITS)
    scores = scorer.predict(pq.read_table(home.runtime.lake.fetch(home.parts.test)))
    assert len(scores) == home.parts.rows["test"]


def test_the_run_keeps_figures_and_plots(home, record):
    assert artifacts(home, record.run_id, "plots/validation") == {
        "roc.png", "precision_recall.png", "gain.png", "lift.png", "reliability.png",
        "scores.png", "confusion.png", "importance.png", "importance.json", "importance.csv",
    }  # fmt: skip
    with home.runtime.tracker.connection.client() as client:
        data = client.get_run(record.run_id).data
    assert data.params["train_rows"] == str(home.parts.rows["train"])
    for name in ("place", "tag", "canonical_hash", "rows", "columns"):
        assert data.params[f"snapshot_{name}"] == str(getattr(home.snapshot, name))
    seen = data.metrics
    assert record.validation[data.params["chosen"]]["roc_auc"] == seen["validation_roc_auc"]
    for score in VISITS.task.scores:
        low, high = seen[f"validation_{score}_low"], seen[f"validation_{score}_high"]
        assert low <= seen[f"validation_{score}"] <= high
    assert artifacts(home, record.run_id, "environment") == {"requirements.txt"}


def test_the_importance_of_columns_is_kept_as_a_table(home, record, tmp_path):
    weights = list(record.importance.values())
    assert next(iter(record.importance)) == "minutes"
    assert weights == sorted(weights, reverse=True)
    with home.runtime.tracker.connection.client() as client:
        at = client.download_artifacts(record.run_id, "plots/validation", str(tmp_path))
    assert json.loads((Path(at) / "importance.json").read_text()) == record.importance
    header, first, *_ = (Path(at) / "importance.csv").read_text().splitlines()
    assert header == "column,label,concept,mean_contribution"
    assert first == f"minutes,Minutes,Minutes,{weights[0]!r}"


def test_test_rows_are_fetched_once_and_by_evaluate_alone(fresh, monkeypatch):
    fetched = []
    fetch = type(fresh.runtime.lake).fetch
    monkeypatch.setattr(
        type(fresh.runtime.lake),
        "fetch",
        lambda lake, *key: (fetched.append(key[0]), fetch(lake, *key))[1],
    )
    record = trained(fresh)
    assert fresh.parts.train in fetched
    assert fresh.parts.test not in fetched
    judged(fresh, record)
    assert fetched.count(fresh.parts.test) == 1


def test_training_reads_no_test_row_and_no_later_column(record, fresh):
    fresh.runtime.lake.fetch(fresh.parts.test).unlink()
    for key in (fresh.parts.train, fresh.parts.validation):
        file = fresh.runtime.lake.fetch(key)
        rows = pq.read_table(file).drop_columns(["answer"])
        file.chmod(0o600)
        pq.write_table(rows, file)
    # Without a manifest, which would refuse such files.
    bare = replace(fresh, parts=replace(fresh.parts, data=Dataset()))
    # Byte for byte the model of the home that has both: neither was read.
    assert trained(bare).package_sha256 == record.package_sha256


def test_another_seed_gives_another_model(fresh):
    trees = replace(VISITS, candidates=VISITS.candidates[1:])
    sampled = replace(
        trees.candidates[0],
        params=(("n_estimators", 10), ("subsample", 0.5), ("subsample_freq", 1)),
    )
    case = replace(trees, candidates=(sampled,))
    first, second = (trained(fresh, case, seed=seed).package_sha256 for seed in (1, 2))
    assert first != second


def test_a_later_moment_is_another_model_with_more_columns(fresh):
    later = trained(fresh, moment=CONTACTED)
    assert later.model == VISITS.model_name(CONTACTED)
    earlier = trained(fresh)
    assert later.version == earlier.version == "1"
    best = {r.model: max(v["roc_auc"] for v in r.validation.values()) for r in (later, earlier)}
    assert best[later.model] > best[earlier.model] + 0.1


def test_too_few_outcomes_are_said_with_numbers(tmp_path):
    with pytest.raises(
        TooFewOutcomes, match=r"outcome 1 occurs \d times in 20 rows; .* 10 .*, \d more:"
    ):
        trained(home_with_visits(tmp_path, visits(rows=100)))


def without_values(table, *names):
    for name in names:
        place = table.column_names.index(name)
        table = table.set_column(place, name, pa.nulls(table.num_rows, table[name].type))
    return table


def test_a_column_that_is_all_missing_is_done_without(tmp_path):
    home = home_with_visits(tmp_path, without_values(visits(), "pages"))
    assert trained(home).importance["pages"] == 0


def test_rows_that_nothing_tells_apart_register_nothing(tmp_path):
    empty = without_values(visits(), "minutes", "pages", "origin")
    home = home_with_visits(tmp_path, empty)
    with pytest.raises(GateRefused, match=r"every prediction is 0\.\d+.*nothing was registered"):
        trained(home)
    assert home.runtime.registry.get(MODEL, "1") is None


def test_the_first_sound_challenger_becomes_champion(fresh):
    first = trained(fresh)
    verdict = judged(fresh, first)
    assert verdict.approved
    assert verdict.reason == "every gate holds, and there is no champion yet"
    assert set(verdict.metrics) == {str(score) for score in VISITS.task.scores}
    assert set(verdict.intervals) == set(verdict.metrics)
    assert verdict.intervals["roc_auc"].low < verdict.metrics["roc_auc"]
    record = promote(VISITS, fresh.runtime, verdict=verdict, moment=ARRIVAL)
    assert (record.promoted, record.champion, record.previous) == (True, "1", None)
    entry = fresh.runtime.ledger.entries(MODEL)[-1]
    assert (entry.action, entry.version, entry.before) == (Action.PROMOTE, "1", None)
    with fresh.runtime.tracker.connection.client() as client:
        experiment = client.get_run(first.run_id).info.experiment_id
        (run,) = client.search_runs([experiment], "tags.train_run != ''")
    assert run.data.tags["approved"] == "yes"
    assert run.data.metrics["test_roc_auc"] == verdict.metrics["roc_auc"]
    assert artifacts(fresh, run.info.run_id, "plots/test") == {"roc.png"}
    assert artifacts(fresh, run.info.run_id, "card") == {"card.html", "card.json"}
    card = json.loads(fresh.runtime.lake.fetch(verdict.card.replace("html", "json")).read_text())
    assert card["lineage"]["package_sha256"] == first.package_sha256
    assert card["data"]["snapshot"]["tag"] == fresh.snapshot.tag
    assert card["columns"][0]["importance"] == first.importance["minutes"]
    assert [gate["gate"] for gate in card["gates"]] == ["roc_auc >= 0.6", "leaks <= 0"]


def test_a_gate_that_fails_keeps_the_challenger_out(home, record):
    strict = replace(
        VISITS,
        gates=(
            (ARRIVAL, Gate(score=Score.ROC_AUC, at_least=0.999)),
            (ARRIVAL, Gate(score=Score.ECE, at_most=0.2)),
            (CONTACTED, Gate(score=Score.ECE, at_most=0.0)),
        ),
    )
    verdict = judged(home, record, strict)
    assert not verdict.approved
    assert [gate.passed for gate in verdict.gates] == [False, True, True]
    assert verdict.reason == verdict.gates[0].reason
    assert "at least 0.999 is asked for" in verdict.reason
    kept = promote(strict, home.runtime, verdict=verdict, moment=ARRIVAL)
    assert (kept.promoted, kept.champion) == (False, None)
    assert "was not approved: the AUC is" in kept.reason
    assert home.runtime.registry.aliased(MODEL, Alias.CHAMPION) is None
    assert Action.PROMOTE not in {each.action for each in home.runtime.ledger.entries(MODEL)}


def test_promotion_moves_both_aliases_and_repeating_it_changes_nothing(fresh):
    rows = visits(seed=8)
    weak, good = (registered(fresh, packaged(mislabelled(rows, share))) for share in (0.97, 0))
    for record in (weak, good):
        verdict = judged(fresh, record, replace(VISITS, gates=()))
        assert verdict.approved, verdict.reason
        made = promote(VISITS, fresh.runtime, verdict=verdict, moment=ARRIVAL)
        again = promote(VISITS, fresh.runtime, verdict=verdict, moment=ARRIVAL)
        assert made.promoted
        assert again.promoted
        assert again.reason == f"version {record.version} is champion already"
    assert (made.champion, made.previous) == ("2", "1")
    assert fresh.runtime.registry.aliased(MODEL, Alias.CHAMPION).version == "2"
    assert fresh.runtime.registry.aliased(MODEL, Alias.PREVIOUS).version == "1"
    entries = fresh.runtime.ledger.entries(MODEL)
    assert [(entry.action, entry.version) for entry in entries] == [
        (Action.GATE, "1"), (Action.PROMOTE, "1"), (Action.GATE, "2"), (Action.PROMOTE, "2"),
    ]  # fmt: skip


def test_a_champion_judged_again_is_not_its_own_rival(fresh):
    record = registered(fresh, packaged(visits(seed=8)))
    promote(VISITS, fresh.runtime, verdict=judged(fresh, record), moment=ARRIVAL)
    verdict = judged(fresh, record)
    assert verdict.approved
    assert verdict.against_champion is None
    assert "it is the champion already" in verdict.reason


def test_force_promotes_against_the_verdict_and_says_so(fresh):
    good, weak = (
        registered(fresh, packaged(mislabelled(visits(seed=8), share))) for share in (0, 0.9)
    )
    promote(VISITS, fresh.runtime, verdict=judged(fresh, good), moment=ARRIVAL)
    verdict = judged(fresh, weak)
    assert not verdict.approved
    record = promote(VISITS, fresh.runtime, verdict=verdict, moment=ARRIVAL, force="a drill")
    assert (record.promoted, record.champion, record.previous) == (True, "2", "1")
    assert record.reason == f"forced: a drill; the verdict: {verdict.reason}"
    assert fresh.runtime.ledger.entries(MODEL)[-1].why == record.reason


def test_a_verdict_of_another_moment_is_refused(home, record):
    verdict = judged(home, record)
    with pytest.raises(UsageError, match=r"about .*-arrival, not .*-contacted"):
        promote(VISITS, home.runtime, verdict=verdict, moment=CONTACTED)


def test_a_version_that_is_gone_is_named(home, record):
    gone = replace(record, version="77")
    with pytest.raises(DependencyUnavailable, match="holds no version 77 of leadwise-small"):
        judged(home, gone)
