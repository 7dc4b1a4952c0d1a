"""Values in words that a sales person understands."""

from __future__ import annotations

import re
from datetime import date, timedelta

from ml.contract.cleaning import Value
from ml.contract.names import NOT_CHOSEN, OTHER, Kind
from ml.contract.schema import Column

_SECONDS, _MINUTES_FROM, _HOURS_FROM = "s", 120, 7200

#: How vendors put ranks before their levels: "02.Medium".
_RANK = re.compile(r"^\d\d\.(?=\S)")


def amount(column: Column, number: Value) -> str:
    """A number with its unit, or a day; seconds in the unit that people would use.

    Examples
    --------
    >>> visit = Column(name="seconds", source="Seconds", kind=Kind.INTEGER, unit="s")
    >>> [amount(visit, seconds) for seconds in (45, 1640, 9000)]
    ['45 s', '27 min', '2.5 h']
    """
    if isinstance(number, date):
        return number.isoformat()
    value = float(number or 0)
    if column.kind is Kind.DATE:
        return (date(1970, 1, 1) + timedelta(days=value)).isoformat()
    if column.unit == _SECONDS and value >= _MINUTES_FROM:
        return f"{value / 60:.0f} min" if value < _HOURS_FROM else f"{value / 3600:,.1f} h"
    text = f"{value:,.0f}" if value.is_integer() else f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{text} {column.unit}".rstrip()


def level_words(column: Column, level: Value) -> str:
    """A level, or what its absence means.

    Examples
    --------
    >>> city = Column(name="city", source="City", kind=Kind.CATEGORY, levels=("Mumbai", "Select"))
    >>> [level_words(city, level) for level in ("Mumbai", "Select", None, "Other")]
    ['Mumbai', 'left open in the form', 'not given', 'a value that is not on our list']
    """
    if level is None:
        return "not given"
    if isinstance(level, bool):
        return "yes" if level else "no"
    if level == NOT_CHOSEN:
        return "left open in the form"
    unlisted = level == OTHER and column.levels and OTHER not in column.levels
    return "a value that is not on our list" if unlisted else _RANK.sub("", str(level))


def value_words(column: Column, value: Value, beside: tuple[str, float] | None = None) -> str:
    """One column of one lead as a short sentence without a final stop.

    Parameters
    ----------
    column : Column
    value : Value
        Clean value.
    beside : tuple of str and float, optional
        Another number to compare one with, and what it is.

    Examples
    --------
    >>> time = Column(name="time", source="Time on the website", kind=Kind.INTEGER, unit="s")
    >>> value_words(time, 1640, ("typical", 250.0))
    'Time on the website: 27 min (typical: 4 min)'
    """
    if isinstance(value, bool) and column.answers:
        return column.answers[value]
    if value is None or column.kind not in {Kind.NUMBER, Kind.INTEGER, Kind.DATE}:
        return f"{column.label}: {level_words(column, value)}"
    compared = f" ({beside[0]}: {amount(column, beside[1])})" if beside else ""
    return f"{column.label}: {amount(column, value)}{compared}"
