"""Receipts of leads that were scored in files: the result of a file holds them row by row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from ml.contract.access import Caller
from ml.contract.names import Purpose
from ml.contract.receipts import Receipt
from ml.contract.use_case import UseCase
from ml.core.cleaning.sql import judged_columns
from ml.core.scoring.inputs import inputs_sha256
from ml.serving.result_store import Result, ResultStore

_ID = re.compile(r"(?P<result>[0-9a-f]{32})-(?P<line>[1-9]\d{0,8})", re.ASCII)


class FileReceipts:
    """Finds the rows of results as receipts, for whoever may see them.

    Parameters
    ----------
    use_case : UseCase
    results : ResultStore

    Notes
    -----
    The id of such a receipt is the id of its result and its line, so it sorts by time among all
    others. A receipt lives as long as its result.
    """

    def __init__(self, use_case: UseCase, results: ResultStore) -> None:
        self._use_case, self._results = use_case, results

    def find(self, receipt_id: str, caller: Caller) -> Receipt | None:
        """One receipt; None if there is no such one, or if it is not the caller's to see."""
        named = _ID.fullmatch(receipt_id)
        result = self._results.find(named["result"]) if named else None
        if named is None or result is None or not self._shows(result, caller):
            return None
        return self._of_row(result, int(named["line"]))

    def of_lead(
        self, lead: str, caller: Caller, *, before: str | None = None, most: int | None = None
    ) -> list[Receipt]:
        """A lead's receipts that the caller may see, newest first.

        Parameters
        ----------
        lead : str
        caller : Caller
        before : str or None, default=None
            Only receipts that are older than this one.
        most : int or None, default=None
            No more than so many.
        """
        return list(islice(self._of_lead(lead, caller, before or ""), most))

    def source(self, receipt: Receipt) -> str:
        """Name of the file that a receipt is of; empty for a receipt of a request."""
        named = _ID.fullmatch(receipt.id)
        result = self._results.find(named["result"]) if named else None
        return result.name if result else ""

    def _of_lead(self, lead: str, caller: Caller, before: str) -> Iterator[Receipt]:
        for result_id, lines in self._results.lines(lead):
            for receipt_id in sorted((f"{result_id}-{line}" for line in lines), reverse=True):
                older = not before or receipt_id < before
                receipt = self.find(receipt_id, caller) if older else None
                if receipt is not None:
                    yield receipt

    def _shows(self, result: Result, caller: Caller) -> bool:
        return result.use_case == self._use_case.name and caller.sees(result.owner)

    def _of_row(self, result: Result, line: int) -> Receipt | None:
        row = self._results.row(result.id, line)
        if row is None:
            return None
        schema, moment = self._use_case.schema, self._use_case.moment(result.moment)
        columns = judged_columns(schema, Purpose.SCORE, moment)
        cells = {column.name: row[column.source] for column in columns if column.source in row}
        return Receipt(
            id=f"{result.id}-{line}",
            lead=row[schema.id.source],
            use_case=self._use_case.name,
            moment=result.moment,
            model=result.model,
            version=result.version,
            package_sha256=result.package_sha256,
            cells=cells,
            inputs_sha256=inputs_sha256(cells),
            prediction=row["probability"],
            score=row["score"],
            band=row["band"],
        )
