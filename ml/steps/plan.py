"""Plan: score leads with the model in force and choose those to work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ml.contract.errors import UnknownName, UsageError
from ml.contract.modelling import BinaryTask
from ml.contract.moments import Moment
from ml.contract.names import Step
from ml.contract.records import CleanRecord, IngestRecord, SplitRecord
from ml.contract.use_case import UseCase
from ml.core.columns import numbers
from ml.core.dataset_parts import fetch_part
from ml.core.planning import Leads, Plan, Terms, make_plan
from ml.core.planning.work_list import work_list
from ml.core.plots.profit_plot import profit_plot
from ml.core.scoring import Scorer
from ml.core.spreadsheet import csv_chunks
from ml.ports import Runtime
from ml.steps.score import BATCH_ROWS, check_output, deployed_scorer


@dataclass(frozen=True, kw_only=True)
class Source:
    """Clean leads to plan with.

    Parameters
    ----------
    rows : Path
        Parquet.
    note : str
        What they are, for people.
    decided : bool, default=False
        Whether it is known what came of them.
    """

    rows: Path
    note: str
    decided: bool = False


def file_leads(runtime: Runtime, admitted: IngestRecord, cleaned: CleanRecord) -> Source:
    """The leads of a file that was read."""
    count = cleaned.rows
    held = f", {count.quarantined:,} need attention" if count.quarantined else ""
    twice = f", {count.deduplicated:,} are repeats" if count.deduplicated else ""
    note = f"planned with {count.accepted:,} leads of {admitted.source}{held}{twice}"
    return Source(rows=runtime.lake.fetch(cleaned.clean), note=note)


def held_out_leads(runtime: Runtime, parts: SplitRecord) -> Source:
    """The test leads of a model: it has not seen them, and what came of them is known."""
    rows = fetch_part(parts.data, parts.test, runtime.lake)
    note = (
        "planned with the test leads of this home, as no file was named with --input: the model "
        "has not seen them, and what came of them is known"
    )
    return Source(rows=rows, note=note, decided=True)


def plan(
    use_case: UseCase,
    runtime: Runtime,
    *,
    source: Source,
    moment: Moment,
    terms: Terms,
    action: str | None = None,
) -> Plan:
    """The leads to work with the hands that there are, and what to expect of it.

    Parameters
    ----------
    source : Source
        The leads.
    moment : Moment
        Which model.
    terms : Terms
        Capacity, value and cost.
    action : str or None, default=None
        Way of contact that is planned, of the use case's contact wishes.

    Raises
    ------
    StepMissing
        If no model is in force.
    UsageError
        If there are no leads.
    """
    scorer = deployed_scorer(use_case, runtime, moment, Step.PLAN)
    batches = runtime.engine.batches("SELECT * FROM clean", {"clean": source.rows}, BATCH_ROWS)
    parts = [_facts(use_case, scorer, batch, source.decided) for batch in batches]
    found = make_plan(_leads(use_case, parts), terms, action=action)
    return replace(found, notes=(source.note, *found.notes))


def check_request(
    use_case: UseCase, action: str | None, output: Path | None, plot: Path | None
) -> None:
    """Refuse what cannot be planned or written, before anything is read.

    Raises
    ------
    UnknownName
        If the use case knows of no such action.
    UsageError
        If the task has no wins, or a file to write has another ending or no folder.
    """
    if not isinstance(use_case.task, BinaryTask):
        raise UsageError(f"{use_case.name} predicts ratings, not wins; plan a binary use case")
    actions = [wish.action for wish in use_case.contact_wishes]
    if action is not None and action not in actions:
        raise UnknownName("action", action, actions)
    if output is not None:
        check_output(output)
    if plot is not None:
        check_output(plot, endings=(".png",))


def write_plan(use_case: UseCase, plan: Plan, *, output: Path | None, plot: Path | None) -> None:
    """The list of leads to work, and the picture of the profit curve; each replaced whole."""
    if output is not None:
        _replace(output, _list(work_list(plan, use_case.schema.id.source), output.suffix))
    if plot is not None:
        curve = plan.curve
        picture = profit_plot(
            curve.expected, curve.low, curve.high, worked=len(plan.chosen), best=curve.best
        )
        _replace(plot, picture)


def _list(leads: pa.Table, ending: str) -> bytes:
    if ending == ".csv":
        return b"".join(csv_chunks(leads.to_batches(), leads.schema))
    sink = pa.BufferOutputStream()
    pq.write_table(leads, sink)
    return bytes(sink.getvalue())


def _replace(file: Path, content: bytes) -> None:
    half = file.with_name(f".{file.name}.part")
    half.write_bytes(content)
    half.replace(file)


def _facts(
    use_case: UseCase, scorer: Scorer, batch: pa.RecordBatch, decided: bool
) -> dict[str, Any]:
    """Arrays of one batch by the names of `Leads`, those of wishes by their action."""
    said, sure = scorer.judge(batch)
    low, high = (sure.low, sure.high) if sure else (said, said)
    scores = scorer.scores(said)
    outcome = {"outcome": numbers(batch.column(use_case.schema.target.name))} if decided else {}
    return {
        "ids": np.array(batch.column(use_case.schema.id.name).to_pylist(), dtype=object),
        "score": scores,
        "score_low": scorer.scores(low),
        "score_high": scorer.scores(high),
        "band": scorer.bands(scores).to_numpy(zero_copy_only=False),
        "probability": said,
        "low": low,
        "high": high,
        **outcome,
        **{wish.action: _yes(batch, wish.column) for wish in use_case.contact_wishes},
    }


def _yes(batch: pa.RecordBatch, column: str) -> Any:
    """Where a column says yes; nowhere if it is not known yet at the moment."""
    if column not in batch.schema.names:
        return np.zeros(batch.num_rows, dtype=bool)
    return numbers(batch.column(column)) == 1


def _leads(use_case: UseCase, parts: list[dict[str, Any]]) -> Leads:
    if not sum(len(part["ids"]) for part in parts):
        raise UsageError("there are no leads to plan with; name a file that holds some")
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    refused = {wish.action: whole.pop(wish.action) for wish in use_case.contact_wishes}
    return Leads(**whole, refused=refused)
