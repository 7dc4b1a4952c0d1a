"""Pages of a scored table: filtered, searched and sorted in memory, without any SQL."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ml.contract.moments import Moment
from ml.contract.names import LINE, Kind
from ml.contract.schema import Column, header_key
from ml.contract.use_case import UseCase
from ml.core.scored_table import JOINER, NEEDS_ATTENTION, OURS, SCORED
from ml.serving.attention import Attention, attentions
from ml.serving.table_query import TableQuery

ROWS_PER_PAGE = 50
#: Cells of a lead by header -> reasons for and reasons against, each as the table joins them.
Explain = Callable[[Mapping[str, str | None]], tuple[str, str]]
_NUMBERS = {Kind.NUMBER, Kind.INTEGER}
_SHOWN_OF_A_KIND = 2


@dataclass(frozen=True, kw_only=True)
class LeadRow:
    """One lead as the page shows it."""

    line: int
    lead: str
    cells: tuple[str, ...]
    score: int | None
    interval: str
    probability: float | None
    band: str
    low_confidence: bool
    reasons_for: tuple[str, ...]
    reasons_against: tuple[str, ...]
    attention: tuple[Attention, ...]


@dataclass(frozen=True, kw_only=True)
class TablePage:
    """One page of rows and its place among all that match."""

    rows: tuple[LeadRow, ...]
    found: int
    page: int
    pages: int

    @property
    def first(self) -> int:
        """Number of the page's first row, from 1; 0 when nothing was found."""
        return min((self.page - 1) * ROWS_PER_PAGE + 1, self.found)

    @property
    def last(self) -> int:
        """Number of the page's last row."""
        return min(self.page * ROWS_PER_PAGE, self.found)


class TableViewer:
    """Reads pages from the scored tables of one use case.

    Parameters
    ----------
    use_case : UseCase
    moment : Moment
        Chooses the columns beside the score: the first two categories and numbers known by then.
    """

    def __init__(self, use_case: UseCase, moment: Moment) -> None:
        self._schema = use_case.schema
        features = use_case.schema.features(moment)
        numbers = [c for c in features if c.kind in _NUMBERS][:_SHOWN_OF_A_KIND]
        words = [c for c in features if c.kind is Kind.CATEGORY][:_SHOWN_OF_A_KIND]
        self.columns: tuple[Column, ...] = (*words, *numbers)

    def page(self, table: pa.Table, query: TableQuery, explain: Explain | None = None) -> TablePage:
        """The rows that a view asks for.

        Parameters
        ----------
        table : pyarrow.Table
            A scored table: status, score, band and reasons, then the file's own columns.
        query : TableQuery
        explain : callable, optional
            As of `rows`.
        """
        headers = self._headers(table)
        found = pc.indices_nonzero(self._matching(table, query, headers))
        pages = max(1, math.ceil(len(found) / ROWS_PER_PAGE))
        page = min(query.page, pages)
        order = self._order(table, found, query, headers)
        shown = table.take(order.slice((page - 1) * ROWS_PER_PAGE, ROWS_PER_PAGE))
        return TablePage(rows=self.rows(shown, explain), found=len(found), page=page, pages=pages)

    def rows(self, table: pa.Table, explain: Explain | None = None) -> tuple[LeadRow, ...]:
        """Rows of a scored table as pages show them.

        Parameters
        ----------
        table : pyarrow.Table
        explain : callable, optional
            Gives the reasons of a scored row from its cells, where the table holds none.
        """
        headers = self._headers(table)
        explained = (_explained(row, explain) for row in table.to_pylist())
        return tuple(self._row(row, headers) for row in explained)

    def _headers(self, table: pa.Table) -> dict[str, str]:
        """The table's header of each column that the page shows or searches."""
        spelled = {header_key(name): name for name in table.column_names[len(OURS) :]}
        wanted = (self._schema.id, *self.columns)
        keys = {column.name: map(header_key, column.headers) for column in wanted}
        return {name: spelled[key] for name, ks in keys.items() for key in ks if key in spelled}

    def _matching(self, table: pa.Table, query: TableQuery, headers: Mapping[str, str]) -> Any:
        keep = pc.equal(table["status"], query.tab)
        if query.band and query.tab == SCORED:
            keep = pc.and_kleene(keep, pc.equal(table["band"], query.band))
        if query.q:
            texts = (
                ["attention"]
                if query.tab == NEEDS_ATTENTION
                else ["reasons_for", "reasons_against"]
            )
            keep = pc.and_kleene(keep, _holds(table, query.q, [*headers.values(), *texts]))
        return keep

    def _order(
        self, table: pa.Table, found: pa.Array, query: TableQuery, headers: Mapping[str, str]
    ) -> pa.Array:
        """Positions of the rows found, in the order asked for."""
        if query.tab != SCORED:
            return found  # as in the file
        order = {"asc": "ascending", "desc": "descending"}[query.order]
        if query.sort in headers:
            cells = table[headers[query.sort]].take(found)
            keys = self._sort_keys(cells, self._schema[query.sort])
        else:
            keys = table["probability" if query.sort == "score" else LINE].take(found)
        keyed = pa.table({"key": keys, "line": table[LINE].take(found)})
        by = [("key", order, "at_end"), ("line", "ascending", "at_end")]
        return found.take(pc.sort_indices(keyed, sort_keys=by))

    @staticmethod
    def _sort_keys(cells: pa.ChunkedArray, column: Column) -> Any:
        if column.kind not in _NUMBERS:
            return pc.utf8_lower(cells)
        different = pc.unique(cells)
        numbers = pa.array(
            [column.clean(cell).value for cell in different.to_pylist()], pa.float64()
        )
        return numbers.take(pc.index_in(cells, different))

    def _row(self, row: Mapping[str, Any], headers: Mapping[str, str]) -> LeadRow:
        def cell(column: Column) -> str:
            return row.get(headers.get(column.name, "")) or ""

        return LeadRow(
            line=row[LINE],
            lead=cell(self._schema.id),
            cells=tuple(cell(column) for column in self.columns),
            score=row["score"],
            interval=_interval(row["score_low"], row["score_high"]),
            probability=row["probability"],
            band=row["band"] or "",
            low_confidence=bool(row["low_confidence"]),
            reasons_for=_split(row["reasons_for"]),
            reasons_against=_split(row["reasons_against"]),
            attention=tuple(attentions(row["attention"] or "", row, row[LINE])),
        )


def explained(batch: pa.RecordBatch, explain: Explain) -> pa.RecordBatch:
    """Rows of a scored table with their reasons."""
    rows = [_explained(row, explain) for row in batch.to_pylist()]
    for name in ("reasons_for", "reasons_against"):
        told = pa.array([row[name] for row in rows], pa.string())
        batch = batch.set_column(batch.schema.get_field_index(name), name, told)
    return batch


def _explained(row: dict[str, Any], explain: Explain | None) -> dict[str, Any]:
    if explain is None or row["status"] != SCORED:
        return row
    cells = {name: cell for name, cell in row.items() if name not in OURS}
    reasons_for, reasons_against = explain(cells)
    return row | {"reasons_for": reasons_for, "reasons_against": reasons_against}


def _holds(table: pa.Table, text: str, columns: Sequence[str]) -> Any:
    hits = [pc.match_substring(table[name], text, ignore_case=True) for name in columns]
    held = pc.fill_null(hits[0], False)
    for hit in hits[1:]:
        held = pc.or_(held, pc.fill_null(hit, False))
    return held


def _interval(low: int | None, high: int | None) -> str:
    """From the least to the highest score; nothing where that is one score, or not known."""
    return "" if low is None or low == high else f"{low}-{high}"


def _split(text: str | None) -> tuple[str, ...]:
    return tuple(part for part in (text or "").split(JOINER) if part)
