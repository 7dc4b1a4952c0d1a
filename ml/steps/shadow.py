"""Shadow: a challenger answers leads that were really asked for, and nobody hears it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ml.contract.errors import LeadwiseError
from ml.contract.moments import Moment
from ml.contract.names import Purpose
from ml.contract.records import IngestRecord
from ml.contract.shadowing import Answer, Answered, ShadowRecord
from ml.contract.use_case import UseCase
from ml.core.cleaning.sql import judged_columns
from ml.core.shadowing import compare_answers
from ml.ports import Receipts, Runtime, ShadowScoring
from ml.steps.registered_scorer import registered_package

#: Leads that a challenger answers: enough that one failure in two hundred is all but sure to show.
LEADS = 1_000
SECONDS = 120.0
#: Receipts are looked for over ever longer times, as there may be millions of them.
_SPANS = (timedelta(hours=1), timedelta(days=1), timedelta(days=7), timedelta(days=30))
RECEIPTS, FILE = "receipts", "file"

Cells = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class AskedLeads:
    """Leads to answer: raw cells by column name, and where they are from."""

    source: str
    cells: tuple[Cells, ...]


def shadow(
    use_case: UseCase,
    runtime: Runtime,
    *,
    version: str,
    moment: Moment,
    leads: AskedLeads,
    scoring: ShadowScoring,
    seconds: float = SECONDS,
) -> ShadowRecord:
    """Let a registered version answer leads beside the package in force; nothing is changed.

    Parameters
    ----------
    version : str
        The challenger.
    moment : Moment
        Which of the use case's models is meant.
    leads : AskedLeads
        See `asked_leads`.
    scoring : ShadowScoring
        Where it answers: in a process of its own.
    seconds : float, default=120
        Time for each of the two, loading included; what is not answered by then is late.

    Returns
    -------
    ShadowRecord
        With objections where the challenger must not be promoted: it never raises for what the
        challenger does.
    """
    runtime.progress.start("shadow")
    model = use_case.model_name(moment)
    try:
        package = registered_package(use_case, runtime, model, version, moment)
    except LeadwiseError as error:
        answers = _refused_package(len(leads.cells), str(error))
    else:
        answers = scoring.answers(package, leads.cells, seconds=seconds)
    champion = runtime.endpoint.current(model)
    record = compare_answers(
        answers,
        scoring.answers(champion, leads.cells, seconds=seconds) if champion else None,
        version=version,
        champion_version=champion.version if champion else None,
        source=leads.source,
    )
    runtime.progress.done("; ".join(record.objections) or f"{record.answered:,} leads answered")
    return record


def _refused_package(leads: int, why: str) -> list[Answer]:
    return [Answer(state=Answered.FAILED, says=why)] * leads


def asked_leads(
    use_case: UseCase,
    runtime: Runtime,
    *,
    moment: Moment,
    receipts: Receipts | None,
    file: IngestRecord | None,
    most: int = LEADS,
) -> AskedLeads:
    """The leads that were asked for last; where there are no receipts, the last rows of a file.

    Parameters
    ----------
    moment : Moment
        Which of the use case's models was asked.
    receipts : Receipts or None
        What was asked; those of the last 30 days are looked at.
    file : IngestRecord or None
        The newest file, read to score.
    most : int, default=1000
        Leads; more take longer.
    """
    asked = _of_receipts(use_case.model_name(moment), runtime, receipts, most)
    if asked or file is None:
        return AskedLeads(source=RECEIPTS, cells=tuple(asked))
    names = [c.name for c in judged_columns(use_case.schema, Purpose.SCORE, moment)]
    rows = _last_rows(runtime.lake.fetch(file.text), names, most)
    return AskedLeads(source=FILE, cells=tuple(rows))


def _of_receipts(
    model: str, runtime: Runtime, receipts: Receipts | None, most: int
) -> deque[Cells]:
    now, found = runtime.now(), deque[Cells](maxlen=most)
    if receipts is None:
        return found
    for span in _SPANS:
        found.clear()
        between = receipts.between(now - span, now)
        found.extend(each.cells for each in between if each.model == model)
        if len(found) == most:
            break
    return found


def _last_rows(file: Path, names: list[str], most: int) -> list[Cells]:
    rows: list[Cells] = []
    for group in _groups_from_the_end(file, names):
        rows = group + rows
        if len(rows) >= most:
            break
    return rows[-most:]


def _groups_from_the_end(file: Path, names: list[str]) -> Iterator[list[Cells]]:
    with pq.ParquetFile(file) as parquet:
        for number in reversed(range(parquet.num_row_groups)):
            yield parquet.read_row_group(number, columns=names).to_pylist()
