"""Values in words that a sales person understands."""

from __future__ import annotations

from datetime import date, timedelta

from ml.contract.cleaning import Value
from ml.contract.names import NOT_CHOSEN, OTHER, Kind
from ml.contract.schema import Column


def amount(column: Column, number: Value) -> str:
    """A number with its unit, or a day.

    Examples
    --------
    >>> visits = Column(name="seconds", source="Seconds", kind=Kind.INTEGER, unit="s")
    >>> amount(visits, 1640)
    '1,640 s'
    """
    if isinstance(number, date):
        return number.isoformat()
    value = float(number or 0)
    if column.kind is Kind.DATE:
        return (date(1970, 1, 1) + timedelta(days=value)).isoformat()
    text = f"{value:,.0f}" if value.is_integer() else f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{text} {column.unit}".rstrip()


def level_words(column: Column, level: Value) -> str:
    """A level, or what its absence means.

    Examples
    --------
    >>> city = Column(name="city", source="City", kind=Kind.CATEGORY, levels=("Mumbai", "Select"))
    >>> [level_words(city, level) for level in ("Mumbai", "Select", None, "Other")]
    ['Mumbai', 'shown, nothing chosen', 'not given', 'a value that is not on our list']
    """
    if level is None:
        return "not given"
    if isinstance(level, bool):
        return "yes" if level else "no"
    if level == NOT_CHOSEN:
        return "shown, nothing chosen"
    unlisted = level == OTHER and column.levels and OTHER not in column.levels
    return "a value that is not on our list" if unlisted else str(level)


def value_words(column: Column, value: Value, typical: float | None) -> str:
    """One column of one lead as a short sentence without a final stop.

    Examples
    --------
    >>> time = Column(name="time", source="Time on the website", kind=Kind.INTEGER, unit="s")
    >>> value_words(time, 1640, 250.0)
    'Time on the website: 1,640 s (typical: 250 s)'
    """
    if value is None or column.kind not in {Kind.NUMBER, Kind.INTEGER, Kind.DATE}:
        return f"{column.label}: {level_words(column, value)}"
    usual = "" if typical is None else f" (typical: {amount(column, typical)})"
    return f"{column.label}: {amount(column, value)}{usual}"
