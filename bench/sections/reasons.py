"""Reasons: do leads keep theirs when the model is fitted again?"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pyarrow as pa

from bench.context import Context, say
from bench.judged import judged
from bench.results import Check, Findings, Table
from ml.contract.candidates import Candidate
from ml.contract.moments import Moment
from ml.contract.names import Estimator
from ml.core.scoring.reasons import Reasons
from ml.core.scoring.stability import top_overlap

_FAMILIES = (Estimator.LIGHTGBM, Estimator.XGBOOST, Estimator.LOGISTIC_REGRESSION)
_TOP = 3
_LEAST = 0.7


def measure(context: Context) -> Findings:
    """The same unseen leads, explained by models of rows drawn anew."""
    if context.leads is None:
        return Findings(data="The real leads file was not at hand, so nothing was measured.")
    leads, fits, count = context.clean(context.leads), context.size(6, 2), context.size(500, 50)
    rows, checks = [], []
    for moment in context.use_case.moments:
        for family in _FAMILIES:
            say(f"  {family}, {moment}, {fits} fits")
            shared = _overlaps(context, leads, family, moment, fits, count)
            mean = float(np.mean(shared))
            rows.append((moment.name, str(family), round(mean, 3), round(min(shared), 3)))
            if family is _FAMILIES[0]:
                figure = f"top {_TOP} reasons in common at {moment}"
                checks.append(Check(figure=figure, measured=round(mean, 3), at_least=_LEAST))
    return Findings(
        data=f"{count} unseen leads of the public X Education file; {fits} models, each of a "
        "bootstrap of the other four fifths (seeds from 0), compared in pairs.",
        tables=(
            Table(
                title=f"Top {_TOP} reasons in common after a refit",
                columns=("moment", "family", "mean", "worst pair"),
                rows=tuple(rows),
            ),
        ),
        checks=tuple(checks),
        notes=(
            "A reason is a business concept; the three that move a lead's score most, either way, "
            "are compared. A bootstrap leaves out a third of the rows, so a weekly retrain changes "
            "less.",
        ),
    )


def _overlaps(
    context: Context, leads: pa.Table, family: Estimator, moment: Moment, fits: int, count: int
) -> list[float]:
    told = [_told(context, leads, family, moment, drawn, count) for drawn in range(fits)]
    return [top_overlap(one, other, top=_TOP) for one, other in combinations(told, 2)]


def _told(
    context: Context, leads: pa.Table, family: Estimator, moment: Moment, drawn: int, count: int
) -> list[Reasons]:
    candidate = Candidate(estimator=family)
    made = judged(context.use_case, leads, candidate, moment, parts=2, drawn=drawn)
    return made.scorer.reasons(made.unseen.slice(0, count), top=_TOP)
