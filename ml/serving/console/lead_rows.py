"""Leads of a work list as people see them: their cells, and why they score as they do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from ml.contract.names import LINE
from ml.contract.receipts import Receipt
from ml.contract.use_case import UseCase
from ml.core.scored_table import OURS, SCORED
from ml.serving.console.lead_changes import cell_words
from ml.serving.console.team_leads import TeamLeads
from ml.serving.live_model import LiveModel
from ml.serving.result_reasons import explain_as, explain_rows
from ml.serving.result_store import Result, ResultStore
from ml.serving.result_table import LeadRow, TableViewer

_NO_TEXT = {
    LINE: pa.int64(),
    "score": pa.int32(),
    "score_low": pa.int32(),
    "score_high": pa.int32(),
    "probability": pa.float64(),
    "low_confidence": pa.bool_(),
}
_TYPES = {name: _NO_TEXT.get(name, pa.string()) for name in OURS}


class LeadRows:
    """Finds the whole rows of leads.

    Parameters
    ----------
    use_case : UseCase
    results : ResultStore
    viewer : TableViewer
        Reads rows as people see them.
    model : LiveModel
        Says why the leads score as they do.
    """

    def __init__(
        self, use_case: UseCase, results: ResultStore, viewer: TableViewer, model: LiveModel
    ) -> None:
        self._schema, self._results = use_case.schema, results
        self._viewer, self._model = viewer, model

    def of(self, team: TeamLeads, chosen: pa.Table) -> list[LeadRow]:
        """Whole rows of some of the leads, in their order.

        Parameters
        ----------
        team : TeamLeads
        chosen : pyarrow.Table
            Rows of `team.rows`.
        """
        places = list(zip(chosen["of"].to_pylist(), chosen[LINE].to_pylist(), strict=True))
        lines: dict[str, list[int]] = defaultdict(list)
        for of, line in places:
            lines[of].append(line)
        found = {}
        for of, wanted in lines.items():
            rows = self._rows(team, of, wanted)
            found.update({(of, row.line or None): row for row in rows})
        return [found[place] for place in places]

    def _rows(self, team: TeamLeads, of: str, lines: list[int]) -> tuple[LeadRow, ...]:
        if of in team.asked:
            return self._of_request(team.asked[of])
        return self._of_file(team.files[of], lines)

    def _of_file(self, file: Result, lines: list[int]) -> tuple[LeadRow, ...]:
        table = self._results.table(file.id)
        wanted = pc.is_in(table[LINE], value_set=pa.array(lines, pa.int64()))
        return self._viewer.rows(table.filter(wanted), explain_rows(file, self._model))

    def _of_request(self, receipt: Receipt) -> tuple[LeadRow, ...]:
        cells = dict(self._cells(receipt))
        ours = {"status": SCORED, "score": receipt.score, "probability": receipt.prediction}
        row = dict.fromkeys(_TYPES) | ours | {"band": receipt.band, LINE: 0} | cells
        schema = pa.schema({**_TYPES, **dict.fromkeys(cells, pa.string())})
        explain = explain_as(receipt.version, self._model)
        return self._viewer.rows(pa.Table.from_pylist([row], schema), explain)

    def _cells(self, receipt: Receipt) -> Iterator[tuple[str, str | None]]:
        for name, cell in receipt.cells.items():
            yield self._schema[name].source, cell_words(cell) or None
