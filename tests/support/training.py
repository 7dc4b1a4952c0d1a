"""A small scoring problem, a home that holds its rows, and models of known worth."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from ml.contract.candidates import Candidate
from ml.contract.gates import Gate
from ml.contract.modelling import Band, BinaryTask
from ml.contract.moments import ARRIVAL, CONTACTED, Moment
from ml.contract.names import Estimator, Kind, Role, Score
from ml.contract.records import SnapshotRecord, SplitRecord, TrainRecord
from ml.contract.schema import Column, Schema
from ml.contract.splits import StratifiedSplit
from ml.contract.use_case import UseCase
from ml.core.columns import ARROW_TYPES
from ml.core.scoring import package, package_sha256
from ml.core.selection import Examples, fit
from ml.ports import Runtime
from ml.steps.run_files import write
from ml.steps.split import split
from tests.support.snapshots import frozen
from tests.support.watching import Told, home_of

LINEAR = Candidate(estimator=Estimator.LOGISTIC_REGRESSION)
TREES = Candidate(
    estimator=Estimator.LIGHTGBM,
    params=(("n_estimators", 40),),
    grid=(("num_leaves", (4, 8)),),
)

VISITS = UseCase(
    name="small_visits",
    title="Small visits",
    entity="visit",
    task=BinaryTask(),
    schema=Schema(
        columns=(
            Column(name="visit", source="Visit", kind=Kind.TEXT, role=Role.ID),
            Column(name="minutes", source="Minutes", kind=Kind.NUMBER, low=0, high=1000),
            Column(name="pages", source="Pages", kind=Kind.INTEGER, low=0, high=1000),
            Column(name="origin", source="Origin", kind=Kind.CATEGORY, levels=("Web", "Fair")),
            Column(name="answer", source="Answer", kind=Kind.YES_NO, known_from=CONTACTED),
            Column(name="won", source="Won", kind=Kind.INTEGER, role=Role.TARGET, low=0, high=1),
        )
    ),
    moments=(ARRIVAL, CONTACTED),
    default_moment=ARRIVAL,
    split=StratifiedSplit(test_share=0.3, validation_share=0.2, seed=1),
    candidates=(LINEAR, TREES),
    select_by=Score.ROC_AUC,
    bands=(Band(name="Hot", at_least=50), Band(name="Cold", at_least=0)),
    gates=((ARRIVAL, Gate(score=Score.ROC_AUC, at_least=0.6)),),
)


def visits(rows: int = 1500, seed: int = 0) -> pa.Table:
    """Clean visits; longer ones win more often, and `answer` nearly gives the outcome away."""
    random = np.random.default_rng(seed)
    minutes = random.gamma(2, 10, rows)
    origin = random.choice(["Web", "Fair"], rows)
    chance = 1 / (1 + np.exp(3 - minutes / 10 - (origin == "Fair")))
    won = random.random(rows) < chance
    values = {
        "visit": [f"v{seed}-{row}" for row in range(rows)],
        "minutes": np.where(random.random(rows) < 0.1, np.nan, minutes),
        "pages": random.integers(0, 9, rows),
        "origin": origin,
        "answer": won ^ (random.random(rows) < 0.05),
        "won": won.astype(int),
    }
    kinds = {column.name: column.kind for column in VISITS.schema.columns}
    return pa.table(
        {
            name: pa.array(column, ARROW_TYPES[kinds[name]], from_pandas=True)
            for name, column in values.items()
        }
    )


@dataclass(frozen=True, kw_only=True)
class Home:
    """A home with a snapshot of visits, already divided."""

    runtime: Runtime
    told: Told
    snapshot: SnapshotRecord
    parts: SplitRecord


def home_with_visits(folder: Path, table: pa.Table | None = None) -> Home:
    """A fresh home."""
    told = Told()
    runtime = home_of(folder, told)
    rows = visits() if table is None else table
    snapshot = frozen(runtime, VISITS, rows)
    parts = split(VISITS, runtime, snapshot=snapshot)
    return Home(runtime=runtime, told=told, snapshot=snapshot, parts=parts)


def packaged(
    table: pa.Table,
    candidate: Candidate = LINEAR,
    moment: Moment = ARRIVAL,
    use_case: UseCase = VISITS,
) -> tuple[object, object, dict[str, bytes]]:
    """A fitted pipeline, an example of its input, and its package."""
    one = replace(candidate, grid=())
    examples = Examples.of(table, use_case, moment)
    pipeline = fit(one, examples, use_case, moment, seed=0, threads=1)
    name = use_case.model_name(moment)
    files = package(
        pipeline, use_case=use_case, moment=moment, model_name=name, background=table, facts={}
    )
    return pipeline, examples.features.head(3), files


def registered(home: Home, made: tuple[object, object, dict[str, bytes]]) -> TrainRecord:
    """A made model as the next version of the model for ARRIVAL, as training would leave it."""
    pipeline, example, files = made
    runtime, model = home.runtime, VISITS.model_name(ARRIVAL)
    with runtime.tracker.run("made by hand", "one") as run, runtime.lake.scratch() as scratch:
        write(files, scratch / "package")
        version = runtime.registry.register(
            model,
            run=run,
            package=scratch / "package",
            pipeline=pipeline,
            example=example,
            tags={"package_sha256": package_sha256(files)},
        )
    return TrainRecord(
        model=model,
        version=version.version,
        estimator="made by hand",
        run_id=version.run_id,
        package=f"models:/{model}/{version.version}",
        package_sha256=package_sha256(files),
        validation={},
        seconds=0.0,
    )


def mislabelled(table: pa.Table, share: float, seed: int = 0) -> pa.Table:
    """The same rows with a share of the outcomes drawn at random."""
    random = np.random.default_rng(seed)
    won = table["won"].to_numpy().copy()
    wrong = random.random(len(won)) < share
    won[wrong] = random.integers(0, 2, int(wrong.sum()))
    place = table.column_names.index("won")
    return table.set_column(place, "won", pa.array(won, pa.int64()))
