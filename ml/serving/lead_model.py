"""A lead as programs send it: a pydantic model out of the schema, and an example of one."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from ml.contract.moments import Moment
from ml.contract.names import Kind
from ml.contract.schema import Column
from ml.contract.use_case import UseCase

#: What JSON may hold for a column; texts are read as a file's cells are.
_TYPES: dict[Kind, Any] = {
    Kind.NUMBER: float | str | None,
    Kind.INTEGER: int | str | None,
    Kind.YES_NO: bool | str | None,
}


def lead_columns(use_case: UseCase, moment: Moment) -> tuple[Column, ...]:
    """The id and every column that the model of a moment may see."""
    return (use_case.schema.id, *use_case.schema.features(moment))


def example_lead(use_case: UseCase, moment: Moment) -> dict[str, Any]:
    """A lead that the API accepts as it stands."""
    return {column.name: _example(column) for column in lead_columns(use_case, moment)}


def lead_model(use_case: UseCase, moment: Moment) -> type[BaseModel]:
    """A pydantic model of one lead, for descriptions and for clients in Python.

    The server itself reads leads by `LeadReader`, which says more of what is wrong, in a tenth
    of the time.

    Parameters
    ----------
    use_case : UseCase
    moment : Moment
        Only columns known by then are fields.

    Examples
    --------
    >>> from ml.use_cases.lead_conversion import LEAD_CONVERSION as case
    >>> Lead = lead_model(case, case.default_moment)
    >>> Lead(prospect_id="a-1", total_visits=3).total_visits
    3
    """
    id = use_case.schema.id
    fields: dict[str, Any] = {
        column.name: (
            str if column is id else _TYPES.get(column.kind, str | None),
            _field(column, id),
        )
        for column in lead_columns(use_case, moment)
    }
    said = "Keys are the names below or the headers that files use."
    config = ConfigDict(extra="allow")
    return create_model("Lead", __config__=config, __doc__=said, **fields)


def lead_schema(use_case: UseCase, moment: Moment) -> dict[str, Any]:
    """JSON schema of one lead."""
    return lead_model(use_case, moment).model_json_schema()


def _field(column: Column, id: Column) -> Any:
    extra: dict[str, Any] = {"x-levels": list(column.levels)} if column.levels else {}
    return Field(
        default=... if column is id else None,
        title=column.label,
        description=f"Header in files: {column.source}. Known from: {column.known_from}.",
        examples=[_example(column)],
        json_schema_extra=extra,
    )


def _example(column: Column) -> Any:
    match column.kind:
        case Kind.NUMBER | Kind.INTEGER:
            return max(int(column.low), 0) + 3
        case Kind.YES_NO:
            return "No"
        case Kind.TEXT:
            return "lead-0001"
        case Kind.DATE:
            return "2026-01-31"
        case _:
            return column.levels[0] if column.levels else ""
