"""The data checks of the laptop on what Spark has cleaned: the same statements, the same judge."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from glue_jobs.spark_cleaning import Cleaned
from glue_jobs.storage import Storage
from ml.contract.errors import DataStopped
from ml.contract.jobs import CleaningOptions
from ml.contract.names import Check, CheckState, Zone
from ml.contract.places import partition
from ml.contract.records import Finding
from ml.contract.use_case import UseCase
from ml.core.checks import Figures, Source, judge, measure, state_of, types_of, with_examples
from ml.core.checks.figures import ColumnFigures, NumberFigures
from ml.core.checks.sql import QUARANTINE
from ml.core.cleaning.sql import CLEAN, TEXT

# About a training set as a whole. Here a file may be an hour's few leads: they are told of.
_OF_TRAINING = {Check.ROWS, Check.ROWS_KEPT, Check.TARGET}


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What the checks found in one file; `figures` are what the next is compared with."""

    state: str
    findings: tuple[Finding, ...]
    figures: Figures

    def told(self) -> dict[str, Any]:
        """State, and a sentence per finding."""
        return {"state": self.state, "findings": [found.sentence() for found in self.findings]}


def check_rows(
    spark: SparkSession,
    use_case: UseCase,
    options: CleaningOptions,
    done: Cleaned,
    *,
    before: Figures | None,
    today: date,
) -> Checked:
    """Count what a file became, and judge the figures.

    Parameters
    ----------
    done : Cleaned
        The file.
    before : Figures or None
        Of the last file that was loaded.
    today : date
        In UTC.
    """
    source = _source(spark, use_case, options, done)
    now = measure(use_case, source, before)
    found = judge(use_case, now, before, today=today)
    findings = tuple(map(_milder, with_examples(use_case, found, source, before)))
    return Checked(state=state_of(findings), findings=findings, figures=now)


def refuse_if_stopped(use_case: UseCase, checked: Checked) -> None:
    """Let nobody query rows that the checks stop.

    Raises
    ------
    DataStopped
        Naming checks, columns, rows and the next move.
    """
    stopped = [found for found in checked.findings if found.state == CheckState.STOP]
    if stopped:
        raise DataStopped(use_case.name, stopped)


def _milder(found: Finding) -> Finding:
    return replace(found, state=CheckState.WARN) if found.check in _OF_TRAINING else found


def _source(
    spark: SparkSession, use_case: UseCase, options: CleaningOptions, done: Cleaned
) -> Source:
    def place(zone: Zone) -> str:
        return f"{options.target}/{partition(zone, use_case.name, done.version)}"

    views = {
        CLEAN: place(Zone.CLEAN),
        QUARANTINE: place(Zone.QUARANTINE),
        TEXT: f"{place(Zone.TEXT)}text.parquet",
    }
    for name, files in views.items():
        spark.read.parquet(files).createOrReplaceTempView(name)

    def run(sql: str) -> Iterable[Mapping[str, Any]]:
        return [row.asDict() for row in spark.sql(sql).collect()]

    natives = {c.name: c.dataType.simpleString() for c in spark.table(CLEAN).schema}
    return Source(
        run=run,
        dialect="spark",
        types=types_of(natives),
        received=done.rows.received,
        quarantined=done.rows.quarantined,
        text=True,
    )


def place_of_figures(use_case: UseCase, options: CleaningOptions) -> str:
    """Where the figures of the last file lie that was loaded."""
    return f"{options.target}/{Zone.CHECKS}/use_case={use_case.name}/latest.json"


def read_figures(storage: Storage, place: str, folder: Path) -> Figures | None:
    """Figures that `write_figures` left; None before the first."""
    if not storage.exists(place):
        return None
    storage.fetch(place, folder / "before.json")
    found = json.loads((folder / "before.json").read_text())
    columns = {name: _column(each) for name, each in found["columns"].items()}
    return Figures(**(found | {"columns": columns, "unknown": tuple(found["unknown"])}))


def _column(found: dict[str, Any]) -> ColumnFigures:
    number = NumberFigures(**found["number"]) if found["number"] else None
    return ColumnFigures(**(found | {"number": number}))


def write_figures(storage: Storage, figures: Figures, place: str, folder: Path) -> None:
    """Keep figures for the next file to be compared with."""
    file = folder / "figures.json"
    file.write_text(json.dumps(asdict(figures)))
    storage.send(file, place)
