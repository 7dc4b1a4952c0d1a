"""Score rows: the scores of a cleaned file as rows of the table that people query."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.moments import Moment
from ml.contract.names import Step, Table
from ml.contract.records import CleanRecord
from ml.contract.use_case import UseCase
from ml.core.scoring.scored_batch import scored_batch
from ml.core.table_rows import in_tables, row_schema
from ml.ports import Runtime
from ml.steps.score import BATCH_ROWS, deployed_scorer


def score_rows(
    use_case: UseCase, runtime: Runtime, *, clean: CleanRecord, moment: Moment, to: Path
) -> int:
    """Write a row for each clean row, scored by the model in force; their number.

    Parameters
    ----------
    clean : CleanRecord
        The rows.
    moment : Moment
        Which model.
    to : Path
        Parquet, with the columns of `Table.SCORES`; reasons are left out, as they cost more than
        the scores.

    Raises
    ------
    StepMissing
        If no model is in force.
    """
    scorer = deployed_scorer(use_case, runtime, moment, Step.SCORE)
    schema, lead = row_schema(use_case, Table.SCORES), use_case.schema.id.name
    same = {
        "moment": moment.name,
        "model_version": scorer.version,
        "scored_at": in_tables(runtime.now()),
    }
    tables = {"clean": runtime.lake.fetch(clean.clean)}
    count = 0
    with pq.ParquetWriter(to, schema) as writer:
        for batch in runtime.engine.batches("SELECT * FROM clean", tables, BATCH_ROWS):
            scored = scored_batch(scorer, batch)
            columns = [
                pa.array([same[name]] * batch.num_rows, kind) if name in same
                else (batch if name == lead else scored).column(name)
                for name, kind in zip(schema.names, schema.types, strict=True)
            ]  # fmt: skip
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
            count += batch.num_rows
    return count
