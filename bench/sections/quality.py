"""Model quality: what the real file allows, moment by moment, family by family."""

from __future__ import annotations

from collections.abc import Mapping

from bench.beyond import beyond
from bench.context import Context, say
from bench.results import Check, Findings, Table
from ml.contract.moments import ARRIVAL, CONTACTED, ENGAGED, Moment
from ml.contract.names import Estimator, Score
from ml.core.quality import Quality, Spread, repeated_quality

_SHOWN: Mapping[Score, str] = {
    Score.ROC_AUC: "AUC",
    Score.PR_AUC: "PR-AUC",
    Score.ACCURACY: "accuracy",
    Score.PRECISION: "precision",
    Score.RECALL: "recall",
    Score.F1: "F1",
    Score.PRECISION_AT_10: "P@10 %",
    Score.BRIER: "Brier",
    Score.ECE: "ECE",
}
#: Best of nine families in an earlier study of the same columns on the same ten divisions.
_STUDY = {
    CONTACTED: (0.986, 0.980, 0.950, 0.942, 0.926, 0.934, 0.997, 0.039, 0.015),
    ENGAGED: (0.930, 0.899, 0.859, 0.833, 0.794, 0.813, 0.983, 0.102, 0.023),
    ARRIVAL: (0.858, 0.794, 0.804, 0.769, 0.703, 0.734, 0.890, 0.145, 0.030),
}
_STUDY_BY_FAMILY = {
    Estimator.LIGHTGBM: 0.929,
    Estimator.XGBOOST: 0.930,
    Estimator.GRADIENT_BOOSTING: 0.926,
    Estimator.EXTRA_TREES: 0.925,
    Estimator.RANDOM_FOREST: 0.924,
    Estimator.LOGISTIC_REGRESSION: 0.915,
    Estimator.DECISION_TREE: 0.905,
}
_LEAST_AT_10 = {CONTACTED: 0.98, ENGAGED: 0.97, ARRIVAL: 0.87}
_TOLERANCE = 0.003
_MOST_ECE = 0.035


def measure(context: Context) -> Findings:
    """Repeated stratified divisions of the real file."""
    if context.leads is None:
        return Findings(data="The real leads file was not at hand, so nothing was measured.")
    leads = context.clean(context.leads)
    splits, few = context.size(10, 2), context.size(3, 2)
    by_moment = {}
    for moment in _STUDY:
        say(f"  LightGBM, {moment}, {splits} divisions")
        by_moment[moment] = repeated_quality(
            context.use_case, leads, moment, estimator=Estimator.LIGHTGBM, splits=splits
        )
    by_family = {}
    for family in _STUDY_BY_FAMILY:
        say(f"  {family}, {few} divisions")
        by_family[family] = repeated_quality(
            context.use_case, leads, ENGAGED, estimator=family, splits=few
        )
    further = {}
    for moment in _STUDY:
        say(f"  variants beyond, {moment}, {splits} divisions")
        further[moment] = beyond(context.use_case, leads, moment, splits=splits)
    return Findings(
        data=f"The public X Education file ({leads.num_rows:,} leads), stratified 80/20 divisions "
        "with seeds from 0; mean and standard deviation of one division.",
        tables=(
            _moments(by_moment, splits),
            _families(by_family, few),
            _further(further, by_moment, splits),
        ),
        checks=tuple(check for moment in _STUDY for check in _checks(by_moment[moment], moment)),
        notes=(
            "*earlier study*: the best of nine model families per moment, from an independent "
            "study of the same columns on the same ten divisions. A figure without its moment "
            "says nothing: columns that agents fill in after contact decide it.",
            "*Beyond the defaults*: the best of thirteen variants that were tried. "
            "None gains more than a third of one division's standard deviation; each costs more to "
            "train, to serve and to explain.",
        ),
    )


def _moments(found: Mapping[Moment, Quality], splits: int) -> Table:
    rows: list[tuple[str, ...]] = []
    for moment, quality in found.items():
        rows.append((moment.name, "Leadwise", *_figures(quality.scores)))
        rows.append((moment.name, "earlier study", *(f"{figure:.3f}" for figure in _STUDY[moment])))
    return Table(
        title=f"LightGBM by scoring moment, {splits} divisions",
        columns=("moment", "by", *_SHOWN.values()),
        rows=tuple(rows),
    )


def _families(found: Mapping[Estimator, Quality], splits: int) -> Table:
    return Table(
        title=f"Model families at ENGAGED, {splits} divisions",
        columns=("family", *_SHOWN.values(), "AUC in the earlier study"),
        rows=tuple(
            (str(family), *_figures(quality.scores), f"{_STUDY_BY_FAMILY[family]:.3f}")
            for family, quality in found.items()
        ),
    )


def _further(
    found: Mapping[Moment, Mapping[str, Mapping[Score, Spread]]],
    by_moment: Mapping[Moment, Quality],
    splits: int,
) -> Table:
    """What spending more would gain; the default stands first."""
    rows = []
    for moment, variants in found.items():
        rows.append((moment.name, "LightGBM as by default", *_figures(by_moment[moment].scores)))
        rows += [(moment.name, name, *_figures(scores)) for name, scores in variants.items()]
    return Table(
        title=f"Beyond the defaults, the same {splits} divisions",
        columns=("moment", "variant", *_SHOWN.values()),
        rows=tuple(rows),
    )


def _figures(scores: Mapping[Score, Spread]) -> list[str]:
    return [f"{scores[score].mean:.3f} ± {scores[score].sd:.3f}" for score in _SHOWN]


def _checks(quality: Quality, moment: Moment) -> tuple[Check, ...]:
    scores = {score: round(spread.mean, 4) for score, spread in quality.scores.items()}
    least = round(_STUDY[moment][0] - _TOLERANCE, 4)
    return (
        Check(figure=f"AUC at {moment}", measured=scores[Score.ROC_AUC], at_least=least),
        Check(
            figure=f"precision among the top 10 % at {moment}",
            measured=scores[Score.PRECISION_AT_10],
            at_least=_LEAST_AT_10[moment],
        ),
        Check(
            figure=f"calibration error at {moment}", measured=scores[Score.ECE], at_most=_MOST_ECE
        ),
    )
