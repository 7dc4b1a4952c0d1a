"""The form for one lead: a field for every column that its model may see."""

from __future__ import annotations

from dataclasses import dataclass

from ml.contract.moments import Moment
from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.contract.use_case import UseCase
from ml.serving.lead_model import lead_columns

_WIDEST = 10**9


@dataclass(frozen=True, kw_only=True)
class FormField:
    """One field.

    Parameters
    ----------
    name : str
        The column's, under which the form sends it.
    label, hint : str
        In plain words; the hint may be empty.
    choices : tuple of str
        What can be chosen; empty where people type.
    type : str
        Of the HTML input.
    inputmode : str
        Keyboard that a phone offers.
    required : bool
    """

    name: str
    label: str
    hint: str
    choices: tuple[str, ...]
    type: str
    inputmode: str
    required: bool


def form_fields(use_case: UseCase, moment: Moment) -> tuple[FormField, ...]:
    """The form's fields in the schema's order.

    Parameters
    ----------
    use_case : UseCase
    moment : Moment
        Columns that are known later have no field.

    Examples
    --------
    >>> from ml.use_cases.lead_conversion import LEAD_CONVERSION as case
    >>> first, *_, last = form_fields(case, case.default_moment)
    >>> first.name, first.required, last.hint
    ('prospect_id', True, '0 to 100 points')
    """
    id = use_case.schema.id
    return tuple(_field(column, column is id) for column in lead_columns(use_case, moment))


def _field(column: Column, required: bool) -> FormField:
    numeric = column.kind in {Kind.NUMBER, Kind.INTEGER}
    return FormField(
        name=column.name,
        label=column.label,
        hint=_range(column) if numeric else "",
        choices=("Yes", "No") if column.kind is Kind.YES_NO else column.levels,
        type="date" if column.kind is Kind.DATE else "text",
        inputmode={Kind.NUMBER: "decimal", Kind.INTEGER: "numeric"}.get(column.kind, "text"),
        required=required,
    )


def _range(column: Column) -> str:
    """What a number is held to, where that says anything; and its unit."""
    narrow = column.low > -_WIDEST and column.high < _WIDEST
    span = f"{column.low:,.10g} to {column.high:,.10g}" if narrow else ""
    return " ".join(part for part in (span, column.unit) if part)
