"""The leakage guard: every column that a model reads, held to the moment of its declaration."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from ml.contract.moments import Moment
from ml.contract.names import LeakVerdict
from ml.contract.schema import Column
from ml.contract.use_case import UseCase
from ml.core.arrival import arrival_column
from ml.core.leakage.ablation import by_moment, without_each
from ml.core.leakage.finding import ColumnFinding, LeakageReport
from ml.core.leakage.study import Study

_WORST_FIRST = tuple(reversed(LeakVerdict))


def find_leaks(
    use_case: UseCase,
    table: pa.Table,
    moment: Moment,
    *,
    undeclared: Sequence[Column] = (),
    seed: int = 0,
) -> LeakageReport:
    """A verdict on each column, with its evidence, and what the moments' columns tell together.

    Parameters
    ----------
    use_case : UseCase
        Whose features are looked at.
    table : pyarrow.Table
        Clean rows with the outcome.
    moment : Moment
        Columns that a model for this moment reads.
    undeclared : sequence of Column, default=()
        Further columns of the table that the use case does not declare; each counts as known at
        the first moment, until somebody declares it.
    seed : int, default=0
        Of the folds; same seed, same report.

    Raises
    ------
    UsageError
        If the moment has no column with a value, or rows lack an outcome.
    TooFewOutcomes
        If there are too few rows of an outcome.
    """
    study = Study.of(use_case, table, moment, undeclared, seed)
    findings = study.findings()
    asked = [one for one in findings if one.verdict is not LeakVerdict.CLEAR and one.declared]
    moments = by_moment(use_case, study.coded, study.event, moment, seed=seed)
    ordering = arrival_column(table, use_case.schema)
    return LeakageReport(
        use_case=use_case.name,
        moment=moment.name,
        rows=table.num_rows,
        event=study.event.words,
        event_rate=study.event.rate,
        ordered_by=ordering.source if ordering else None,
        columns=tuple(sorted(findings, key=_worst_first)),
        moments=moments,
        without=without_each(asked, use_case, study.coded, study.event, moments[-1], seed=seed),
    )


def quick_findings(
    use_case: UseCase, table: pa.Table, moment: Moment, *, seed: int = 0
) -> tuple[ColumnFinding, ...]:
    """The verdicts of `find_leaks` without the ablation, which decides nothing; for gates."""
    study = Study.of(use_case, table, moment, (), seed)
    return tuple(sorted(study.findings(), key=_worst_first))


def _worst_first(finding: ColumnFinding) -> tuple[int, float]:
    return _WORST_FIRST.index(finding.verdict), -finding.evidence.alone.value
