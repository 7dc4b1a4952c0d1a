"""Faults by how far they reach: short ways to say each with all its parts."""

from __future__ import annotations

from ml.contract.errors import InputRefused
from ml.contract.faults import Fault, Rule, Severity

#: Names listed in a sentence before the rest is only counted.
_LISTED = 12


def refusal(
    rule: Rule,
    message: str,
    hint: str,
    *,
    line: int | None = None,
    column: str | None = None,
    value: str | None = None,
) -> InputRefused:
    """The error that refuses a whole file for one reason."""
    return InputRefused([file_fault(rule, message, hint, line=line, column=column, value=value)])


def file_fault(
    rule: Rule,
    message: str,
    hint: str,
    *,
    line: int | None = None,
    column: str | None = None,
    value: str | None = None,
) -> Fault:
    """One of several reasons to refuse a whole file."""
    return Fault(
        rule=rule,
        severity=Severity.FILE,
        message=message,
        hint=hint,
        line=line,
        column=column,
        value=value,
    )


def warning(
    rule: Rule, message: str, hint: str, *, line: int | None = None, column: str | None = None
) -> Fault:
    """Something worth knowing that holds nothing back."""
    return Fault(
        rule=rule, severity=Severity.WARNING, message=message, hint=hint, line=line, column=column
    )


def listed(names: list[str]) -> str:
    """Names as a readable list that stays short.

    Examples
    --------
    >>> listed(["Tags", "City"])
    "'Tags', 'City'"
    """
    shown = ", ".join(repr(name[:60]) for name in names[:_LISTED])
    more = len(names) - _LISTED
    return f"{shown} and {more} more" if more > 0 else shown


def megabytes(size: int) -> str:
    """A size for people.

    Examples
    --------
    >>> megabytes(10_485_760), megabytes(2048)
    ('10.5 MB', '2.0 kB')
    """
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB"
