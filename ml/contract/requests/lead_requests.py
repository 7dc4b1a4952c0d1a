"""From a caller's JSON to the cells that a scorer takes, with a pointer for every fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ml.contract.faults import Fault, Rule, Severity
from ml.contract.moments import Moment
from ml.contract.names import Kind, Role
from ml.contract.requests.problems import Problem, entry, pointer_to
from ml.contract.schema import Column, Schema, header_key

MOST_LEADS = 1_000
_BATCH_KEY = "leads"
_MOST_KEYS = 200


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
        self._schema, self._moment = schema, moment
        self._notice = lru_cache(maxsize=4096)(self._find_notice)
        self._column = lru_cache(maxsize=4096)(self._find)

    @property
    def id(self) -> Column:
        """The column that names a lead."""
        return self._schema.id

    def _find(self, key: str) -> Column | None:
        return self._schema.by_header.get(header_key(key))

    def _find_notice(self, key: str) -> Fault | None:
        """What to say of a key that is not read."""
        column = self._column(key)
        if column is None:
            return _not_read(Rule.UNKNOWN_COLUMN, "is no column of the schema", key)
        if column.role is Role.TARGET:
            return _not_read(Rule.TARGET_IGNORED, "is the outcome and never used", key)
        if column.role is Role.FEATURE and column.known_from > self._moment:
            return _not_read(Rule.LATER_COLUMN_IGNORED, f"is known after {self._moment}", key)
        return None

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
            fault = _fault(Rule.JSON_VALUE, message, 'send {"column": value, ...}')
            return Lead(path=path, errors=(entry(fault, pointer_to(*path)),))
        keys: dict[str, str] = {}
        errors = [entry(fault, pointer_to(*path, *at)) for at, fault in self._faults(value, keys)]
        notices = [
            entry(notice, pointer_to(*path, key))
            for key in value
            if (notice := self._notice(key)) is not None
        ]
        return Lead(path=path, cells=value, keys=keys, errors=tuple(errors), notices=tuple(notices))

    def _faults(
        self, lead: Mapping[str, object], keys: dict[str, str]
    ) -> Iterator[tuple[tuple[str, ...], Fault]]:
        if len(lead) > _MOST_KEYS:
            message = f"the lead has {len(lead)} keys; at most {_MOST_KEYS} are read"
            yield (), _fault(Rule.TOO_MANY_COLUMNS, message, "send the columns of the schema only")
            return
        for key, value in lead.items():
            column = self._column(key)
            if column is None:
                continue
            if column.name in keys:
                yield (key,), _same_column(key, keys[column.name])
            keys[column.name] = key
            if isinstance(value, (dict, list)) or (
                isinstance(value, float) and column.kind is Kind.TEXT
            ):
                yield (key,), _wrong_value(column, value)
        if not keys:
            message = "none of the keys is a column of the schema"
            yield (), _fault(Rule.HEADER_NOT_RECOGNISED, message, "see /docs for the columns")

    def column_name(self, header: str) -> str | None:
        """Name of the column that a header means."""
        column = self._column(header)
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


def _fault(rule: Rule, message: str, hint: str, column: str | None = None) -> Fault:
    return Fault(rule=rule, severity=Severity.ROW, message=message, hint=hint, column=column)


def _not_read(rule: Rule, message: str, key: str) -> Fault:
    return Fault(
        rule=rule,
        severity=Severity.WARNING,
        message=f"{key[:40]!r} {message}; it was not read",
        hint="leave it out, or see /docs for the columns",
        column=key[:40],
    )


def _same_column(key: str, other: str) -> Fault:
    message = f"{key[:40]!r} and {other[:40]!r} mean the same column"
    return _fault(Rule.DUPLICATE_COLUMN, message, "send each column once", key[:40])


def _wrong_value(column: Column, value: object) -> Fault:
    if isinstance(value, float):
        message, hint = "an id came as a number with a fraction or exponent", "send ids as text"
    else:
        message = (
            f"expected one value, got {'an object' if isinstance(value, dict) else 'an array'}"
        )
        hint = "send a text, a number, true, false or null"
    return _fault(Rule.JSON_VALUE, message, hint, column.source)


def _refused(status: int, rule: Rule, message: str, pointer: str) -> Problem:
    hint = f'send {{"leads": [...]}} with 1 to {MOST_LEADS} leads'
    return Problem.of(status, rule, message, hint, pointer)
