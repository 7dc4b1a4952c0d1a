"""What is raised about single columns: drift, missing cells, new levels, numbers out of range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.spatial.distance import jensenshannon

from ml.contract.modelling import DriftPolicy
from ml.contract.names import OTHER, Kind
from ml.contract.records import ColumnDrift
from ml.contract.schema import Column
from ml.contract.watch_policy import WatchPolicy
from ml.contract.watching import Severity, Signal, Watched
from ml.core.checks.chance import beyond_chance
from ml.core.columns import Floats
from ml.core.drift.bins import Level, level_bins
from ml.core.drift.tables import is_number, level_counts, number_values
from ml.core.drift.two_sample import Test
from ml.core.drift.unseen import beyond_chance_unseen
from ml.core.watching.saying import ladder, moved, told

#: From twice the PSI that alarms on, and five times any other bound, a column matters more.
_PSI_FACTOR, _FACTOR = 2.0, 5.0

_Levels = Mapping[Level, int]


@dataclass(frozen=True, kw_only=True)
class Weight:
    """How much the model leans on a column, beside how much it leans on the average one."""

    of_average: float

    @classmethod
    def of(
        cls, column: str, columns: Sequence[Column], importance: Mapping[str, float] | None
    ) -> Weight:
        """By its share of all importance; average where nobody knows."""
        whole = sum(max(0.0, weight) for weight in (importance or {}).values())
        if importance is None or not whole > 0:
            return cls(of_average=1.0)
        return cls(of_average=max(0.0, importance.get(column, 0.0)) / whole * len(columns))

    def applied(self, severity: Severity | None) -> Severity | None:
        """The severity as it is for a column of at least average weight, one degree less below.

        What the model does not look at is worth no more than a line in the report.
        """
        if severity is None or self.of_average >= 1:
            return severity
        return moved(severity, -1) if self.of_average > 0 else Severity.LOW


@dataclass(frozen=True, kw_only=True)
class Look:
    """One column on both sides, and what is known of it."""

    column: Column
    reference: pa.Table
    current: pa.Table
    weight: Weight
    watch: WatchPolicy
    drift: DriftPolicy

    def signals(self, seen: ColumnDrift) -> Iterator[Signal]:
        """All that can be said of the column; `seen` is what comparing it found."""
        yield self._drift(seen)
        yield self._missing(seen)
        if is_number(self.column):
            # Days move on: that today lies beyond the past is no news.
            if self.column.kind is not Kind.DATE:
                yield from self._range()
        else:
            before, now = (
                level_counts(side, self.column) for side in (self.reference, self.current)
            )
            yield self._distance(before, now)
            yield self._new_levels(before, now)

    def _told(
        self,
        name: str,
        value: float,
        says: str,
        *,
        expected: float | None = None,
        bound: float | None = None,
        severity: Severity | None = None,
    ) -> Signal:
        return told(
            Watched.DATA, name, value, subject=self.column.name, expected=expected, bound=bound,
            severity=self.weight.applied(severity), says=says,
        )  # fmt: skip

    def _drift(self, seen: ColumnDrift) -> Signal:
        bound = self.drift.psi_alarm
        return self._told(
            "psi",
            seen.psi,
            f"{self.column.name} has a PSI of {seen.psi:.2f} (alarm from {bound:g} on; "
            f"{Test(seen.test).words} p {seen.p_value:.2g}).",
            bound=bound,
            severity=ladder(seen.psi, bound, factor=_PSI_FACTOR) if seen.drifted else None,
        )

    def _missing(self, seen: ColumnDrift) -> Signal:
        now = _missing_share(self.current, self.column)
        before, bound = now - seen.missing_change, self.watch.missing_rise
        sure = beyond_chance(now, self.current.num_rows, before, self.reference.num_rows)
        return self._told(
            "missing_share",
            now,
            f"{_percent(now)} of {self.column.name} is missing; it was {_percent(before)}.",
            expected=before,
            bound=min(1.0, before + bound),
            severity=ladder(seen.missing_change, bound, factor=_FACTOR) if sure else None,
        )

    def _distance(self, before: _Levels, now: _Levels) -> Signal:
        binned = level_bins(before, now)
        distance = float(jensenshannon(binned.reference, binned.current, base=2))
        says = (
            f"{self.column.name} lies {distance:.2f} from the reference (Jensen-Shannon, 0 to 1)."
        )
        return self._told("jensen_shannon", distance, says)

    def _new_levels(self, before: _Levels, now: _Levels) -> Signal:
        pooled = OTHER if OTHER not in self.column.levels else None
        rows, known = self.current.num_rows, self.reference.num_rows
        new = sum(
            n for level, n in now.items() if level and (level not in before or level == pooled)
        )
        old = before.get(pooled, 0) if pooled else 0
        once = sum(1 for level, n in before.items() if level and n == 1)
        share, expected, bound = new / rows, old / known, self.watch.new_levels
        sure = beyond_chance_unseen(new, rows, seen=old + once + 1, of=known)
        return self._told(
            "new_levels",
            share,
            f"{_percent(share)} of {self.column.name} are levels that the reference does not "
            f"know; {_percent(expected)} were.",
            expected=expected,
            bound=expected + bound,
            severity=ladder(share - expected, bound, factor=_FACTOR) if sure else None,
        )

    def _range(self) -> Iterator[Signal]:
        before, now = (number_values(side, self.column) for side in (self.reference, self.current))
        known = before[~np.isnan(before)]
        if not known.size:
            return
        low, high = float(known.min()), float(known.max())
        outside = int(np.count_nonzero((now < low) | (now > high)))
        share, bound = outside / now.size, self.watch.outside_range
        sure = beyond_chance_unseen(outside, now.size, seen=2, of=known.size)
        yield self._told(
            "outside_range",
            share,
            f"{_percent(share)} of {self.column.name} lie outside of {low:g} to {high:g}, which is "
            "all that the reference has seen.",
            expected=2 / (known.size + 1),
            bound=bound,
            severity=ladder(share, bound, factor=_FACTOR) if sure else None,
        )


def _missing_share(table: pa.Table, column: Column) -> float:
    if column.name not in table.column_names:
        return 1.0
    if is_number(column):
        values: Floats = number_values(table, column)
        return float(np.isnan(values).mean())
    return float(table[column.name].null_count / table.num_rows)


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"
