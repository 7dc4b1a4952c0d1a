"""Columns that tell the outcome far better than a column can, or than they did."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from ml.contract.records import Interval
from ml.contract.schema import Column
from ml.contract.watching import Severity
from ml.core.coding import coded
from ml.core.columns import Floats, numbers
from ml.core.drift.tables import sample_rows
from ml.core.investigating.evidence import Evidence
from ml.core.investigating.looking import Saw
from ml.core.leakage.alone import auc, cross_fitted, folds_of
from ml.core.leakage.judge import NEAR_RECORD, RECORD

#: Rise of the AUC of one column, between the nearer ends of both intervals.
_RISE = 0.1
#: Rows of before that are read.
_ROWS = 20_000


def leaks(evidence: Evidence) -> Iterator[Saw]:
    """A new column that is a record of the outcome, or one that suddenly is."""
    happened = evidence.happened()
    rows = evidence.current.table.filter(pa.array(evidence.judged))
    found = [*_new(evidence, rows, happened), *_risen(evidence, rows, happened)]
    yield from found or [Saw(says="No column tells the outcome better than it did.", bound=RECORD)]


def _new(evidence: Evidence, rows: pa.Table, happened: Floats) -> Iterator[Saw]:
    for column in evidence.current.undeclared:
        alone = _alone(rows, column, happened)
        if alone.low >= RECORD:
            yield Saw(
                says=f"{column.source}, which nobody declared, ranks the outcome with an AUC of "
                f"{alone.value:.3f} by itself: it was written afterwards.",
                subject=column.source,
                value=alone.value,
                bound=RECORD,
                severity=Severity.HIGH,
            )


def _risen(evidence: Evidence, rows: pa.Table, happened: Floats) -> Iterator[Saw]:
    if evidence.learnt is None:
        return
    before = sample_rows(evidence.learnt, _ROWS, 0)
    then = numbers(before[evidence.use_case.schema.target.name])
    for column in evidence.columns:
        now = _alone(rows, column, happened)
        if now.low < NEAR_RECORD:
            continue
        was = _alone(before, column, then)
        if now.low - was.high >= _RISE:
            yield Saw(
                says=f"{column.source} ranks the outcome with an AUC of {now.value:.3f} by "
                f"itself; before, {was.value:.3f}: it may be filled in afterwards now.",
                subject=column.name,
                value=now.value,
                expected=was.value,
                bound=max(was.high + _RISE, NEAR_RECORD),
                severity=Severity.HIGH,
            )


def _alone(rows: pa.Table, column: Column, happened: Floats) -> Interval:
    if len(np.unique(happened)) < 2:
        return Interval(value=0.5, low=0.0, high=1.0)
    return auc(happened, cross_fitted(coded(rows, column), happened, folds_of(happened)))
