"""Records of a feature store: what may be put, what is kept, and what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from ml.contract.errors import UsageError
from ml.contract.feature_group import AS_OF, EVENT_TIME, FeatureGroup
from ml.contract.names import Kind
from ml.core.columns import ARROW_TYPES

#: Times of a feature store: UTC, as fine as SageMaker keeps them.
TIME = pa.timestamp("ms", tz="UTC")

_STORED = {"Fractional": pa.float64(), "Integral": pa.int64(), "String": pa.string()}


def record_schema(group: FeatureGroup) -> pa.Schema:
    """Columns of records as people put and get them: clean types, and the event's time."""
    clean = [(column.name, ARROW_TYPES[column.kind]) for column in group.columns]
    return pa.schema([*clean, (EVENT_TIME, TIME)])


def stored_schema(group: FeatureGroup) -> pa.Schema:
    """Columns of records as stores keep them: yes and no as 1 and 0, days as text."""
    kinds = group.definitions.items()
    return pa.schema([(n, TIME if n == EVENT_TIME else _STORED[kind]) for n, kind in kinds])


def checked_records(records: pa.Table, group: FeatureGroup, now: datetime) -> pa.Table:
    """Records as stores keep them; of those of one lead and time, the last.

    Parameters
    ----------
    records : Table
        With every column of the group and `event_time`; further columns are left out.
    group : FeatureGroup
    now : datetime
        No event may be later.

    Raises
    ------
    UsageError
        Naming the column, the value seen and what was expected.
    """
    columns = {name: _column(records, name) for name in record_schema(group).names}
    times = _times(columns.pop(EVENT_TIME), EVENT_TIME)
    _refuse_missing(columns[group.id.name], group.id.name)
    _refuse_future(times, columns[group.id.name], now)
    kept = {column.name: _stored(columns[column.name], column.kind) for column in group.columns}
    table = pa.table({**kept, EVENT_TIME: times}).cast(stored_schema(group))
    return _last_of_each(table, [group.id.name, EVENT_TIME])


def checked_questions(asked: pa.Table, group: FeatureGroup) -> pa.Table:
    """Leads and times to ask for; times finer than a store's are rounded down.

    Raises
    ------
    UsageError
        Naming the column, the value seen and what was expected.
    """
    leads = _column(asked, group.id.name).cast(pa.string())
    _refuse_missing(leads, group.id.name)
    times = _utc(_column(asked, AS_OF), AS_OF)
    floored = pc.floor_temporal(times, unit="millisecond") if times.type != TIME else times
    return pa.table({group.id.name: leads, AS_OF: floored.cast(TIME)})


def questions(leads: Sequence[str], at: datetime, group: FeatureGroup) -> pa.Table:
    """The same time asked for several leads, for each once."""
    names = pa.array(list(dict.fromkeys(leads)), pa.string())
    times = pa.array([at] * len(names), pa.timestamp("us", tz="UTC"))
    return checked_questions(pa.table({group.id.name: names, AS_OF: times}), group)


def answers(found: pa.Table, group: FeatureGroup) -> pa.Table:
    """Stored columns in the types that people put."""
    return pa.table(
        {field.name: found[field.name].cast(field.type) for field in _answer_schema(found, group)}
    )


def in_utc(moment: datetime, name: str) -> datetime:
    """A time that says its zone, in UTC.

    Raises
    ------
    UsageError
        If it says none.

    Examples
    --------
    >>> in_utc(datetime.fromisoformat("2026-03-01T12:00:00+02:00"), "as_of").isoformat()
    '2026-03-01T10:00:00+00:00'
    """
    if moment.tzinfo is None:
        raise UsageError(
            f"{name} is {moment.isoformat()} without a time zone; "
            f"expected UTC, such as {moment.isoformat()}+00:00"
        )
    return moment.astimezone(UTC)


def _answer_schema(found: pa.Table, group: FeatureGroup) -> pa.Schema:
    asked = [(AS_OF, TIME)] if AS_OF in found.schema.names else []
    return pa.schema([*record_schema(group), *pa.schema(asked)])


def _column(table: pa.Table, name: str) -> pa.ChunkedArray:
    if name not in table.schema.names:
        raise UsageError(
            f"there is no column {name!r}, only {', '.join(table.schema.names)}; add it"
        )
    return table[name]


def _utc(times: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    if not pa.types.is_timestamp(times.type) or times.type.tz != "UTC":
        raise UsageError(
            f"column {name!r} is {times.type}; expected timestamps in UTC: say the time zone"
        )
    _refuse_missing(times, name)
    return times


def _times(times: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    try:
        return _utc(times, name).cast(TIME)
    except pa.ArrowInvalid as error:
        raise UsageError(
            f"column {name!r} is finer than a millisecond, which stores keep: round it ({error})"
        ) from error


def _refuse_missing(column: pa.ChunkedArray, name: str) -> None:
    if column.null_count:
        raise UsageError(
            f"column {name!r} is missing in {column.null_count} of {len(column)} rows; "
            "a record needs it"
        )


def _refuse_future(times: pa.ChunkedArray, leads: pa.ChunkedArray, now: datetime) -> None:
    later = pc.greater(times, pa.scalar(now, pa.timestamp("us", tz="UTC")))
    first = pc.index(later, True).as_py()
    if first >= 0:
        raise UsageError(
            f"{EVENT_TIME} of lead {leads[first].as_py()!r} is {times[first].as_py().isoformat()}, "
            f"and now is {now.isoformat()}; expected what has happened"
        )


def _stored(column: pa.ChunkedArray, kind: Kind) -> pa.ChunkedArray:
    try:
        clean = column.cast(ARROW_TYPES[kind])
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UsageError(f"a column of kind {kind} is {column.type}: {error}; clean it") from error
    return clean.cast(pa.int64()) if kind is Kind.YES_NO else clean


def _last_of_each(table: pa.Table, keys: list[str]) -> pa.Table:
    """The last row of each key, in the order of the rows."""
    numbered = table.append_column("row", pa.array(range(table.num_rows), pa.int64()))
    last = numbered.group_by(keys).aggregate([("row", "max")])["row_max"]
    return table if len(last) == table.num_rows else table.take(last.sort())
