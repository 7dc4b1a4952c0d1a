"""Reasons to hold back one row."""

from __future__ import annotations

from ml.contract.faults import Fault, Rule, Severity
from ml.core.quarantine import RowFault


def row_fault(
    rule: Rule,
    message: str,
    hint: str,
    *,
    line: int,
    raw: str,
    column: str | None = None,
    value: str | None = None,
) -> RowFault:
    """A reason to quarantine one row."""
    fault = Fault(
        rule=rule,
        severity=Severity.ROW,
        message=message,
        hint=hint,
        line=line,
        column=column,
        value=value,
    )
    return RowFault(fault, raw)
