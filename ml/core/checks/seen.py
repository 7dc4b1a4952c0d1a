"""What a check looks at, and what it sees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ml.contract.schema import Column
from ml.contract.use_case import UseCase
from ml.core.checks.figures import ColumnFigures, Figures

_NOTHING = ColumnFigures(present=0)


@dataclass(frozen=True, kw_only=True)
class Sight:
    """Figures of now and of before.

    Parameters
    ----------
    use_case : UseCase
        Whose they are.
    now : Figures
        To be judged.
    before : Figures or None
        Of the last data that passed or only warned.
    today : date
        The day of the check.
    """

    use_case: UseCase
    now: Figures
    before: Figures | None
    today: date

    def of(self, column: Column) -> ColumnFigures:
        """A column's figures of now."""
        return self.now.columns.get(column.name, _NOTHING)

    def of_before(self, column: Column) -> ColumnFigures | None:
        """A column's figures of before; None where it was not counted."""
        return self.before.columns.get(column.name) if self.before else None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One figure in words.

    Parameters
    ----------
    figure : float
        What the check's limit is held to; finite.
    said : str
        What was seen and what was there before, as a sentence without a final stop.
    columns : tuple of str, default=()
        Columns that it is about, where the check itself does not say.
    rows : int, default=0
        Rows that it is about; 0 where it is about none in particular.
    values : tuple of str, default=()
        Values that it is about, the frequent ones, each with its rows.
    """

    figure: float
    said: str
    columns: tuple[str, ...] = ()
    rows: int = 0
    values: tuple[str, ...] = ()


def counted(value: str, rows: int) -> str:
    """A value with its rows.

    Examples
    --------
    >>> counted("'Gogle'", 1200)
    "'Gogle' (1,200)"
    """
    return f"{value} ({rows:,})"


def percent(share: float) -> str:
    """A share in words.

    Examples
    --------
    >>> percent(0.128), percent(0.0004), percent(1.0), percent(0.9999)
    ('12.8 %', 'under 0.1 %', '100 %', 'over 99.9 %')
    """
    if 0 < share < 0.001:
        return "under 0.1 %"
    if 0.999 < share < 1:
        return "over 99.9 %"
    return f"{share * 100:.1f}".removesuffix(".0") + " %"


def plain_number(value: float) -> str:
    """A number as people write it.

    Examples
    --------
    >>> plain_number(1481000.0), plain_number(2.5), plain_number(0.333333)
    ('1,481,000', '2.5', '0.3333')
    """
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4g}"
