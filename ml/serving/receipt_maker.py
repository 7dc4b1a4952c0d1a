"""Makes the receipt of a score."""

from __future__ import annotations

from typing import NamedTuple

from ml.contract.cleaning import Value
from ml.contract.moments import Moment
from ml.contract.names import Purpose
from ml.contract.receipts import Receipt, new_receipt_id
from ml.contract.requests.lead_requests import Lead
from ml.contract.use_case import UseCase
from ml.core.cleaning.record import record_cleaner
from ml.core.cleaning.sql import judged_columns
from ml.core.scoring.inputs import KeptCells, inputs_sha256
from ml.serving.live_model import LiveScorer


class GivenScore(NamedTuple):
    """What was said of a lead, whose id is as the scorer read it."""

    lead: str | None
    prediction: float
    score: int
    band: str


class ReceiptMaker:
    """Makes receipts of one use case and moment.

    Parameters
    ----------
    use_case : UseCase
    moment : Moment
        Cells that are known later are not read, and not kept.
    """

    def __init__(self, use_case: UseCase, moment: Moment) -> None:
        columns = judged_columns(use_case.schema, Purpose.SCORE, moment)
        self._names = frozenset(column.name for column in columns)
        self._id = use_case.schema.id.name
        self._clean_id = record_cleaner(use_case, (use_case.schema.id,))
        self._use_case, self._moment = use_case.name, moment.name
        self._model = use_case.model_name(moment)

    def make(self, live: LiveScorer, lead: Lead, given: GivenScore) -> Receipt:
        """The receipt of a score that was given just now."""
        known = self._names
        cells = KeptCells({name: lead.cells[k] for name, k in lead.keys.items() if name in known})
        return Receipt(
            id=new_receipt_id(),
            lead=given.lead,
            use_case=self._use_case,
            moment=self._moment,
            model=self._model,
            version=live.version,
            package_sha256=live.sha256,
            cells=cells,
            inputs_sha256=inputs_sha256(cells),
            prediction=given.prediction,
            score=given.score,
            band=given.band,
        )

    def lead_id(self, cell: object) -> str | None:
        """The id that a cell means: spellings of one id are one lead."""
        found: Value = self._clean_id({self._id: cell}).values[self._id]
        return None if found is None else str(found)
