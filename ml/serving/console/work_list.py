"""The work list: today's best leads for the hands that a team has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from ml.contract.names import Kind
from ml.contract.use_case import UseCase
from ml.core.planning import Leads, Plan, make_plan, scored_leads, scored_rows
from ml.core.planning.plan import Chosen
from ml.core.planning.work_list import work_list
from ml.core.scored_table import JOINER
from ml.serving.console.scored_files import ScoredFile
from ml.serving.console.work_terms import WorkTerms
from ml.serving.live_model import LiveModel
from ml.serving.result_reasons import explain_rows
from ml.serving.result_store import ResultStore
from ml.serving.result_table import LeadRow, TableViewer

#: Leads that a page shows; the file holds all.
SHOWN = 200
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class WorkItem:
    """One lead to work: its place in the plan, what it is in words, and why it is there."""

    chosen: Chosen
    lead: LeadRow
    facts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class WorkList:
    """Leads to work, best first, and what to expect of it.

    Parameters
    ----------
    plan : Plan
    items : tuple of WorkItem
        The first `SHOWN` of them.
    file : ScoredFile
        Where they are from.
    """

    plan: Plan
    items: tuple[WorkItem, ...]
    file: ScoredFile

    def days_old(self, now: datetime) -> int:
        """Whole days since the leads were scored; 0 while the scores are of today."""
        return (now - self.file.at) // _DAY


class WorkLists:
    """Makes work lists from scored files.

    Parameters
    ----------
    use_case : UseCase
        A binary one.
    store : ResultStore
    viewer : TableViewer
        Reads rows as people see them.
    model : LiveModel
        Says why the leads score as they do.
    """

    def __init__(
        self, use_case: UseCase, store: ResultStore, viewer: TableViewer, model: LiveModel
    ) -> None:
        self._use_case, self._store = use_case, store
        self._viewer, self._model = viewer, model
        self._known = lru_cache(maxsize=4)(self._read)

    def of(self, file: ScoredFile, asked: WorkTerms) -> WorkList:
        """The work list of a scored file."""
        plan, rows = self._planned(file, asked)
        chosen = plan.chosen[:SHOWN]
        pairs = zip(chosen, self._told(file, rows.slice(0, SHOWN)), strict=True)
        items = tuple(
            WorkItem(chosen=one, lead=lead, facts=tuple(self._facts(lead))) for one, lead in pairs
        )
        return WorkList(plan=plan, items=items, file=file)

    def table(self, file: ScoredFile, asked: WorkTerms) -> pa.Table:
        """The work list of a scored file to take away, reasons beside each lead."""
        plan, rows = self._planned(file, asked)
        listed = work_list(plan, self._use_case.schema.id.source)
        told = self._told(file, rows)
        for name in ("reasons_for", "reasons_against"):
            reasons = [JOINER.join(getattr(lead, name)) for lead in told]
            listed = listed.append_column(name, pa.array(reasons, pa.string()))
        return listed if asked.knows_money else listed.drop_columns(["expected_profit"])

    def _told(self, file: ScoredFile, rows: pa.Table) -> tuple[LeadRow, ...]:
        return self._viewer.rows(rows, explain_rows(file.result, self._model))

    def _facts(self, lead: LeadRow) -> Iterator[str]:
        """Cells that need no name to be understood."""
        for column, cell in zip(self._viewer.columns, lead.cells, strict=True):
            if cell and column.kind is Kind.CATEGORY:
                yield cell

    def _planned(self, file: ScoredFile, asked: WorkTerms) -> tuple[Plan, pa.Table]:
        """The plan, and the scored rows of its leads in their order."""
        rows, leads = self._known(file.result.id)
        plan = make_plan(leads, asked.terms, action=asked.by or None)
        ids = pa.array([lead.id for lead in plan.chosen], pa.string())
        known = pa.array(leads.ids.tolist(), pa.string())
        return plan, rows.take(pc.index_in(ids, value_set=known))

    def _read(self, result_id: str) -> tuple[pa.Table, Leads]:
        rows = scored_rows(self._store.table(result_id))
        return rows, scored_leads(rows, self._use_case)
