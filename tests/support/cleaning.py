"""A real intake and a real cleaning on a folder, for tests that look at what came out."""

import csv
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq

from ml.adapters.duckdb_engine import DuckdbEngine
from ml.adapters.duckdb_warehouse import DuckdbWarehouse
from ml.adapters.local_lake import LocalLake
from ml.contract.moments import CONTACTED
from ml.contract.names import LINE, Purpose
from ml.contract.records import CleanRecord
from ml.steps.clean import clean
from ml.steps.ingest import ingest
from ml.use_cases.lead_conversion import LEAD_CONVERSION


class Silent:
    """Progress that nobody watches."""

    def start(self, step, total=None):
        pass

    def advance(self, units=1, note=""):
        pass

    def done(self, note=""):
        pass


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a file became."""

    record: CleanRecord
    clean: pa.Table
    quarantine: pa.Table

    def row(self, lead):
        """The clean row of a lead; None where it was not accepted."""
        found = [row for row in self.clean.to_pylist() if row["prospect_id"] == lead]
        return found[0] if found else None

    def faults(self, line):
        """(rule, column) of a line in quarantine."""
        rows = self.quarantine.to_pylist()
        return [(row["rule"], row["column"]) for row in rows if row[LINE] == line]


def runtime(folder, engine=None):
    """As much of a laptop home as intake and cleaning touch."""
    return SimpleNamespace(
        lake=LocalLake(folder / "lake"),
        engine=engine or DuckdbEngine(threads=1),
        warehouse=DuckdbWarehouse(folder / "warehouse.duckdb"),
        progress=Silent(),
    )


def cleaned(
    rows, folder, *, use_case=LEAD_CONVERSION, purpose=Purpose.SCORE, moment=CONTACTED
) -> Outcome:
    """Rows, as mappings from column name to text, written as CSV, admitted and cleaned."""
    folder.mkdir(parents=True, exist_ok=True)
    source = write_csv(rows, folder / "leads.csv", use_case.schema.columns)
    here = runtime(folder)
    admitted = ingest(use_case, here, source=source, purpose=purpose, moment=moment)
    record = clean(use_case, here, ingest=admitted)
    return Outcome(
        record=record,
        clean=pq.read_table(here.lake.fetch(record.clean)),
        quarantine=pq.read_table(here.lake.fetch(record.quarantine)),
    )


def write_csv(rows, file: Path, columns) -> Path:
    """Rows under the source headers; a row lacks a cell where it is empty."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        writer.writerow([column.source for column in columns])
        writer.writerows([row.get(column.name) or "" for column in columns] for row in rows)
    return file
