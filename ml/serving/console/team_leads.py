"""The leads that a caller may see, each by its newest score: of files, and of requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ml.contract.access import Caller
from ml.contract.names import LINE
from ml.contract.receipts import Receipt, first_id, time_of
from ml.contract.use_case import UseCase
from ml.core.scored_table import SCORED
from ml.serving.console.lead_changes import cell_words
from ml.serving.lead_history import LeadHistory
from ml.serving.result_store import Result, ResultStore

#: How long before the newest score one still counts.
WEEK = timedelta(days=7)
#: Rows of files that are looked at, newest files first: as many as the largest file may have.
_MOST_ROWS = 250_000
#: Scores of requests that are looked at.
_MOST_ASKED = 5_000
_FACTS = {
    "score": pa.int32(),
    "score_low": pa.int32(),
    "score_high": pa.int32(),
    "probability": pa.float64(),
    "band": pa.string(),
}
#: Beside them: when (milliseconds since 1970), which result or receipt, and which row of it.
_PLACE = {"at": pa.int64(), "of": pa.string(), LINE: pa.int64()}


@dataclass(frozen=True, kw_only=True)
class TeamLeads:
    """Leads and their newest scores.

    Parameters
    ----------
    rows : pyarrow.Table
        One row per lead: what a plan reads, and where the rest of it is.
    files : mapping of str to Result
        Where they are from, by id.
    asked : mapping of str to Receipt
        Those of requests, by id.
    newest : datetime
        When the last of them was scored.
    done : int
        Leads that are left out: worked, won or lost since they were scored.
    """

    rows: pa.Table
    files: Mapping[str, Result]
    asked: Mapping[str, Receipt]
    newest: datetime
    done: int


class LeadsOfTeams:
    """Gathers leads.

    Parameters
    ----------
    use_case : UseCase
        A binary one.
    results : ResultStore
    history : LeadHistory
    """

    def __init__(self, use_case: UseCase, results: ResultStore, history: LeadHistory) -> None:
        self._use_case, self._results, self._history = use_case, results, history
        self._id = use_case.schema.id.source
        wishes = (use_case.schema[wish.column] for wish in use_case.contact_wishes)
        self._wishes = tuple(wishes)
        cells = {self._id: pa.string()} | {wish.source: pa.string() for wish in self._wishes}
        self._schema = pa.schema({**cells, **_FACTS, **_PLACE})
        self._filed = lru_cache(maxsize=2)(self._of_files)

    def seen_by(self, caller: Caller) -> TeamLeads | None:
        """The leads of a caller; None before anything was scored that they may see."""
        files = list(self._files(caller))
        start = time_of(files[0].id) if files else datetime.now(UTC)
        asked = self._history.asked(since=start - WEEK, most=_MOST_ASKED)
        if not files and not asked:
            return None
        ids = [*(file.id for file in files[:1]), *(one.id for one in asked[-1:])]
        newest = time_of(max(ids))
        oldest = first_id(newest - WEEK)
        files = [file for file in files if file.id >= oldest]
        asked = [one for one in asked if one.id >= oldest]
        rows = _newest(self._gathered(files, asked), self._id)
        left = self._without_done(rows, newest)
        return TeamLeads(
            rows=left,
            files={file.id: file for file in files},
            asked={one.id: one for one in asked},
            newest=newest,
            done=len(rows) - len(left),
        )

    def _files(self, caller: Caller) -> Iterator[Result]:
        rows = 0
        for result in self._results.newest():
            if result.use_case == self._use_case.name and caller.sees(result.owner):
                rows += result.scored
                if rows > _MOST_ROWS:
                    return
                yield result

    def _gathered(self, files: Sequence[Result], asked: Sequence[Receipt]) -> pa.Table:
        filed = self._filed(tuple(file.id for file in files))
        return pa.concat_tables([filed, self._of_requests(asked)]) if asked else filed

    def _of_files(self, ids: tuple[str, ...]) -> pa.Table:
        tables = [self._of_file(result_id) for result_id in ids]
        return pa.concat_tables([self._schema.empty_table(), *tables])

    def _of_file(self, result_id: str) -> pa.Table:
        path = self._results.path(result_id)
        there = set(pq.read_schema(path).names)
        wanted = [name for name in self._schema.names if name in there]
        rows = pq.read_table(path, columns=wanted, filters=[("status", "==", SCORED)])
        same = {"at": _milliseconds(result_id), "of": result_id}
        columns = [
            pa.array([same[field.name]] * len(rows), field.type) if field.name in same
            else rows[field.name].cast(field.type) if field.name in there
            else pa.nulls(len(rows), field.type)
            for field in self._schema
        ]  # fmt: skip
        return pa.Table.from_arrays(columns, schema=self._schema)

    def _of_requests(self, asked: Sequence[Receipt]) -> pa.Table:
        rows = [
            {
                self._id: one.lead,
                **{wish.source: cell_words(one.cells.get(wish.name)) for wish in self._wishes},
                "score": one.score,
                "probability": one.prediction,
                "band": one.band,
                "at": _milliseconds(one.id),
                "of": one.id,
            }
            for one in asked
        ]
        return pa.Table.from_pylist(rows, self._schema)

    def _without_done(self, rows: pa.Table, newest: datetime) -> pa.Table:
        """Without those of whom somebody said since their score that they are done with."""
        done = self._history.done(since=newest - WEEK)
        if not done:
            return rows
        leads = pa.array(list(done), pa.string())
        said = pa.array([_milliseconds(one) for one in done.values()], pa.int64())
        since = said.take(pc.index_in(rows[self._id], value_set=leads))
        return rows.filter(pc.fill_null(pc.less(since, rows["at"]), True))


def _newest(rows: pa.Table, lead: str) -> pa.Table:
    """Of each lead its newest row."""
    ordered = rows.take(pc.sort_indices(rows, sort_keys=[("at", "descending")]))
    at = pa.array(np.arange(len(ordered)))
    keyed = pa.table({"lead": ordered[lead], "at": at})
    firsts = keyed.group_by("lead").aggregate([("at", "min")])["at_min"]
    return ordered.take(firsts.take(pc.sort_indices(firsts)))


def _milliseconds(timed_id: str) -> int:
    return round(time_of(timed_id).timestamp() * 1_000)
