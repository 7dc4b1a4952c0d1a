"""Train: fit every candidate, choose on validation rows, register the best as challenger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.pipeline import Pipeline

from ml.contract.candidates import Search
from ml.contract.errors import GateRefused
from ml.contract.moments import Moment
from ml.contract.names import Alias, Step
from ml.contract.records import SPLIT_PARTS, SnapshotRecord, SplitRecord, TrainRecord
from ml.contract.use_case import UseCase
from ml.core.columns import Floats
from ml.core.comparison import check_predictions
from ml.core.dataset_parts import fetch_part
from ml.core.features import model_columns
from ml.core.importance import Importance, importance
from ml.core.metrics import check_outcomes
from ml.core.out_of_fold import HeldOut
from ml.core.plots import judging_plots
from ml.core.resampling import intervals
from ml.core.scoring import Scorer, package, package_sha256
from ml.core.selection import Division, Examples, describe, fit, folds, out_of_fold
from ml.ports import Boosting, ModelVersion, Run, Runtime
from ml.steps.choosing import Choice, Choosing, Family, choose, named, tries
from ml.steps.encoded_rows import sample_of
from ml.steps.fit_apart import FAMILY, FitApart
from ml.steps.remember import remember_training
from ml.steps.run_figures import interval_metrics
from ml.steps.run_files import keep, write
from ml.steps.untold import untold

#: Rows that an MLflow reader sees as the example of an input.
_EXAMPLE_ROWS = 5
#: Rows of each part that are in memory where others fit.
_SAMPLE_ROWS = 100_000


@dataclass(frozen=True, kw_only=True)
class _Task:
    """What all parts of one training share."""

    use_case: UseCase
    runtime: Runtime
    moment: Moment
    snapshot: SnapshotRecord
    split: SplitRecord
    budget: Search
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
    budget: Search | None = None,
    seed: int = 0,
    threads: int = 2,
) -> TrainRecord:
    """Search the candidates and register the best of them.

    Of the rows only columns that are known by the moment are read; test rows are not touched.
    Configurations are chosen on folds of the training rows; validation rows tell how good the
    choice is. Then it is fitted again on training and validation rows together, calibrated by
    what it says of rows that it has not seen, packaged and registered.

    Parameters
    ----------
    split : SplitRecord
        Where the rows are.
    snapshot : SnapshotRecord
        What they were divided from; its hash stays with the model.
    moment : Moment
        When the model is to score.
    budget : Search or None, default=None
        How much to spend; None for what the use case says.
    seed : int, default=0
        Same seed and rows, same model.
    threads : int, default=2
        Threads for fitting.

    Returns
    -------
    TrainRecord
        The challenger, and the figures of every configuration.

    Raises
    ------
    DependencyUnavailable
        If the registry is away when the model is to be registered; then nothing is.
    TooFewOutcomes
        If the rows hold too few of an outcome to learn from or to judge by.
    GateRefused
        If the best of them says the same of every row.
    InvalidUseCase
        If the budget does not reach for what the candidates list.
    """
    began = runtime.now()
    if runtime.boosting:
        use_case = use_case.trying([FAMILY.value])
    task = _Task(
        use_case=use_case, runtime=runtime, moment=moment, snapshot=snapshot, split=split,
        budget=budget or use_case.search, seed=seed, threads=threads,
    )  # fmt: skip
    task.budget.check(use_case.candidates)
    learning, choosing = (_rows(task, key) for key in (split.train, split.validation))
    examples = task.examples(learning), task.examples(choosing)
    validation = Division(use_case, moment, *examples)
    check_outcomes(use_case.task, validation.judged.outcome)
    runtime.progress.start(Step.TRAIN, tries(use_case, task.budget) + 1)
    with runtime.tracker.run(use_case.name, f"train {moment}") as run:
        _describe_run(run, task, split)
        choice = _choose(task, run, validation)
        _refuse_if_unusable(task, choice.chosen)
        made = _register(run, task, choice.chosen, validation, (learning, choosing))
    version = made.version
    chosen = choice.chosen.candidate
    runtime.registry.point(version.model, Alias.CHALLENGER, version.version)
    runtime.progress.done(f"{describe(chosen)} is challenger, version {version.version}")
    record = TrainRecord(
        model=version.model,
        version=version.version,
        estimator=str(chosen.estimator),
        run_id=run.id,
        package=f"models:/{version.model}/{version.version}",
        package_sha256=version.tags["package_sha256"],
        validation={describe(one.candidate): named(one.judged.figures) for one in choice.families},
        seconds=(runtime.now() - began).total_seconds(),
        chosen=describe(chosen),
        trials=choice.records,
        importance=made.importance,
        degraded=untold(runtime),
    )
    remember_training(runtime, record)
    return record


def _refuse_if_unusable(task: _Task, chosen: Family) -> None:
    """Stop before anything is registered that tells no rows apart."""
    if unusable := check_predictions(task.use_case.task, chosen.judged.predicted):
        raise GateRefused(
            f"{unusable}, by any column that is known by {task.moment}; nothing was registered: "
            "see with `leadwise explore` which columns hold values"
        )


def _rows(task: _Task, key: str) -> pa.Table:
    """Rows of one part, with no column that is not known by the moment.

    Where others fit, a sample of them: to search on, and for what the package says of rows.
    """
    file = fetch_part(task.split.data, key, task.runtime.lake)
    known = [column.name for column in model_columns(task.use_case, task.moment)]
    wanted = [task.use_case.schema.target.name, *known]
    present = set(pq.read_schema(file).names)
    columns = [name for name in wanted if name in present]
    if task.runtime.boosting:
        return sample_of(file, columns, most=_SAMPLE_ROWS)
    return pq.read_table(file, columns=columns)


def _describe_run(run: Run, task: _Task, split: SplitRecord) -> None:
    run.params({"seed": task.seed, "select_by": task.use_case.select_by, **asdict(task.budget)})
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


def _choose(task: _Task, run: Run, validation: Division) -> Choice:
    how = Choosing(
        use_case=task.use_case, moment=task.moment, budget=task.budget, seed=task.seed,
        threads=task.threads, origin=_origin(task),
    )  # fmt: skip
    return choose(how, task.runtime, run, validation)


@dataclass(frozen=True, kw_only=True)
class _Made:
    """A registered version, and what moves its scores."""

    version: ModelVersion
    importance: dict[str, float]


def _register(
    run: Run,
    task: _Task,
    chosen: Family,
    validation: Division,
    tables: tuple[pa.Table, pa.Table],
) -> _Made:
    """The chosen configuration, fitted on all rows but the test rows, as the next version."""
    taught, choosing = pa.concat_tables(tables), tables[1]
    examples = validation.learning.join(validation.judged)
    pipeline, held_out = _fitted(task, chosen, examples)
    files = _package(task, chosen, pipeline, taught, held_out)
    seen = _show(run, task, chosen, choosing, validation.judged.outcome, files)
    tags = {
        **_origin(task),
        "estimator": str(chosen.candidate.estimator),
        "package_sha256": package_sha256(files),
    }
    task.runtime.tracker.settle()  # what is registered belongs to a run that the tracker knows
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
    return _Made(version=version, importance=seen.weights)


def _fitted(task: _Task, chosen: Family, examples: Examples) -> tuple[Pipeline, HeldOut]:
    """On all rows but the test rows; and what it says of rows that it has not seen."""
    if task.runtime.boosting:
        return _fitted_apart(task, chosen, examples, task.runtime.boosting)
    pipeline = fit(
        chosen.candidate, examples, task.use_case, task.moment, seed=task.seed, threads=task.threads
    )
    return pipeline, _held_out(task, chosen, examples)


def _fitted_apart(
    task: _Task, chosen: Family, sampled: Examples, boosting: Boosting
) -> tuple[Pipeline, HeldOut]:
    lake, parts = task.runtime.lake, (task.split.train, task.split.validation)
    learning, choosing = (fetch_part(task.split.data, key, lake) for key in parts)
    with lake.scratch() as folder:
        apart = FitApart(
            use_case=task.use_case, moment=task.moment, boosting=boosting, learning=learning,
            choosing=choosing, folder=folder,
        )  # fmt: skip
        return apart.fit(chosen.candidate, sampled.features, seed=task.seed)


def _held_out(task: _Task, chosen: Family, examples: Examples) -> HeldOut:
    """What the configuration says of all rows but the test rows, none of which it had seen."""
    divisions = folds(task.use_case, task.moment, examples, count=task.budget.folds, seed=task.seed)
    return out_of_fold(chosen.candidate, divisions, seed=task.seed, threads=task.threads)


def _package(
    task: _Task, chosen: Family, pipeline: Pipeline, taught: pa.Table, held_out: HeldOut
) -> dict[str, bytes]:
    # No run, clock or machine among the facts: equal rows and seeds give an equal package.
    facts = {
        "snapshot_hash": task.snapshot.canonical_hash,
        "candidate": describe(chosen.candidate),
        "seed": str(task.seed),
        "rows": str(task.split.rows["train"] + task.split.rows["validation"]),
        **{part: getattr(task.split, part) for part in SPLIT_PARTS},
    }
    return package(
        pipeline,
        use_case=task.use_case,
        moment=task.moment,
        model_name=task.use_case.model_name(task.moment),
        background=taught,
        facts=facts,
        held_out=held_out,
    )


def _show(
    run: Run,
    task: _Task,
    chosen: Family,
    choosing: pa.Table,
    outcome: Floats,
    files: Mapping[str, bytes],
) -> Importance:
    """The chosen configuration's figures and plots on validation rows, before the second fit."""
    kind, predicted = task.use_case.task, chosen.judged.predicted
    run.params({"chosen": describe(chosen.candidate)})
    run.metrics(
        interval_metrics(intervals(kind, outcome, predicted, seed=task.seed), "validation_")
    )
    scorer = Scorer.load(files, version="new", use_case=task.use_case)
    seen = importance(scorer, choosing, seed=task.seed)
    plots = judging_plots(kind, outcome, predicted, seed=task.seed)
    schema = task.use_case.schema
    keep(run, task.runtime, plots | seen.files(schema), "plots/validation")
    return seen
