"""Real leads divided once: a package of most of them, and rows that it has not seen."""

from functools import cache
from pathlib import Path

from bench.judged import Judged, judged
from ml.contract.candidates import Candidate
from ml.contract.moments import Moment
from ml.contract.names import Estimator
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.clean_leads import clean_leads


@cache
def judged_leads(
    path: Path, estimator: Estimator, moment: Moment, *, class_weights: bool = False, **options: int
) -> Judged:
    """One family at one moment; `options` as `judged` takes them."""
    candidate = Candidate(estimator=estimator, class_weights=class_weights)
    return judged(LEAD_CONVERSION, clean_leads(path), candidate, moment, **options)
