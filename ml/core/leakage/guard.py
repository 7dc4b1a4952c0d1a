"""The leakage guard: every column that a model reads, held to the moment of its declaration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from ml.contract.errors import UsageError
from ml.contract.moments import Moment
from ml.contract.names import LeakVerdict
from ml.contract.schema import Column
from ml.contract.use_case import UseCase
from ml.core.arrival import Rows, arrival_column, arrival_order
from ml.core.coding import Coded, Floats, coded
from ml.core.leakage.ablation import by_moment, without_each
from ml.core.leakage.alone import auc, cross_fitted, folds_of
from ml.core.leakage.company import later_company
from ml.core.leakage.decided import decided_levels, decided_shares
from ml.core.leakage.event import Event, event_of
from ml.core.leakage.filling import filling
from ml.core.leakage.finding import ColumnFinding, Evidence, LeakageReport
from ml.core.leakage.judge import RECORD, Signs, Standing, signs_of
from ml.core.leakage.learned import learned
from ml.core.leakage.sentences import sentences
from ml.core.leakage.timing import timing

#: A column that is missing more often is not "always filled in".
_ALWAYS = 0.05
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
    study = _Study.of(use_case, table, moment, undeclared, seed)
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
    study = _Study.of(use_case, table, moment, (), seed)
    return tuple(sorted(study.findings(), key=_worst_first))


def _worst_first(finding: ColumnFinding) -> tuple[int, float]:
    return _WORST_FIRST.index(finding.verdict), -finding.evidence.alone.value


@dataclass(frozen=True, kw_only=True)
class _Study:
    """The columns as codes, and what all probes share."""

    use_case: UseCase
    event: Event
    columns: tuple[Column, ...]
    undeclared: frozenset[str]
    coded: Mapping[str, Coded]
    alone: Mapping[str, Floats]
    order: Rows | None
    seed: int

    @classmethod
    def of(
        cls,
        use_case: UseCase,
        table: pa.Table,
        moment: Moment,
        undeclared: Sequence[Column],
        seed: int,
    ) -> _Study:
        event = event_of(table, use_case)
        columns = (*use_case.schema.features(moment), *undeclared)
        everything = (*use_case.schema.features(use_case.moments[-1]), *undeclared)
        codes = {column.name: coded(table, column) for column in everything}
        if all(codes[column.name].missing.all() for column in columns):
            raise UsageError(f"no column of moment {moment} has a value in these rows")
        folds = folds_of(event.happened, seed=seed)
        return cls(
            use_case=use_case,
            event=event,
            columns=columns,
            undeclared=frozenset(column.name for column in undeclared),
            coded=codes,
            alone={
                column.name: cross_fitted(codes[column.name], event.happened, folds)
                for column in columns
            },
            order=arrival_order(table, use_case.schema),
            seed=seed,
        )

    def findings(self) -> list[ColumnFinding]:
        """One per column, in schema order."""
        expected = self._expected()
        return [self._finding(column, self._evidence(column, expected)) for column in self.columns]

    def _expected(self) -> Floats:
        """What a model makes of the first moment's columns that are always filled in.

        Beside it the odds of missing fields count: a field may well be empty more often where
        leads come from a source that converts less.
        """
        first = self.use_case.schema.features(self.use_case.moments[0])
        always = [
            self.coded[column.name]
            for column in first
            if self.coded[column.name].missing_share <= _ALWAYS and not self._is_record(column)
        ]
        return learned(always, self.event.happened, seed=self.seed)

    def _is_record(self, column: Column) -> bool:
        return auc(self.event.happened, self.alone[column.name]).low >= RECORD

    def _evidence(self, column: Column, expected: Floats) -> Evidence:
        codes, alone = self.coded[column.name], self.alone[column.name]
        decided = decided_levels(codes, self.event)
        announcing, excluding = decided_shares(decided, len(alone))
        later = later_company(
            column, self.use_case.schema.features(self.use_case.moments[-1]), self.coded
        )
        return Evidence(
            alone=auc(self.event.happened, alone),
            decided=decided,
            announcing=announcing,
            excluding=excluding,
            missing_share=codes.missing_share,
            filling=filling(codes, self.event, expected),
            company=tuple(other.name for other in later),
            timing=timing(codes, self.event, alone, self.order),
        )

    def _finding(self, column: Column, evidence: Evidence) -> ColumnFinding:
        standing = Standing.of(column.known_from, self.use_case.moments)
        signs = signs_of(evidence, standing)
        known = {leak.column: leak for leak in self.use_case.known_leaks}.get(column.name)
        return ColumnFinding(
            column=column.name,
            source=column.source,
            label=column.label,
            known_from=column.known_from.name,
            declared=column.name not in self.undeclared,
            verdict=_verdict(signs, acknowledged=known is not None),
            agrees=not (signs.leak or signs.suspect),
            sentences=sentences(
                evidence, signs, known_from=column.known_from, standing=standing,
                event=self.event, use_case=self.use_case, known=known,
                undeclared=column.name in self.undeclared,
            ),
            evidence=evidence,
        )  # fmt: skip


def _verdict(signs: Signs, *, acknowledged: bool) -> LeakVerdict:
    if acknowledged:
        return LeakVerdict.ACKNOWLEDGED
    if signs.leak:
        return LeakVerdict.LEAK
    return LeakVerdict.SUSPECT if signs.suspect else LeakVerdict.CLEAR
