"""Put features: what is known of leads at arrival goes to the feature store, with its time."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.feature_group import EVENT_TIME, FeatureGroup
from ml.contract.names import Role
from ml.contract.records import CleanRecord
from ml.contract.use_case import UseCase
from ml.core.feature_records import TIME
from ml.ports import FeatureStore, Runtime

_BATCH_ROWS = 20_000


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
        When they were true, for rows whose column of role TIME says no day. A day counts from
        its first moment in UTC.

    Raises
    ------
    UsageError
        If a row's time lies in the future.
    """
    group = FeatureGroup.of(use_case)
    days = use_case.schema.with_role(Role.TIME)
    names = [column.name for column in (*group.columns, *days)]
    file = pq.ParquetFile(runtime.lake.fetch(clean.clean))
    count = 0
    for batch in file.iter_batches(_BATCH_ROWS, columns=list(dict.fromkeys(names))):
        rows = pa.Table.from_batches([batch])
        times = pa.nulls(rows.num_rows, TIME)
        if days:
            times = rows[days[0].name].cast(pa.timestamp("ms")).cast(TIME)
        times = times.fill_null(pa.scalar(at, pa.timestamp("us", tz="UTC")).cast(TIME, safe=False))
        count += store.put_records(rows.append_column(EVENT_TIME, times))
    return count
