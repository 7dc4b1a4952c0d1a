"""Work that is measured in a process of its own: `python -m bench.work NAME WORDS...`.

Each function prints one JSON object; seconds leave out starting Python and importing.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bench.context import USE_CASE, home
from bench.peers.pandas_cleaning import pandas_frame
from bench.peers.pipeline import Peer
from ml.adapters.duckdb_engine import DuckdbEngine
from ml.adapters.duckdb_warehouse import DuckdbWarehouse
from ml.contract.names import LINE, Purpose
from ml.contract.records import CleanRecord, RowCount
from ml.contract.spelling import quote
from ml.contract.use_case import UseCase
from ml.core.canonical import canonical_hash
from ml.core.cleaning.record import record_cleaner
from ml.core.cleaning.sql import BROKEN, CLEAN, REPEATS, TEXT, CleaningSql, judged_columns
from ml.core.drift import judge
from ml.core.drift_report import drift_report
from ml.core.features.frame import LEVEL_KINDS
from ml.core.parquet_columns import ParquetColumns
from ml.core.scoring import Scorer
from ml.ports import Runtime
from ml.steps.clean import clean
from ml.steps.ingest import ingest
from ml.steps.snapshot import snapshot, verify
from ml.steps.split import split
from ml.use_cases import find

_CASE = find(USE_CASE)
_MOMENT = _CASE.default_moment
_CSV = "read_csv({}, all_varchar=true)"


@contextmanager
def _timed(into: dict[str, float], name: str) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    into[f"{name}_seconds"] = time.perf_counter() - wall
    into[f"{name}_cpu"] = time.process_time() - cpu


def prepare(source: str, where: str, keep: str = "") -> dict[str, float]:
    """Ingest and clean a file in a fresh home; keep the clean rows if told to."""
    found: dict[str, float] = {}
    with home(Path(where)) as runtime:
        with _timed(found, "ingest"):
            admitted = ingest(
                _CASE, runtime, source=Path(source), purpose=Purpose.TRAIN, moment=_MOMENT
            )
        with _timed(found, "clean"):
            cleaned = clean(_CASE, runtime, ingest=admitted)
        if keep:
            shutil.copyfile(runtime.lake.fetch(cleaned.clean), keep)
    return found | {"rows": cleaned.rows.received, "accepted": cleaned.rows.accepted}


class _NoWarehouse(DuckdbWarehouse):
    """Takes rows and keeps none: for what comes before them."""

    def prepare(self, use_case: UseCase) -> None:
        pass

    def load(self, table: str, file: Path, version: str) -> int:
        return 0


def raw_to_clean(source: str, where: str) -> dict[str, float]:
    """A raw file to clean rows and a quarantine in the lake, fingerprinted."""
    found: dict[str, float] = {}
    with home(Path(where)) as runtime:
        alone = replace(runtime, warehouse=_NoWarehouse(Path(where) / "none.duckdb"))
        with _timed(found, "ours"):
            cleaned = _cleaned(alone, Path(source), Purpose.TRAIN)
    return found | {"rows": pq.read_metadata(cleaned).num_rows}


def bare_raw_to_clean(source: str, where: str) -> dict[str, float]:
    """The same statements on DuckDB and nothing around them, from the same raw file."""
    found: dict[str, float] = {}
    Path(where).mkdir()
    with _timed(found, "bare"):
        text = Path(where) / "text.parquet"
        _bare_text(source, text)
        rows = _bare_sql(text)
    return found | {"rows": rows}


def three_paths(source: str, where: str) -> dict[str, Any]:
    """A file's canonical hash by the clean step, and by cleaning one record after another."""
    found: dict[str, Any] = {}
    with home(Path(where)) as runtime:
        with _timed(found, "duckdb"):
            admitted = ingest(
                _CASE, runtime, source=Path(source), purpose=Purpose.TRAIN, moment=_MOMENT
            )
            record = clean(_CASE, runtime, ingest=admitted)
        schema = pq.read_schema(runtime.lake.fetch(record.clean)).remove(0)
        text = pq.ParquetFile(runtime.lake.fetch(admitted.text))
        with _timed(found, "record"):
            read = record_cleaner(_CASE, judged_columns(_CASE.schema, Purpose.TRAIN, _MOMENT))
            parts = [
                pa.Table.from_pylist([read(row).values for row in batch.to_pylist()], schema)
                for batch in text.iter_batches()
            ]
            alone = canonical_hash(pa.concat_tables(parts), id_column=_CASE.schema.id.name)
    return found | {"duckdb": record.canonical_hash, "record": alone}


def prepare_only(source: str, where: str) -> dict[str, float]:
    """Ingest and clean a file in a fresh home: for the peak of memory."""
    with home(Path(where)) as runtime:
        cleaned = _cleaned(runtime, Path(source), Purpose.TRAIN)
        return {"rows": pq.read_metadata(cleaned).num_rows}


def _cleaned(runtime: Runtime, source: Path, purpose: Purpose) -> Path:
    admitted = ingest(_CASE, runtime, source=source, purpose=purpose, moment=_MOMENT)
    return runtime.lake.fetch(clean(_CASE, runtime, ingest=admitted).clean)


def _bare_text(source: str, to: Path) -> None:
    """Every cell as text, with its line: rows of a file in which nothing is odd."""
    named = ", ".join(f'"{c.source}" AS {c.name}' for c in _CASE.schema.columns)
    rows = f"SELECT row_number() OVER () + 1 AS {LINE}, {named} FROM {_CSV.format(quote(source))}"
    with duckdb.connect(config={"memory_limit": "768MB"}) as connection:
        connection.execute(f"COPY ({rows}) TO {quote(str(to))} (FORMAT parquet)")


def _bare_sql(text: Path) -> int:
    """The three statements that decide which rows are clean; the number of those."""
    judged = judged_columns(_CASE.schema, Purpose.TRAIN, _MOMENT)
    sql = CleaningSql(schema=_CASE.schema, judged=judged, consistency=_CASE.consistency)
    engine, tables, rows = DuckdbEngine(), {TEXT: text}, 0
    statements = {BROKEN: sql.broken, REPEATS: sql.repeats, CLEAN: sql.clean}
    for name, statement in statements.items():
        file = text.with_name(f"{name}.parquet")
        rows = engine.export(statement, tables, file)
        tables[name] = file
    return rows


def bare_duckdb(source: str, to: str) -> dict[str, float]:
    """CSV to typed Parquet as DuckDB does it by itself: it guesses types and checks nothing."""
    found: dict[str, float] = {}
    with _timed(found, "duckdb"), duckdb.connect(config={"memory_limit": "768MB"}) as connection:
        copied = f"COPY (FROM read_csv({quote(source)})) TO {quote(to)} (FORMAT parquet)"
        connection.execute(copied)
    return found


def freeze(clean_file: str, where: str) -> dict[str, float]:
    """Freeze clean rows as a training set of a fresh home, verify and divide them."""
    found: dict[str, float] = {}
    source, id_column = Path(clean_file), _CASE.schema.id.name
    with home(Path(where)) as runtime, runtime.lake.scratch() as scratch:
        with _timed(found, "copy"):
            runtime.lake.publish("clean.parquet", Path(shutil.copy(source, scratch / "copy")))
        rows = pq.read_metadata(source).num_rows
        cleaned = CleanRecord(
            source_sha256="",
            clean="clean.parquet",
            quarantine="",
            canonical_hash=canonical_hash(ParquetColumns(source), id_column=id_column),
            rows=RowCount(received=rows, accepted=rows),
        )
        with _timed(found, "freeze"):
            frozen = snapshot(_CASE, runtime, clean=cleaned)
        with _timed(found, "verify"):
            verify(_CASE, runtime, snapshot=frozen)
        with _timed(found, "split"):
            split(_CASE, runtime, snapshot=frozen)
    return found | {"rows": rows, "columns": frozen.columns}


def score_parts(source: str, where: str, trained: str) -> dict[str, float]:
    """Read, clean and predict alone, out of all that scoring a file does."""
    found: dict[str, float] = {}
    scorer = _scorer(Path(trained))
    with home(Path(where)) as runtime:
        with _timed(found, "read"):
            admitted = ingest(
                _CASE, runtime, source=Path(source), purpose=Purpose.SCORE, moment=_MOMENT
            )
        with _timed(found, "clean"):
            cleaned = clean(_CASE, runtime, ingest=admitted, hashed=False)
        with _timed(found, "predict"):
            batches = pq.ParquetFile(runtime.lake.fetch(cleaned.clean)).iter_batches()
            count = sum(len(scorer.predict(batch)) for batch in batches)
    return found | {"rows": count}


def _scorer(trained: Path) -> Scorer:
    with home(trained) as runtime:
        deployment = runtime.endpoint.current(_CASE.model_name(_MOMENT))
    assert deployment is not None
    return Scorer.of(deployment, use_case=_CASE, threads=os.cpu_count() or 1)


def pandas_pipeline(source: str, to: str, trained: str) -> dict[str, float]:
    """Raw CSV through pandas and the scikit-learn pipeline to scored Parquet."""
    found: dict[str, float] = {}
    peer = Peer.load(Path(trained))
    with _timed(found, "pandas"):
        frame = pandas_frame(Path(source), _CASE, _MOMENT)
        frame["probability"] = peer.pipeline.predict_proba(frame)[:, 1]
        frame.to_parquet(to)
    return found | {"rows": len(frame)}


def decide(clean_file: str) -> dict[str, float]:
    """The drift decision on a file against as many rows drawn from it anew."""
    columns = _CASE.schema.features(_MOMENT)
    levels = [column.name for column in columns if column.kind in LEVEL_KINDS]
    names = [column.name for column in columns]
    found: dict[str, float] = {}
    reference = pq.read_table(clean_file, columns=names, read_dictionary=levels)
    drawn = np.random.default_rng(5).integers(reference.num_rows, size=reference.num_rows)
    current = reference.take(pa.array(np.sort(drawn)))
    with _timed(found, "drift"):
        judged = judge(reference, current, columns=columns, policy=_CASE.drift)
    drifted = sum(column.drifted for column in judged.columns)
    return found | {"rows": current.num_rows, "columns": len(columns), "drifted": drifted}


def evidently(clean_file: str, rows: str) -> dict[str, float]:
    """Evidently's report, page included, on so many rows of each side."""
    columns = _CASE.schema.features(_MOMENT)
    table, many = pq.read_table(clean_file), int(rows)
    found: dict[str, float] = {}
    with _timed(found, "evidently"):
        drift_report(table.slice(0, many), table.slice(many, many), columns, rows=many)
    return found | {"rows": many, "columns": len(columns)}


def quoted_lines(source: str, to: str) -> dict[str, float]:
    """The same leads with a line break inside quotes in every row: only careful reading helps."""
    leads = pd.read_csv(source, dtype=str, keep_default_na=False)
    leads["City"] = leads["City"] + "\n"
    leads.to_csv(to, index=False)
    return {"rows": len(leads)}


def many_times(source: str, to: str, times: str) -> dict[str, float]:
    """A file several times over, every lead under ids of its own."""
    ids = (
        """"Prospect ID" || '-' || copy AS "Prospect ID", """
        """(CAST("Lead Number" AS BIGINT) + copy * 100000000)::VARCHAR AS "Lead Number" """
    )
    copied = (
        f"COPY (SELECT * REPLACE ({ids}) FROM read_csv({quote(source)}, all_varchar=true), "
        f"range({int(times)}) AS copies(copy)) TO {quote(to)} (HEADER)"
    ).replace("* REPLACE", "* EXCLUDE (copy) REPLACE")
    with duckdb.connect(config={"memory_limit": "2048MB"}) as connection:
        connection.execute(copied)
    return {}


WORK: Mapping[str, Callable[..., dict[str, Any]]] = {
    function.__name__: function
    for function in (
        prepare, prepare_only, raw_to_clean, bare_raw_to_clean, bare_duckdb, freeze, score_parts,
        pandas_pipeline, decide, evidently, quoted_lines, many_times, three_paths,
    )
}  # fmt: skip

if __name__ == "__main__":
    print(json.dumps(WORK[sys.argv[1]](*sys.argv[2:])))
