"""Certainty: calibrators that were chosen, coverage of what is promised, and fairness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from bench.context import Context, say
from bench.judged import Judged, judged
from bench.results import Check, Findings, Table
from ml.contract.candidates import Candidate
from ml.contract.moments import Moment
from ml.contract.names import Estimator, Score
from ml.core.invariance import Invariance, invariances
from ml.core.metrics import METRICS
from ml.core.scoring.conformal import LEVEL
from ml.core.scoring.coverage import coverage

#: Models whose probabilities are held against what happened: as they are, and with class weights.
_MODELS = {
    "LightGBM": Candidate(estimator=Estimator.LIGHTGBM),
    "LightGBM, class weights": Candidate(estimator=Estimator.LIGHTGBM, class_weights=True),
    "random forest": Candidate(estimator=Estimator.RANDOM_FOREST),
}
_FIRST = "LightGBM"

_POINTS = 0.02


def measure(context: Context) -> Findings:
    """Divisions of the real file, each judged by leads that the model has not seen."""
    if context.leads is None:
        return Findings(data="The real leads file was not at hand, so nothing was measured.")
    leads, splits = context.clean(context.leads), context.size(10, 2)
    moments = context.use_case.moments
    made = {
        (moment, name): _divisions(context, leads, candidate, moment, splits)
        for moment in moments
        for name, candidate in _MODELS.items()
    }
    covered = {moment: _coverage(made[moment, _FIRST]) for moment in moments}
    return Findings(
        data=f"The public X Education file ({leads.num_rows:,} leads), {splits} stratified 80/20 "
        "divisions with seeds from 0; calibrator and intervals from five folds of the four fifths.",
        tables=(
            _calibrators(made),
            _covered(covered),
            _invariances(made, moments),
        ),
        checks=tuple(
            Check(
                figure=f"{words} held possible at {moment}",
                measured=round(covered[moment][name], 4),
                at_least=LEVEL - _POINTS,
                at_most=LEVEL + _POINTS,
            )
            for moment in moments
            for name, words in (
                ("coverage_events", "conversions"), ("coverage_others", "other outcomes"),
            )
        ),
        notes=(
            f"*held possible*: share of leads whose outcome was not ruled out; {LEVEL:.0%} are "
            "promised for each outcome. *Outside*: how far the observed rates of ten groups by "
            "score lie outside the mean Venn-Abers interval of their group, beyond one standard "
            "error, on average.",
        ),
    )  # fmt: skip


def _divisions(
    context: Context, leads: pa.Table, candidate: Candidate, moment: Moment, splits: int
) -> list[Judged]:
    weighted = " with class weights" if candidate.class_weights else ""
    say(f"  {candidate.estimator}{weighted}, {moment}, {splits} divisions")
    return [judged(context.use_case, leads, candidate, moment, seed=seed) for seed in range(splits)]


def _calibrators(made: dict[tuple[Moment, str], list[Judged]]) -> Table:
    rows = []
    for (moment, name), divisions in made.items():
        kinds = Counter(str(one.scorer.meaning.calibrator.kind) for one in divisions)
        chosen = ", ".join(f"{kind} {count} times" for kind, count in kinds.most_common())
        figures = (
            f"{_of_model(divisions, score):.4f} → {_said(divisions, score):.4f}"
            for score in (Score.LOG_LOSS, Score.BRIER, Score.ECE)
        )
        rows.append((moment.name, name, chosen, *figures))
    return Table(
        title="Calibrators that were chosen, and what they change on unseen leads",
        columns=("moment", "model", "chosen", "log loss", "Brier", "ECE"),
        rows=tuple(rows),
    )


def _of_model(divisions: Sequence[Judged], score: Score) -> float:
    """Mean figure of the models' own predictions."""
    metric = METRICS[score]
    return float(
        np.mean([metric(one.outcome, one.scorer.modelled(one.unseen)) for one in divisions])
    )


def _said(divisions: Sequence[Judged], score: Score) -> float:
    """Mean figure of what is said of a lead."""
    metric = METRICS[score]
    return float(
        np.mean([metric(one.outcome, one.scorer.predict(one.unseen)) for one in divisions])
    )


def _coverage(divisions: Sequence[Judged]) -> dict[str, float]:
    found = [coverage(one.scorer, one.unseen, one.outcome) for one in divisions]
    return {name: float(np.mean([one[name] for one in found])) for name in found[0]}


def _covered(found: dict[Moment, dict[str, float]]) -> Table:
    names = ("coverage_events", "coverage_others", "open", "interval_width", "interval_excess")
    return Table(
        title=f"What {_FIRST} promises of unseen leads",
        columns=(
            "moment", "conversions held possible", "others held possible", "left open",
            "width of interval", "outside",
        ),
        rows=tuple(
            (moment.name, *(round(figures[name], 4) for name in names))
            for moment, figures in found.items()
        ),
    )  # fmt: skip


def _invariances(made: dict[tuple[Moment, str], list[Judged]], moments: Sequence[Moment]) -> Table:
    rows = []
    for moment in moments:
        first = made[moment, _FIRST][0]
        rows += [_tried(moment, one) for one in invariances(first.scorer, first.unseen)]
    return Table(
        title=f"What must not matter to {_FIRST}",
        columns=("moment", "what", "moves a score by, points", "at most", "holds"),
        rows=tuple(rows),
    )


def _tried(moment: Moment, one: Invariance) -> tuple[str, str, float, float, str]:
    bound = round(one.at_most, 1)
    return moment.name, one.name, round(one.figure, 1), bound, "yes" if one.passed else "no"
