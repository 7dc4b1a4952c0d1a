"""Train: fit every candidate, choose on validation rows, register the best as challenger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.pipeline import Pipeline

from ml.contract.moments import Moment
from ml.contract.names import Alias, Score, Step
from ml.contract.records import SPLIT_PARTS, SnapshotRecord, SplitRecord, TrainRecord
from ml.contract.use_case import UseCase
from ml.core.candidates import Examples, Trial, attempts, best, configurations, describe, fit
from ml.core.dataset_parts import fetch_part
from ml.core.features import model_columns
from ml.core.importance import importance_plot
from ml.core.plots import judging_plots
from ml.core.scoring import Scorer, package, package_sha256
from ml.ports import ModelVersion, Run, Runtime
from ml.steps.run_files import keep, write

#: Rows that an MLflow reader sees as the example of an input.
_EXAMPLE_ROWS = 5


@dataclass(frozen=True, kw_only=True)
class _Task:
    """What all parts of one training share."""

    use_case: UseCase
    runtime: Runtime
    moment: Moment
    snapshot: SnapshotRecord
    split: SplitRecord
    seed: int
    threads: int

    def examples(self, table: pa.Table) -> Examples:
        return Examples.of(table, self.use_case, self.moment)


def train(
    use_case: UseCase,
    runtime: Runtime,
    *,
    split: SplitRecord,
    snapshot: SnapshotRecord,
    moment: Moment,
    seed: int = 0,
    threads: int = 2,
) -> TrainRecord:
    """Fit the candidates and register the best of them.

    Of the rows only columns that are known by the moment are read; test rows are not touched.
    The best candidate on the validation rows is fitted again on training and validation rows
    together, packaged and registered.

    Parameters
    ----------
    split : SplitRecord
        Where the rows are.
    snapshot : SnapshotRecord
        What they were divided from; its hash stays with the model.
    moment : Moment
        When the model is to score.
    seed : int, default=0
        Same seed and rows, same model.
    threads : int, default=2
        Threads for fitting.

    Returns
    -------
    TrainRecord
        The challenger, and the validation figures of every configuration.

    Raises
    ------
    TooFewOutcomes
        If the rows hold too few of an outcome to learn from or to judge by.
    """
    began = runtime.now()
    task = _Task(
        use_case=use_case, runtime=runtime, moment=moment, snapshot=snapshot, split=split,
        seed=seed, threads=threads,
    )  # fmt: skip
    learning, choosing = (_rows(task, key) for key in (split.train, split.validation))
    total = sum(len(configurations(candidate)) for candidate in use_case.candidates)
    runtime.progress.start(Step.TRAIN, total + 1)
    with runtime.tracker.run(use_case.name, f"train {moment}") as run:
        _describe_run(run, task, split)
        trials = _try_all(task, task.examples(learning), task.examples(choosing))
        chosen = best(trials, use_case.select_by)
        version, sha256 = _register(run, task, chosen, learning, choosing)
    runtime.registry.point(version.model, Alias.CHALLENGER, version.version)
    runtime.progress.done(f"{describe(chosen.candidate)} is challenger, version {version.version}")
    return TrainRecord(
        model=version.model,
        version=version.version,
        estimator=str(chosen.candidate.estimator),
        run_id=run.id,
        package=f"models:/{version.model}/{version.version}",
        package_sha256=sha256,
        validation={describe(trial.candidate): _named(trial.figures) for trial in trials},
        seconds=(runtime.now() - began).total_seconds(),
    )


def _rows(task: _Task, key: str) -> pa.Table:
    """Rows of one part, with no column that is not known by the moment."""
    file = fetch_part(task.split.data, key, task.runtime.lake)
    known = [column.name for column in model_columns(task.use_case, task.moment)]
    wanted = [task.use_case.schema.target.name, *known]
    present = set(pq.read_schema(file).names)
    return pq.read_table(file, columns=[name for name in wanted if name in present])


def _named(figures: Mapping[Score, float], prefix: str = "") -> dict[str, float]:
    return {f"{prefix}{score}": figure for score, figure in figures.items()}


def _describe_run(run: Run, task: _Task, split: SplitRecord) -> None:
    run.params({"seed": task.seed, "select_by": task.use_case.select_by})
    run.params({f"{part}_rows": count for part, count in split.rows.items()})
    run.params(_snapshot_params(task.snapshot))
    run.tags(_origin(task))


def _snapshot_params(snapshot: SnapshotRecord) -> dict[str, object]:
    """Which rows, so that a person finds them again."""
    names = ("place", "tag", "canonical_hash", "rows", "columns")
    return {f"snapshot_{name}": getattr(snapshot, name) for name in names}


def _origin(task: _Task) -> dict[str, str]:
    """Where a model comes from."""
    return {
        "use_case": task.use_case.name,
        "moment": task.moment.name,
        "snapshot_hash": task.snapshot.canonical_hash,
    }


def _try_all(task: _Task, learning: Examples, choosing: Examples) -> list[Trial]:
    """Every configuration, each in a run of its own."""
    trials = []
    options = {"seed": task.seed, "threads": task.threads}
    for trial in attempts(task.use_case, task.moment, learning, choosing, **options):
        _remember(task, trial)
        trials.append(trial)
    return trials


def _remember(task: _Task, trial: Trial) -> None:
    name = describe(trial.candidate)
    with task.runtime.tracker.run(task.use_case.name, name, nested=True) as run:
        run.params({"estimator": trial.candidate.estimator, **dict(trial.candidate.params)})
        run.metrics(_named(trial.figures, "validation_"))
        run.tags(_origin(task))
    select_by = task.use_case.select_by
    task.runtime.progress.advance(note=f"{name}: {select_by} {trial.figures[select_by]:.3f}")


def _register(
    run: Run, task: _Task, chosen: Trial, learning: pa.Table, choosing: pa.Table
) -> tuple[ModelVersion, str]:
    """The chosen configuration, fitted on all rows but the test rows, as the next version."""
    taught = pa.concat_tables([learning, choosing])
    examples = task.examples(taught)
    pipeline = fit(
        chosen.candidate, examples, task.use_case, task.moment, seed=task.seed, threads=task.threads
    )
    files = _package(task, chosen, pipeline, taught)
    _show(run, task, chosen, choosing, files)
    tags = {
        **_origin(task),
        "estimator": str(chosen.candidate.estimator),
        "package_sha256": package_sha256(files),
    }
    with task.runtime.lake.scratch() as scratch:
        write(files, scratch / "package")
        version = task.runtime.registry.register(
            task.use_case.model_name(task.moment),
            run=run,
            package=scratch / "package",
            pipeline=pipeline,
            example=examples.features.head(_EXAMPLE_ROWS),
            tags=tags,
        )
    task.runtime.progress.advance(note="fitted again on all but the test rows, and packaged")
    return version, tags["package_sha256"]


def _package(task: _Task, chosen: Trial, pipeline: Pipeline, taught: pa.Table) -> dict[str, bytes]:
    # No run, clock or machine among the facts: equal rows and seeds give an equal package.
    facts = {
        "snapshot_hash": task.snapshot.canonical_hash,
        "candidate": describe(chosen.candidate),
        "seed": str(task.seed),
        "rows": str(taught.num_rows),
        **{part: getattr(task.split, part) for part in SPLIT_PARTS},
    }
    return package(
        pipeline,
        use_case=task.use_case,
        moment=task.moment,
        model_name=task.use_case.model_name(task.moment),
        background=taught,
        facts=facts,
    )


def _show(
    run: Run, task: _Task, chosen: Trial, choosing: pa.Table, files: Mapping[str, bytes]
) -> None:
    """The chosen configuration's figures and plots on validation rows, before the second fit."""
    run.params({"chosen": describe(chosen.candidate)})
    run.metrics(_named(chosen.figures, "validation_"))
    outcome = choosing[task.use_case.schema.target.name].to_numpy().astype(float)
    plots = judging_plots(task.use_case.task, outcome, chosen.predicted, seed=task.seed)
    scorer = Scorer.load(files, version="new", use_case=task.use_case)
    plots["importance.png"] = importance_plot(scorer, choosing, seed=task.seed)
    keep(run, task.runtime, plots, "plots/validation")
