"""Training: the whole suite beside a grid search as tutorials do it, and a retrain."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

from bench.context import USE_CASE, Context, say
from bench.documents_grid import search_grid
from bench.processes import leadwise
from bench.results import Cell, Check, Findings, Table
from bench.suite import Clock, train_suite
from ml.contract.candidates import Candidate
from ml.contract.names import LINE, Estimator, Score
from ml.core.metrics import figures
from ml.core.selection import Examples, fit, predict

_SUITE_CPU_SECONDS, _RETRAIN_SECONDS, _LESS = 25, 5, 0.002

_SHOWN: Mapping[Score, str] = {
    Score.ROC_AUC: "AUC",
    Score.PR_AUC: "PR-AUC",
    Score.F1: "F1",
    Score.PRECISION_AT_10: "P@10 %",
    Score.LOG_LOSS: "log loss",
    Score.ECE: "ECE",
}
_OURS, _THEIRS = "Leadwise's suite", "grid search over pipelines"

Figures = dict[Score, float]


def measure(context: Context) -> Findings:
    """The suite and the grid on the same divisions; then one retrain and the whole step."""
    source = context.leads or context.csv(context.size(9_240, 4_000))
    table = context.clean(source).sort_by(LINE)
    found: dict[str, list[Figures]] = {_OURS: [], _THEIRS: []}
    ours, theirs = Clock(), Clock()
    splits = context.size(3, 1)
    for turn in range(splits):
        say(f"  suite and grid, division {turn + 1} of {splits}")
        for name, figures_ in _race(context, table, turn, ours, theirs).items():
            found[name].append(figures_)
    spent = {
        name: sum(c.seconds.values()) / splits for name, c in ((_OURS, ours), (_THEIRS, theirs))
    }
    retrain = _retrain(context, table)
    return Findings(
        data=f"{'The public X Education file' if context.leads else 'Synthetic leads (seed 1)'} "
        f"({table.num_rows:,} leads), moment engaged, {splits} stratified 80/20 divisions with "
        "seeds from 0: means. Both search on the same rows.",
        tables=(
            _quality(found, spent),
            Table(
                title="Where the suite's CPU seconds go",
                columns=("part", "CPU seconds"),
                rows=tuple((part, of / splits) for part, of in ours.seconds.items()),
            ),
            Table(
                title="Around it",
                columns=("what", "seconds", "CPU seconds"),
                rows=(retrain, _step(context)),
            ),
        ),
        checks=_checks(found, spent, float(retrain[1] or 0)),
        notes=(
            "*Leadwise's suite*: seven families and a weighted twin on five folds, the budgeted "
            "search, calibration and intervals from rows held out, the fit on all rows, the "
            "package with its checks, and the importance plot. *Grid search over pipelines*: "
            "scikit-learn's GridSearchCV by F1 over five families and 29 configurations with "
            "class weights; nothing calibrated, packaged or explained.",
            "F1: of the grid at .5, as its class weights mean it; of the suite from the "
            "probability that gave the best F1 on rows held out: its probabilities stay as they "
            "are.",
            "`leadwise step train` also starts Python, imports, records every run in MLflow, draws "
            "all plots and registers the model.",
        ),
    )


def _race(
    context: Context, table: pa.Table, seed: int, ours: Clock, theirs: Clock
) -> dict[str, Figures]:
    """Both on the same rows, judged on the same others."""
    case, moment = context.use_case, context.use_case.default_moment
    outcome = table[case.schema.target.name].to_numpy()
    rows = np.arange(table.num_rows)
    taught, test = train_test_split(rows, test_size=0.2, stratify=outcome, random_state=seed)
    learning, validation = train_test_split(
        taught, test_size=0.2, stratify=outcome[taught], random_state=seed
    )
    suite = train_suite(case, moment, table.take(learning), table.take(validation), ours)
    with theirs.timing("grid"):
        pipeline = search_grid(case, moment, Examples.of(table.take(taught), case, moment))
    judged = table.take(test)
    asked = Examples.of(judged, case, moment)
    ours_said = suite.scorer.predict(judged)
    found = {
        _OURS: figures(case.task, asked.outcome, ours_said),
        _THEIRS: figures(case.task, asked.outcome, predict(pipeline, asked.features, case.task)),
    }
    found[_OURS][Score.F1] = float(f1_score(asked.outcome, ours_said >= suite.threshold))
    return found


def _mean(found: Sequence[Figures], score: Score) -> float:
    return float(np.mean([one[score] for one in found]))


def _quality(found: Mapping[str, Sequence[Figures]], spent: Mapping[str, float]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (name, round(spent[name], 1), *(f"{_mean(of, score):.4f}" for score in _SHOWN))
        for name, of in found.items()
    ]
    return Table(
        title="The suite beside a grid search, on the same test rows",
        columns=("by", "CPU seconds", *_SHOWN.values()),
        rows=tuple(rows),
    )


def _checks(
    found: Mapping[str, Sequence[Figures]], spent: Mapping[str, float], retrain: float
) -> tuple[Check, ...]:
    ahead = _mean(found[_OURS], Score.ROC_AUC) - _mean(found[_THEIRS], Score.ROC_AUC)
    harmonic = _mean(found[_OURS], Score.F1) - _mean(found[_THEIRS], Score.F1)
    surprise = _mean(found[_OURS], Score.LOG_LOSS) - _mean(found[_THEIRS], Score.LOG_LOSS)
    return (
        Check(figure="the whole suite", measured=round(spent[_OURS], 2), unit="CPU s",
              at_most=_SUITE_CPU_SECONDS),
        Check(figure="AUC above the grid's", measured=round(ahead, 4), at_least=-_LESS),
        Check(figure="F1 above the grid's", measured=round(harmonic, 4), at_least=-_LESS),
        Check(figure="log loss above the grid's", measured=round(surprise, 4), at_most=0.0),
        Check(figure="one LightGBM retrain", measured=round(retrain, 2), unit="s",
              at_most=_RETRAIN_SECONDS),
    )  # fmt: skip


def _retrain(context: Context, table: pa.Table) -> tuple[Cell, ...]:
    case, moment = context.use_case, context.use_case.default_moment
    examples = Examples.of(table, case, moment)
    candidate = Candidate(estimator=Estimator.LIGHTGBM)
    wall, cpu = time.perf_counter(), time.process_time()
    fit(candidate, examples, case, moment, seed=0, threads=2)
    return "one LightGBM retrain", time.perf_counter() - wall, time.process_time() - cpu


def _step(context: Context) -> tuple[Cell, ...]:
    where = context.scratch / "training"
    options = (USE_CASE, "--home", where)
    source = context.csv(context.size(9_240, 4_000))
    leadwise("step", "ingest", *options, "--data", source)
    for step in ("clean", "check", "snapshot", "split"):
        leadwise("step", step, *options)
    usage = leadwise("step", "train", *options)
    return "`leadwise step train`, all of it", usage.seconds, usage.cpu_seconds
