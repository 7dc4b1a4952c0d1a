"""Leads of every kind of hostile cell, as a file that somebody might send."""

import csv
from pathlib import Path

from ml.contract.names import Kind, Role
from ml.use_cases.lead_conversion import LEAD_CONVERSION as LEADS
from tests.support.hostile import CELLS


def sound_lead() -> dict[str, str]:
    """A lead in which nothing is odd, by source header."""
    sound = {column.source: "" for column in LEADS.schema.columns}
    for column in LEADS.schema.columns:
        if column.kind is Kind.YES_NO:
            sound[column.source] = "No"
    return sound | {LEADS.schema.target.source: "1"}


def hostile_leads() -> list[dict[str, str]]:
    """One lead for each hostile cell in each column, by source header."""
    columns = [c for c in LEADS.schema.columns if c.role not in {Role.ID, Role.TARGET}]
    cells = [(column.source, cell) for column in columns for cell in CELLS]
    return [
        sound_lead() | {column: cell, LEADS.schema.id.source: f"lead {number}"}
        for number, (column, cell) in enumerate(cells)
    ]


def write_leads(file: Path, rows: list[dict[str, str]]) -> None:
    """A CSV with every cell in quotes."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
