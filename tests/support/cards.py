"""What a model card is written from, made up."""

from dataclasses import replace
from datetime import UTC, date, datetime

from ml.contract.moments import ARRIVAL
from ml.contract.names import Trait
from ml.contract.records import (
    GateResult,
    Interval,
    SnapshotRecord,
    SplitRecord,
    TrainRecord,
    TrialRecord,
    Verdict,
)
from ml.contract.use_case import UseCase
from ml.core.comparison import Measured
from ml.core.model_card import CardSources
from tests.support.small_use_case import BINARY

UNKNOWN_COVERAGE = (
    "the share of intervals that hold what happened is not known, and at least 0.84 is asked for"
)
FIGURES = {"roc_auc": 0.93, "f1": 0.81, "precision_at_10": 0.97, "lift_at_10": 2.5, "ece": 0.02}


def around(figure: float) -> Interval:
    return Interval(value=figure, low=figure - 0.01, high=figure + 0.01)


def sources(use_case: UseCase = BINARY, **changed: object) -> CardSources:
    """A version that was refused beside a champion, with everything that a card can tell."""
    model = use_case.model_name(ARRIVAL)
    verdict = Verdict(
        model=model,
        version="7",
        champion="5",
        approved=False,
        metrics=FIGURES,
        intervals={name: around(figure) for name, figure in FIGURES.items()},
        champion_intervals={name: around(figure - 0.005) for name, figure in FIGURES.items()},
        gates=(
            GateResult(gate="roc_auc >= 0.9", figure=0.93, passed=True),
            GateResult(
                gate="coverage >= 0.84", figure=float("nan"), passed=False,
                reason=UNKNOWN_COVERAGE,
            ),
        ),
        against_champion=Interval(value=0.01, low=-0.002, high=0.02),
        reason=UNKNOWN_COVERAGE,
    )  # fmt: skip
    train = TrainRecord(
        model=model,
        version="7",
        estimator="lightgbm",
        run_id="r1",
        package=f"models:/{model}/7",
        package_sha256="ab" * 32,
        validation={"lightgbm num_leaves=8": {"roc_auc": 0.92, "f1": 0.8, "log_loss": 0.3}},
        seconds=12.34,
        chosen="lightgbm num_leaves=8",
        trials=(
            TrialRecord(candidate="a", figures={}, spread={}, folds=5, finished=True),
            TrialRecord(candidate="b", figures={}, spread={}, folds=2, finished=False),
        ),
        importance={"price": 0.8, "region_group": 0.2, "gift": 0.0},
    )
    snapshot = SnapshotRecord(
        use_case=use_case.name, tag="t1", canonical_hash="cd" * 32, rows=100, columns=9,
        schema={}, code_version="e5", created_at="2026-11-21T10:00:00+00:00", place="lake/t1",
        sources=("ef" * 32,),
    )  # fmt: skip
    made = CardSources(
        use_case=use_case,
        moment=ARRIVAL,
        train=train,
        verdict=verdict,
        split=SplitRecord(train="a", validation="b", test="c", rows={"train": 60, "test": 20}),
        snapshot=snapshot,
        period=(date(2025, 1, 1), date(2025, 9, 30)),
        outcome=0.385,
        traits={
            Trait.LEAKS: Measured(figure=1, note="shop (alone AUC 0.970)"),
            Trait.BROKEN_INVARIANCES: Measured(figure=0, details=("order of rows: 0 points",)),
        },
        lineage={"git_commit": "f" * 40, "requirements_sha256": "0" * 64},
        made_at=datetime(2026, 11, 21, 12, 30, tzinfo=UTC),
    )
    return replace(made, **changed)
