"""One table under study: its columns as codes, all probes, and the verdict on each column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from ml.contract.errors import UsageError
from ml.contract.moments import Moment
from ml.contract.names import LeakVerdict
from ml.contract.schema import Column
from ml.contract.use_case import UseCase
from ml.core.arrival import Rows, arrival_order
from ml.core.coding import Coded, Floats, coded
from ml.core.leakage.alone import auc, cross_fitted, folds_of
from ml.core.leakage.company import later_company
from ml.core.leakage.decided import decided_levels, decided_shares
from ml.core.leakage.event import Event, event_of
from ml.core.leakage.filling import filling
from ml.core.leakage.finding import ColumnFinding, Evidence
from ml.core.leakage.judge import RECORD, Signs, Standing, signs_of
from ml.core.leakage.learned import learned
from ml.core.leakage.sentences import sentences
from ml.core.leakage.timing import timing

#: A column that is missing more often is not "always filled in".
_ALWAYS = 0.05


@dataclass(frozen=True, kw_only=True)
class Study:
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
    ) -> Study:
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
        declared = column.name not in self.undeclared
        return ColumnFinding(
            column=column.name if declared else column.source,
            source=column.source,
            label=column.label,
            known_from=column.known_from.name,
            declared=declared,
            verdict=_verdict(signs, acknowledged=known is not None),
            agrees=not (signs.leak or signs.suspect),
            sentences=sentences(
                evidence, signs, known_from=column.known_from, standing=standing,
                event=self.event, use_case=self.use_case, known=known,
                undeclared=not declared,
            ),
            evidence=evidence,
        )  # fmt: skip


def _verdict(signs: Signs, *, acknowledged: bool) -> LeakVerdict:
    if acknowledged:
        return LeakVerdict.ACKNOWLEDGED
    if signs.leak:
        return LeakVerdict.LEAK
    return LeakVerdict.SUSPECT if signs.suspect else LeakVerdict.CLEAR
