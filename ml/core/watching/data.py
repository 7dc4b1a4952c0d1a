"""What is said of the rows of now beside those that the model was made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import pyarrow as pa

from ml.contract.modelling import DriftPolicy
from ml.contract.records import ColumnDrift
from ml.contract.schema import Column
from ml.contract.watch_policy import WatchPolicy
from ml.contract.watching import Severity, Signal, SignalState, Watched
from ml.core.drift.verdict import drifted_share
from ml.core.watching.arrivals import (
    arrival_signals,
    no_days,
    no_usual,
    rows_per_week,
    short_span,
    times_so_far,
    volume_signal,
)
from ml.core.watching.column_signals import Look, Weight
from ml.core.watching.saying import told, untold

#: Weighted share of drifted columns below which a model hardly notices.
_SOME = 0.01
#: From half of all that the model leans on, its scores should not be trusted.
_MOST = 0.5


def data_signals(  # noqa: PLR0913 - what is watched of data is told apart by name
    reference: pa.Table | None,
    current: pa.Table,
    *,
    columns: Sequence[Column],
    policy: WatchPolicy,
    drift: DriftPolicy,
    drifts: Sequence[ColumnDrift],
    importance: Mapping[str, float] | None = None,
    now: datetime | None = None,
    time_column: str | None = None,
    usual_weekly: float | None = None,
    usual_file: float | None = None,
) -> tuple[Signal, ...]:
    """Signals about data: drift, missing cells, new levels, ranges, volume, freshness.

    Parameters
    ----------
    reference : Table or None
        Cleaned rows of before, if there are any.
    current : Table
        Cleaned rows of now.
    columns : sequence of Column
        Columns that the model sees.
    policy, drift : WatchPolicy, DriftPolicy
        From when on something is raised.
    drifts : sequence of ColumnDrift
        What `ml.core.drift.compare_columns` found; a column without one is not judged.
    importance : mapping of str to float or None, default=None
        How much the model leans on each column; all the same where absent.
    now : datetime or None, default=None
        The clock, in UTC where it has no zone; without one, nothing is said of freshness.
    time_column : str or None, default=None
        Column with the day or time of each row's event; without one, the signals that need it
        say so (`NOT_KEPT`).
    usual_weekly : float or None, default=None
        Rows that usually come in a week; by default those of the reference, if it has times.
    usual_file : float or None, default=None
        Rows of a usual file, for files that do not say how many come in a week.

    Returns
    -------
    tuple of Signal
        With fewer rows than `drift.minimum_rows` on a side nothing is said of columns but that
        (`INSUFFICIENT_DATA`, `NO_REFERENCE`).

    Notes
    -----
    Severity grows with the effect and with what the model leans on (case study, section 3):

    - PSI of a drifted column: MEDIUM from `psi_alarm` (0.2) on, HIGH from twice that (0.4). Missing
      cells, new levels, numbers out of range: MEDIUM from their bound on, HIGH from five times it.
    - One degree less for a column that weighs less than the average one; LOW for one that the
      model does not use.
    - Weighted share of drifted columns: MEDIUM above 0, HIGH from `drifted_share` (0.2) on,
      CRITICAL from 0.5.

    Nothing is raised that chance explains: by Benjamini-Hochberg for drift, by four standard
    errors or as little chance elsewhere.
    """
    looks = _looks(reference, current, columns, policy, drift, importance)
    by_name = {seen.column: seen for seen in drifts}
    found = [
        signal
        for look in looks
        if look.column.name in by_name
        for signal in look.signals(by_name[look.column.name])
    ]
    head = _enough(reference, current, drift)
    if drifts and head.state == SignalState.OK:
        found.insert(0, _share(drifts, importance, drift))
    times = _times(current, time_column, policy, now)
    usual = usual_weekly or _weekly(reference, time_column, None)
    rows = _weekly(current, time_column, now)
    return (head, *found, *times, *_volume(current, rows, usual, usual_file, time_column, policy))


def _looks(
    reference: pa.Table | None,
    current: pa.Table,
    columns: Sequence[Column],
    policy: WatchPolicy,
    drift: DriftPolicy,
    importance: Mapping[str, float] | None,
) -> list[Look]:
    if reference is None or min(reference.num_rows, current.num_rows) < max(1, drift.minimum_rows):
        return []
    return [
        Look(
            column=column, reference=reference, current=current, watch=policy, drift=drift,
            weight=Weight.of(column.name, columns, importance),
        )
        for column in columns
    ]  # fmt: skip


def _enough(reference: pa.Table | None, current: pa.Table, drift: DriftPolicy) -> Signal:
    rows, bound = current.num_rows, drift.minimum_rows
    if reference is None:
        says = "There are no reference rows to compare with; train and deploy a model first."
        return untold(
            Watched.DATA, "rows", SignalState.NO_REFERENCE, value=rows, bound=bound, says=says
        )
    says = f"{rows:,} current and {reference.num_rows:,} reference rows (both need {bound:,})."
    if min(rows, reference.num_rows) < bound:
        return untold(
            Watched.DATA, "rows", SignalState.INSUFFICIENT_DATA, value=rows, bound=bound, says=says
        )
    return told(Watched.DATA, "rows", rows, bound=bound, says=says)


def _share(
    drifts: Sequence[ColumnDrift], importance: Mapping[str, float] | None, drift: DriftPolicy
) -> Signal:
    share = drifted_share(drifts, dict(importance) if importance else None)
    names = [seen.column for seen in drifts if seen.drifted]
    return told(
        Watched.DATA,
        "drifted_share",
        share,
        expected=0.0,
        bound=drift.drifted_share,
        severity=_of_share(share, drift),
        says=f"{len(names)} of {len(drifts)} columns drifted, weighing {share * 100:.0f} %.",
    )


def _of_share(share: float, drift: DriftPolicy) -> Severity | None:
    steps = {
        max(_MOST, drift.drifted_share): Severity.CRITICAL,
        drift.drifted_share: Severity.HIGH,
        _SOME: Severity.MEDIUM,
    }
    return next((severity for bound, severity in steps.items() if share >= bound), None)


def _times(
    current: pa.Table, time_column: str | None, policy: WatchPolicy, now: datetime | None
) -> Iterator[Signal]:
    if time_column is None:
        yield from no_days()
    elif now is not None:
        yield from arrival_signals(current, time_column, policy=policy, now=now)


def _volume(
    current: pa.Table,
    weekly: float | None,
    usual: float | None,
    usual_file: float | None,
    time_column: str | None,
    policy: WatchPolicy,
) -> Iterator[Signal]:
    if weekly is not None:
        yield volume_signal(weekly, usual, policy=policy) if usual else no_usual(weekly)
        return
    if usual_file:
        yield volume_signal(current.num_rows, usual_file, policy=policy, per="file")
    elif time_column is not None:
        yield short_span()


def _weekly(table: pa.Table | None, time_column: str | None, now: datetime | None) -> float | None:
    if table is None or time_column not in table.column_names:
        return None
    return rows_per_week(times_so_far(table[time_column], now))
