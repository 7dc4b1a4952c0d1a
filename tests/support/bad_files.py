"""Files that people send, built from a header and rows, and what intake made of them."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ml.contract.errors import InputRefused
from ml.contract.faults import Fault
from ml.contract.moments import ENGAGED, Moment
from ml.contract.names import LINE, Purpose
from ml.core.intake import Admission, Limits, admit
from ml.core.quarantine import RowFault
from ml.use_cases.lead_conversion import LEAD_CONVERSION

SCHEMA = LEAD_CONVERSION.schema
HEADER = [column.source for column in SCHEMA.columns]

_GOOD = {
    "Lead Origin": "API",
    "Lead Source": "Google",
    "Do Not Email": "No",
    "Do Not Call": "No",
    "Converted": "0",
    "TotalVisits": "3",
    "Total Time Spent on Website": "120",
    "Page Views Per Visit": "1.5",
    "Country": "India",
    "City": "Mumbai",
}


def lead(number: int = 1, **cells: str) -> dict[str, str]:
    """A sound row; `cells` by column name replace its own."""
    row = dict.fromkeys(HEADER, "") | _GOOD | {"Prospect ID": f"lead-{number}"}
    return row | {SCHEMA[name].source: text for name, text in cells.items()}


def table(rows: Iterable[dict[str, str]], header: Sequence[str] = HEADER) -> list[list[str]]:
    return [list(header), *([row.get(name, "") for name in header] for row in rows)]


def text(
    rows: Sequence[Sequence[str]], delimiter: str = ",", end: str = "\n", quote_all: bool = False
) -> str:
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    return out.getvalue()


def csv_file(*rows: dict[str, str], header: Sequence[str] = HEADER, **style: Any) -> bytes:
    """A CSV file of the given leads, or of three sound ones."""
    return text(table(rows or [lead(1), lead(2), lead(3)], header), **style).encode()


@dataclass(kw_only=True)
class Outcome:
    """What intake made of a file."""

    admission: Admission | None = None
    refused: tuple[Fault, ...] = ()
    faults: list[RowFault] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def said(self) -> list[Fault]:
        warned = self.admission.warnings if self.admission else []
        return [*self.refused, *(fault for fault, _ in self.faults), *warned]

    @property
    def lines(self) -> list[int]:
        return [row[LINE] for row in self.rows]

    def column(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows]

    def warned(self, rule: str) -> Fault:
        assert self.admission is not None
        found = [fault for fault in self.admission.warnings if fault.rule == rule]
        assert len(found) == 1, [str(f.rule) for f in self.admission.warnings]
        return found[0]


def take(
    content: bytes | io.RawIOBase | io.BytesIO,
    *,
    purpose: Purpose = Purpose.SCORE,
    moment: Moment = ENGAGED,
    limits: Limits | None = None,
    name: str = "leads.csv",
    use_case: Any = LEAD_CONVERSION,
) -> Outcome:
    """Run a file through intake; nothing but a refusal may be raised."""
    source: Any = io.BytesIO(content) if isinstance(content, bytes) else content
    outcome = Outcome()
    try:
        outcome.admission = admit(
            source, use_case=use_case, purpose=purpose, moment=moment, limits=limits, name=name
        )
        for part in outcome.admission.parts():
            outcome.rows += part.batch.to_pylist()
            outcome.faults += part.faults
    except InputRefused as error:
        outcome.refused = error.faults
        return outcome
    admission = outcome.admission
    assert admission.accepted == len(outcome.rows)
    assert admission.quarantined == len({fault.line for fault, _ in outcome.faults})
    assert admission.received == admission.accepted + admission.quarantined
    return outcome
