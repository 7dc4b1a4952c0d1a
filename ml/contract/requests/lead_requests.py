"""From a caller's JSON to the cells that a scorer takes, with a pointer for every fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ml.contract.faults import Fault, Rule, Severity
from ml.contract.moments import Moment
from ml.contract.names import Kind
from ml.contract.requests.lead_keys import KeyReader, LeadKeys
from ml.contract.requests.problems import Problem, entry, pointer_to
from ml.contract.schema import Column, Schema

MOST_LEADS = 1_000
_BATCH_KEY = "leads"
#: Types of JSON values that any column takes.
_CELLS = frozenset({str, int, bool, type(None)})


@dataclass(frozen=True, kw_only=True, slots=True)
class Lead:
    """One lead of a request: its cells and what is wrong with their form.

    Parameters
    ----------
    path : tuple of str or int
        Steps of the JSON pointer to the lead; empty for a lead sent alone.
    cells : mapping
        Values by the keys that the caller used.
    keys : mapping of str to str
        The caller's key by column name.
    errors : tuple of mapping
        Entries for `Problem`; a lead with errors is not scored.
    notices : tuple of mapping
        Entries about keys that are not read.
    """

    path: tuple[str | int, ...]
    cells: Mapping[str, object] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[Mapping[str, Any], ...] = ()
    notices: tuple[Mapping[str, Any], ...] = ()


class LeadReader:
    """Reads leads by the schema of a use case.

    Parameters
    ----------
    schema : Schema
        Its column names and every source header are keys.
    moment : Moment
        Columns that are known later are not read.
    """

    def __init__(self, schema: Schema, moment: Moment) -> None:
        #: The column that names a lead.
        self.id = schema.id
        self._keys = KeyReader(schema, moment)

    def is_batch(self, document: object) -> bool:
        """Whether the document holds several leads."""
        return isinstance(document, dict) and isinstance(document.get(_BATCH_KEY), list)

    def batch(self, document: Any) -> list[Lead]:
        """The leads of `{"leads": [...]}`, in order.

        Raises
        ------
        Problem
            413 for more than 1,000 leads, 422 for none, for keys beside `leads` and for any other
            document.
        """
        if not self.is_batch(document):
            raise _refused(422, Rule.JSON_VALUE, "the body holds no list 'leads'", "")
        leads = document[_BATCH_KEY]
        beside = sorted(set(document) - {_BATCH_KEY})
        if beside:
            raise _refused(
                422, Rule.JSON_VALUE, f"unexpected keys beside 'leads': {beside[:5]}", ""
            )
        if not leads:
            raise _refused(422, Rule.NO_ROWS, "'leads' is empty", "/leads")
        if len(leads) > MOST_LEADS:
            message = f"'leads' holds {len(leads)} leads; at most {MOST_LEADS} fit one request"
            raise _refused(413, Rule.TOO_LARGE, message, "/leads")
        return [self.lead(lead, (_BATCH_KEY, position)) for position, lead in enumerate(leads)]

    def lead(self, value: object, path: tuple[str | int, ...] = ()) -> Lead:
        """One lead with every fault of its form."""
        if not isinstance(value, dict):
            message = f"expected a lead as an object, got {_kind(value)}"
            fault = _fault(message, 'send {"column": value, ...}')
            return Lead(path=path, errors=(entry(fault, pointer_to(*path)),))
        keys = self._keys.read(value)
        faults = [*keys.faults, *_wrong_values(value, keys)]
        return Lead(
            path=path,
            cells=value,
            keys=keys.by_column,
            errors=tuple([entry(fault, pointer_to(*path, *at)) for at, fault in faults]),
            notices=tuple([entry(said, pointer_to(*path, key)) for key, said in keys.notices]),
        )

    def column_name(self, header: str) -> str | None:
        """Name of the column that a header means."""
        column = self._keys.column(header)
        return column.name if column else None

    def entries(self, lead: Lead, faults: Sequence[Fault]) -> list[dict[str, Any]]:
        """Faults that the scorer found, each with the pointer to the caller's own key."""
        return [entry(fault, self._pointer(lead, fault)) for fault in faults]

    def _pointer(self, lead: Lead, fault: Fault) -> str:
        name = self.column_name(fault.column) if fault.column else None
        key = lead.keys.get(name, name) if name else None
        return pointer_to(*lead.path, *([key] if key else []))


def _kind(value: object) -> str:
    names = {list: "an array", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _wrong_values(
    lead: Mapping[str, object], keys: LeadKeys
) -> list[tuple[tuple[str, ...], Fault]]:
    odd = [key for key, value in lead.items() if type(value) not in _CELLS]
    return [
        ((key,), _wrong_value(keys.columns[key], lead[key]))
        for key in odd
        if key in keys.columns and not _fits(keys.columns[key], lead[key])
    ]


def _fits(column: Column, value: object) -> bool:
    return isinstance(value, float) and column.kind is not Kind.TEXT


def _fault(message: str, hint: str, column: str | None = None) -> Fault:
    return Fault(
        rule=Rule.JSON_VALUE, severity=Severity.ROW, message=message, hint=hint, column=column
    )


def _wrong_value(column: Column, value: object) -> Fault:
    if isinstance(value, float):
        message, hint = "an id came as a number with a fraction or exponent", "send ids as text"
    else:
        message = (
            f"expected one value, got {'an object' if isinstance(value, dict) else 'an array'}"
        )
        hint = "send a text, a number, true, false or null"
    return _fault(message, hint, column.source)


def _refused(status: int, rule: Rule, message: str, pointer: str) -> Problem:
    hint = f'send {{"leads": [...]}} with 1 to {MOST_LEADS} leads'
    return Problem.of(status, rule, message, hint, pointer)
