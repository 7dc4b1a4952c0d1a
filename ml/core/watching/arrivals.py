"""When rows came and how many: freshness, times that lie ahead, volume."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ml.contract.watch_policy import WatchPolicy
from ml.contract.watching import Severity, Signal, SignalState, Watched
from ml.core.columns import Floats
from ml.core.watching.saying import fault, ladder, told, untold

#: Rows that come in a week.
VOLUME: Final = "volume"
#: Clocks differ by seconds; what lies further ahead was stamped by one that is wrong.
_AHEAD_SECONDS = 300.0
#: A day begins so much earlier in the furthest east than in UTC.
_EAST_SECONDS = 14 * 3_600.0
_DAY, _WEEK = 86_400.0, 7 * 86_400.0
#: Days from which a file stands for a week: one without its weekend does.
_A_WEEK = 5.0
#: Standard errors of a count beyond which chance no longer explains it.
_ERRORS = 4.0


def event_times(column: pa.ChunkedArray | pa.Array) -> Floats:
    """Seconds since 1970 in UTC, NaN where missing; a time without a zone is one of UTC.

    Examples
    --------
    >>> from datetime import date
    >>> event_times(pa.array([date(1970, 1, 2), None])).tolist()
    [86400.0, nan]
    """
    if pa.types.is_timestamp(column.type):
        # Microseconds since 1970: what counts is the instant, which a zone does not change.
        ticks = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False).cast(pa.int64())
        return _floats(ticks) / 1e6
    return _floats(column.cast(pa.date32()).cast(pa.int32())) * _DAY


def _floats(column: pa.ChunkedArray | pa.Array) -> Floats:
    filled = pc.fill_null(column.cast(pa.float64()), float("nan"))
    return np.asarray(filled.to_numpy(), dtype=np.float64)


def arrival_signals(
    current: pa.Table, time_column: str, *, policy: WatchPolicy, now: datetime
) -> Iterator[Signal]:
    """Age of the newest row, and the rows that lie ahead of the clock.

    Parameters
    ----------
    current : Table
        Its column `time_column` holds days or times; times without a zone are in UTC.
    policy : WatchPolicy
        From `stale_days` on the data is stale, from twice that it matters more.
    now : datetime
        The clock; without a zone it is in UTC.

    Yields
    ------
    Signal
        `future_rows` and `age_days`; without the column, or a row with a time, only that nobody
        can tell the age.

    Notes
    -----
    A time more than five minutes ahead is wrong and does not count as the newest; a day is ahead
    once it has begun nowhere on earth.
    """
    if time_column not in current.column_names:
        yield _no_time("age_days", time_column)
        return
    times = event_times(current[time_column])
    known = times_so_far(current[time_column], now)
    undated = int(np.isnan(times).sum())
    yield _future(len(times) - undated - len(known), current.num_rows)
    if known.size:
        yield _freshness(known, _seconds(now), policy, undated)
    else:
        yield _no_time("age_days", time_column)


def times_so_far(column: pa.ChunkedArray | pa.Array, now: datetime | None) -> Floats:
    """Seconds since 1970 of what has a time, without those that lie ahead of the clock.

    Parameters
    ----------
    column : Array
        Days or times.
    now : datetime or None
        The clock, in UTC where it has no zone; without one nothing lies ahead.
    """
    times = event_times(column)
    known = times[~np.isnan(times)]
    if now is None:
        return known
    grace = _AHEAD_SECONDS + (0 if pa.types.is_timestamp(column.type) else _EAST_SECONDS)
    return known[known <= _seconds(now) + grace]


def _seconds(now: datetime) -> float:
    return (now if now.tzinfo else now.replace(tzinfo=UTC)).timestamp()


def _no_time(name: str, column: str) -> Signal:
    says = f"No row has a time in {column}, so its age cannot be told."
    return untold(Watched.DATA, name, SignalState.INSUFFICIENT_DATA, says=says)


def _future(ahead: int, rows: int) -> Signal:
    says = (
        f"{ahead:,} of {rows:,} rows are dated in the future; look at the clock and the time zone "
        "of what writes them."
        if ahead
        else "No row is dated in the future."
    )
    return fault(Watched.DATA, "future_rows", ahead, rows, says=says)


def _freshness(times: Floats, clock: float, policy: WatchPolicy, undated: int) -> Signal:
    age = max(0.0, (clock - float(times.max())) / _DAY)
    beside = f"; {undated:,} rows have no day that can be read" if undated else ""
    return told(
        Watched.DATA,
        "age_days",
        age,
        bound=policy.stale_days,
        severity=ladder(age, policy.stale_days, factor=2),
        says=f"The newest row is {age:.1f} days old (stale from {policy.stale_days:g} on){beside}.",
    )


def rows_per_week(times: Floats) -> float | None:
    """Rows per week between the oldest and the newest; None if they do not span one.

    Parameters
    ----------
    times : ndarray of shape (n_rows,)
        Seconds since 1970, as `event_times` gives them.

    Examples
    --------
    >>> rows_per_week(np.arange(14) * 86_400.0)
    7.0
    >>> rows_per_week(np.array([0.0])) is None
    True
    """
    known = times[~np.isnan(times)]
    if not known.size:
        return None
    days = (float(known.max()) - float(known.min())) / _DAY + 1
    return float(known.size / max(1.0, days / 7)) if days >= _A_WEEK else None


def volume_signal(rows: float, usual: float, *, policy: WatchPolicy, per: str = "week") -> Signal:
    """Rows beside what is usual: `volume` of a week, `file_rows` of a file.

    Parameters
    ----------
    rows, usual : float
        Of now, and of before; `usual` above 0.
    policy : WatchPolicy
        Fewer than `volume_change` of the usual are raised, and more than its reciprocal; from the
        square of either on it matters more.
    per : {"week", "file"}, default="week"
        What they are counted by. Files may be cut anyhow: their size matters one degree less.

    Notes
    -----
    Four standard errors of a Poisson count are left to chance.
    """
    share = rows / usual
    fold = max(share, 1 / share) if share > 0 else math.inf
    bound = 1 / policy.volume_change
    odd = abs(rows - usual) > _ERRORS * math.sqrt(usual)
    first = Severity.MEDIUM if per == "week" else Severity.LOW
    return told(
        Watched.DATA,
        VOLUME if per == "week" else "file_rows",
        rows,
        expected=usual,
        bound=usual * policy.volume_change if share < 1 else usual * bound,
        severity=ladder(fold, bound, factor=bound, first=first) if odd else None,
        says=f"{rows:,.0f} rows per {per}; {usual:,.0f} are usual.",
    )


def short_span() -> Signal:
    """Too few days to say how many rows come in a week."""
    says = "The rows do not span a week, so nobody can say whether they are as many as usual."
    return untold(Watched.DATA, VOLUME, SignalState.INSUFFICIENT_DATA, says=says)


def no_usual(rows: float) -> Signal:
    """Rows of a week without anything to hold them beside: their number, for looks to come."""
    says = f"{rows:,.0f} rows per week; earlier looks do not say yet how many are usual."
    return untold(Watched.DATA, VOLUME, SignalState.NOT_KEPT, value=rows, says=says)


def no_days() -> Iterator[Signal]:
    """What nobody can tell of rows that do not say when they came."""
    lack = "The file does not say when its rows came (a column of role TIME, or 'Arrival Date')"
    state = SignalState.NOT_KEPT
    yield untold(
        Watched.DATA, "age_days", state, says=f"{lack}, so nobody can tell how new they are."
    )
    yield untold(
        Watched.DATA, VOLUME, state, says=f"{lack}, so nobody can tell how many come in a week."
    )
