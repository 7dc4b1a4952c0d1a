"""All of a training but its records: search, calibration, package, importance."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from sklearn.metrics import precision_recall_curve

from ml.contract.moments import Moment
from ml.contract.use_case import UseCase
from ml.core.importance import importance
from ml.core.out_of_fold import HeldOut
from ml.core.scoring import Scorer, package
from ml.core.selection import (
    Examples,
    attempt,
    best,
    fit,
    folds,
    out_of_fold,
    search,
)


@dataclass
class Clock:
    """CPU seconds of named parts, in their order."""

    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """CPU seconds of all parts."""
        return sum(self.seconds.values())

    @contextmanager
    def timing(self, part: str) -> Iterator[None]:
        """Count what happens inside towards a part."""
        began = time.process_time()
        yield
        self.seconds[part] = self.seconds.get(part, 0.0) + time.process_time() - began


class Suite(NamedTuple):
    """A scorer, and the probability from which calling leads gave the best F1 on rows held out."""

    scorer: Scorer
    threshold: float


def train_suite(
    use_case: UseCase, moment: Moment, learning: pa.Table, validation: pa.Table, clock: Clock
) -> Suite:
    """What `train` makes of these rows; configurations are chosen on `learning` alone."""
    examples = Examples.of(learning, use_case, moment)
    options = {"seed": 0, "threads": 2}
    with clock.timing("search"):
        divisions = folds(use_case, moment, examples, count=use_case.search.folds, seed=0)
        trials = search(
            use_case.candidates,
            lambda one, give_up: attempt(one, divisions, give_up=give_up, **options),
            budget=use_case.search,
            score=use_case.select_by,
        )
        chosen = best(list(trials), use_case.select_by, use_case.candidates).candidate
    taught = pa.concat_tables([learning, validation])
    everything = Examples.of(taught, use_case, moment)
    with clock.timing("rows held out, for calibration and intervals"):
        again = folds(use_case, moment, everything, count=use_case.search.folds, seed=0)
        held_out = out_of_fold(chosen, again, **options)
    with clock.timing("fit on all rows"):
        pipeline = fit(chosen, everything, use_case, moment, **options)
    with clock.timing("package, checked on every row"):
        files = package(
            pipeline, use_case=use_case, moment=moment, model_name="suite", background=taught,
            facts={}, held_out=held_out,
        )  # fmt: skip
        scorer = Scorer.load(files, version="suite", use_case=use_case)
    with clock.timing("explanation"):
        importance(scorer, validation)
    return Suite(scorer, _best_threshold(held_out))


def _best_threshold(held_out: HeldOut) -> float:
    precision, recall, thresholds = precision_recall_curve(held_out.outcome, held_out.predicted)
    harmonic = precision * recall / np.maximum(precision + recall, 1e-9)
    return float(thresholds[np.argmax(harmonic[:-1])])
