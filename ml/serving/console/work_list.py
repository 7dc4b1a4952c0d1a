"""The work list: today's best leads for the hands that a team has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from ml.contract.names import Kind
from ml.contract.use_case import UseCase
from ml.core.planning import Plan, make_plan, scored_leads
from ml.core.planning.plan import Chosen
from ml.core.planning.work_list import work_list
from ml.core.scored_table import JOINER
from ml.serving.console.lead_rows import LeadRows
from ml.serving.console.team_leads import TeamLeads
from ml.serving.console.work_terms import WorkTerms
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
    team : TeamLeads
        All that it was chosen from.
    """

    plan: Plan
    items: tuple[WorkItem, ...]
    team: TeamLeads

    def days_old(self, now: datetime) -> int:
        """Whole days since the newest score; 0 while there are some of today."""
        return (now - self.team.newest) // _DAY


class WorkLists:
    """Makes work lists.

    Parameters
    ----------
    use_case : UseCase
        A binary one.
    viewer : TableViewer
        Says which cells stand beside a lead.
    rows : LeadRows
        Knows leads in words.
    """

    def __init__(self, use_case: UseCase, viewer: TableViewer, rows: LeadRows) -> None:
        self._id = use_case.schema.id.source
        self._use_case, self._viewer, self._rows = use_case, viewer, rows

    def of(self, team: TeamLeads, asked: WorkTerms) -> WorkList:
        """The work list of what a caller sees."""
        plan, rows = self._planned(team, asked)
        chosen = plan.chosen[:SHOWN]
        pairs = zip(chosen, self._rows.of(team, rows.slice(0, SHOWN)), strict=True)
        items = tuple(
            WorkItem(chosen=one, lead=lead, facts=tuple(self._facts(lead))) for one, lead in pairs
        )
        return WorkList(plan=plan, items=items, team=team)

    def table(self, team: TeamLeads, asked: WorkTerms) -> pa.Table:
        """The work list to take away, reasons beside each lead."""
        plan, rows = self._planned(team, asked)
        listed = work_list(plan, self._id)
        told = self._rows.of(team, rows)
        for name in ("reasons_for", "reasons_against"):
            reasons = [JOINER.join(getattr(lead, name)) for lead in told]
            listed = listed.append_column(name, pa.array(reasons, pa.string()))
        return listed if asked.knows_money else listed.drop_columns(["expected_profit"])

    def _facts(self, lead: LeadRow) -> Iterator[str]:
        """Cells that need no name to be understood."""
        for column, cell in zip(self._viewer.columns, lead.cells, strict=True):
            if cell and column.kind is Kind.CATEGORY:
                yield cell

    def _planned(self, team: TeamLeads, asked: WorkTerms) -> tuple[Plan, pa.Table]:
        """The plan, and the rows of its leads in their order."""
        leads = scored_leads(team.rows, self._use_case)
        plan = make_plan(leads, asked.terms, action=asked.by or None)
        ids = pa.array([lead.id for lead in plan.chosen], pa.string())
        return plan, team.rows.take(pc.index_in(ids, value_set=team.rows[self._id]))
