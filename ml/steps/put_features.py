"""Put features: what is known of leads at arrival goes to the feature store, with its time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ml.contract.feature_group import EVENT_TIME, FeatureGroup
from ml.contract.names import Role
from ml.contract.records import CleanRecord
from ml.contract.use_case import UseCase
from ml.core.feature_records import TIME
from ml.ports import FeatureStore, Runtime

_BATCH_ROWS = 20_000
_DAY = timedelta(days=1)


def put_features(
    use_case: UseCase,
    runtime: Runtime,
    store: FeatureStore,
    *,
    clean: CleanRecord,
    at: datetime,
) -> int:
    """Keep the clean rows of a file as records; their number.

    Parameters
    ----------
    store : FeatureStore
        Of the use case.
    clean : CleanRecord
        The rows.
    at : datetime
        When they were true. Where a column of role TIME says on which day, and the day had ended
        before, the end of the day in UTC: a lead of the evening was not known in the morning.

    Raises
    ------
    UsageError
        If a row's time lies in the future.
    """
    group, days = FeatureGroup.of(use_case), use_case.schema.with_role(Role.TIME)
    names = dict.fromkeys(column.name for column in (*group.columns, *days))
    file = pq.ParquetFile(runtime.lake.fetch(clean.clean))
    count = 0
    for batch in file.iter_batches(_BATCH_ROWS, columns=list(names)):
        rows = pa.Table.from_batches([batch])
        times = _times(rows, days[0].name if days else None, at)
        count += store.put_records(rows.append_column(EVENT_TIME, times))
    return count


def _times(rows: pa.Table, day: str | None, at: datetime) -> pa.ChunkedArray:
    known = pa.scalar(at, pa.timestamp("us", tz="UTC")).cast(TIME, safe=False)
    if day is None:
        return pa.chunked_array([pa.repeat(known, rows.num_rows)])
    ends = pc.add(rows[day].cast(pa.timestamp("ms")).cast(TIME), pa.scalar(_DAY))
    ended = pc.fill_null(pc.less(ends, known), fill_value=False)
    return pc.if_else(ended, ends, known).cast(TIME)
