"""A laptop home with reference rows and, where asked for, a small model in force."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ml.bootstrap import laptop_runtime
from ml.contract.candidates import Candidate
from ml.contract.messages import Alert
from ml.contract.moments import Moment
from ml.contract.names import Estimator
from ml.contract.records import CleanRecord, RowCount, SplitRecord
from ml.contract.schema import header_key
from ml.contract.use_case import UseCase
from ml.core.features import feature_frame, feature_pipeline
from ml.core.generator import Scenario, generate_leads
from ml.core.scoring import package
from ml.ports import Deployment, Runtime
from ml.steps.watch import watch
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.clean_leads import clean_table


@dataclass
class Told:
    """Alerts that were sent, and what is over of them."""

    alerts: list[Alert] = field(default_factory=list)
    over: list[Alert] = field(default_factory=list)

    def send(self, alert: Alert) -> None:
        if not alert.over:
            self.alerts.append(alert)
        elif any(began.incident == alert.incident for began in self.alerts):
            self.over.append(alert)


class Silent:
    """Progress that nobody watches."""

    def start(self, step: str, total: int | None = None) -> None: ...

    def advance(self, units: int = 1, note: str = "") -> None: ...

    def done(self, note: str = "") -> None: ...


def generated(*, rows: int, seed: int, scenario: Scenario = Scenario(arrival_weeks=10)) -> pa.Table:  # noqa: B008
    """Synthetic leads as a clean table; by default of a stream that stays as it is."""
    frame = pd.concat(generate_leads(rows=rows, seed=seed, scenario=scenario))
    frame = frame.astype(object).where(frame.notna(), None)
    named = frame.rename(columns=header_key).to_dict("records")
    texts = [{k: None if v is None else str(v) for k, v in row.items()} for row in named]
    return clean_table(LEAD_CONVERSION.schema, texts)


def home_of(folder: Path, told: Told) -> Runtime:
    """A fresh home whose alerts are kept in `told`."""
    return replace(laptop_runtime(folder, Silent()), alerts=told)


def publish(runtime: Runtime, key: str, table: pa.Table) -> str:
    """Put a table into the lake; its key."""
    with runtime.lake.scratch() as folder:
        pq.write_table(table, folder / "rows.parquet")
        runtime.lake.publish(key, folder / "rows.parquet")
    return key


def reference_of(runtime: Runtime, table: pa.Table, *, test_rows: int) -> SplitRecord:
    """A table as training rows, its last rows as test rows."""
    train = publish(runtime, "splits/train.parquet", table.slice(0, table.num_rows - test_rows))
    test = publish(runtime, "splits/test.parquet", table.slice(table.num_rows - test_rows))
    rows = {"train": table.num_rows - test_rows, "validation": 0, "test": test_rows}
    return SplitRecord(train=train, validation="", test=test, rows=rows)


def deploy_model(runtime: Runtime, table: pa.Table, moment: Moment) -> None:
    """Fit a small LightGBM and put it in force."""
    case, model = LEAD_CONVERSION, LEAD_CONVERSION.model_name(moment)
    candidate = Candidate(estimator=Estimator.LIGHTGBM, params=(("n_estimators", 60),))
    pipeline = feature_pipeline(case, moment, candidate, seed=0, threads=1)
    pipeline.fit(feature_frame(table, case, moment), table["converted"].to_numpy())
    files = package(
        pipeline, use_case=case, moment=moment, model_name=model, background=table, facts={}
    )
    runtime.endpoint.deploy(Deployment(model=model, version="1", files=files))


def watched(
    runtime: Runtime,
    table: pa.Table,
    reference: SplitRecord | None,
    moment: Moment,
    *,
    name: str,
    use_case: UseCase = LEAD_CONVERSION,
    **options: Any,
):
    """What watching says of a clean table; options go to `watch`."""
    key = publish(runtime, f"clean/{name}.parquet", table)
    rows = RowCount(received=table.num_rows + 1, accepted=table.num_rows, quarantined=1)
    record = CleanRecord(source_sha256="", clean=key, quarantine="", canonical_hash=name, rows=rows)
    return watch(use_case, runtime, current=record, moment=moment, reference=reference, **options)
