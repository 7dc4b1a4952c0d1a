"""The file of a scoring: every row of the input in its order, as Parquet or CSV."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.moments import Moment
from ml.contract.names import LINE, Kind, Role
from ml.contract.records import CleanRecord, IngestRecord
from ml.contract.use_case import UseCase
from ml.core.behind import Behind
from ml.core.cleaning.sql import render
from ml.core.scored_table import held_sql, scored_rows, scored_schema
from ml.core.spreadsheet import csv_chunks
from ml.ports import Runtime

#: Rows that are joined at once, and how many times as many make a row group of the output.
_ROWS, _GROUP_BATCHES = 20_000, 6
_SENTENCES = frozenset({"reasons_for", "reasons_against"})


def write_scored_file(
    use_case: UseCase,
    runtime: Runtime,
    moment: Moment,
    admitted: IngestRecord,
    cleaned: CleanRecord,
    scratch: Path,
    output: Path,
) -> None:
    """Put what was read, scored and held back together.

    Parameters
    ----------
    admitted : IngestRecord
        What was read.
    cleaned : CleanRecord
        What was held back.
    scratch : Path
        Folder with `scores.parquet`, by ascending line.
    output : Path
        `.csv` or `.parquet`; replaced whole.
    """
    table = scratch / "table.parquet"
    with (
        read_words(runtime.lake.fetch(admitted.text), use_case) as text,
        read_words(scratch / "scores.parquet", use_case) as scores,
    ):
        _join(use_case, moment, text, scores, _held(runtime, cleaned), table)
    finished = table if output.suffix == ".parquet" else _as_csv(table, scratch / "table.csv")
    half = output.with_name(f".{output.name}.part")
    shutil.copyfile(finished, half)
    half.replace(output)


def read_words(file: Path, use_case: UseCase) -> pq.ParquetFile:
    """A table whose words are read as places in a list; ids, which never repeat, are not."""
    ids = {column.name for column in use_case.schema.columns if column.kind is Kind.TEXT}
    names = {field.name for field in pq.read_schema(file) if pa.types.is_string(field.type)}
    return pq.ParquetFile(file, read_dictionary=sorted(names - ids - _SENTENCES))


def _held(runtime: Runtime, cleaned: CleanRecord) -> Iterator[pa.RecordBatch]:
    statement = render(held_sql(), runtime.engine.dialect)
    files = {"quarantine": runtime.lake.fetch(cleaned.quarantine)}
    return runtime.engine.batches(statement, files, _ROWS)


def _join(
    use_case: UseCase,
    moment: Moment,
    text: pq.ParquetFile,
    scores: pq.ParquetFile,
    held: Iterator[pa.RecordBatch],
    to: Path,
) -> None:
    unseen = _unseen(use_case, moment)
    cells = {c.name: c.source for c in use_case.schema.columns if c.name not in unseen}
    schema = scored_schema(scores.schema_arrow, text.schema_arrow, cells)
    read = text.iter_batches(_ROWS, columns=[LINE, *cells])
    rows = scored_rows(read, scores.iter_batches(_ROWS), held, schema=schema, cells=cells)
    words = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    # Other programs should see words, not how they were kept here.
    with (
        pq.ParquetWriter(to, schema, use_dictionary=words, store_schema=False) as writer,
        Behind() as behind,
    ):
        for group in _groups(rows):
            behind.do(partial(writer.write_table, group))


def _groups(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Batches put together to groups of the output: one list of words for each column."""
    while some := list(islice(batches, _GROUP_BATCHES)):
        yield pa.Table.from_batches(some).unify_dictionaries()


def _unseen(use_case: UseCase, moment: Moment) -> frozenset[str]:
    """Columns that scoring leaves out: the outcome, and what is known only later."""
    later = {column.name for column in use_case.schema.columns if column.known_from > moment}
    outcome = {column.name for column in use_case.schema.with_role(Role.TARGET)}
    return frozenset(later | outcome)


def _as_csv(table: Path, file: Path) -> Path:
    parquet = pq.ParquetFile(table)
    with file.open("wb") as stream:
        stream.writelines(csv_chunks(parquet.iter_batches(), parquet.schema_arrow))
    return file
