"""Real leads divided once: a package of most of them, and rows that it has not seen."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
from sklearn.model_selection import train_test_split

from ml.contract.candidates import Candidate
from ml.contract.moments import Moment
from ml.contract.names import Estimator
from ml.core.scoring import Scorer, package
from ml.core.selection import Examples, fit
from ml.core.selection.folds import folds, out_of_fold
from ml.use_cases.lead_conversion import LEAD_CONVERSION as CASE
from tests.support.clean_leads import clean_leads


@dataclass(frozen=True, kw_only=True)
class JudgedLeads:
    """A packaged model and the leads that judge it."""

    scorer: Scorer
    unseen: pa.Table

    @property
    def outcome(self) -> np.ndarray:
        return self.unseen["converted"].to_numpy().astype(float)


@cache
def judged_leads(
    path: Path,
    estimator: Estimator,
    moment: Moment,
    *,
    seed: int = 0,
    class_weights: bool = False,
    parts: int = 4,
) -> JudgedLeads:
    """Fit on four fifths, with calibrator and intervals from `parts` folds of them."""
    table = clean_leads(path)
    seen, unseen = train_test_split(
        np.arange(table.num_rows), test_size=0.2, random_state=seed, stratify=table["converted"]
    )
    taught = table.take(pa.array(seen))
    candidate = Candidate(estimator=estimator, class_weights=class_weights)
    examples = Examples.of(taught, CASE, moment)
    held_out = out_of_fold(
        candidate, folds(CASE, moment, examples, count=parts, seed=seed), seed=seed, threads=1
    )
    files = package(
        fit(candidate, examples, CASE, moment, seed=seed, threads=1),
        use_case=CASE, moment=moment, model_name="judged", background=taught, facts={},
        held_out=held_out,
    )  # fmt: skip
    scorer = Scorer.load(files, version="1", use_case=CASE)
    return JudgedLeads(scorer=scorer, unseen=table.take(pa.array(unseen)))
