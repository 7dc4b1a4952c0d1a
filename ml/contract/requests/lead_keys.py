"""What the keys of a lead mean. Leads of one sender have the same keys, so it is found out once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ml.contract.faults import Fault, Rule, Severity
from ml.contract.moments import Moment
from ml.contract.names import Role
from ml.contract.schema import Column, Schema, header_key

_MOST_KEYS = 200
#: Longer keys are looked at anew each time: anybody may send them, and memory is not theirs.
_REMEMBERED_CHARACTERS = 4_000
_REMEMBERED_LEADS = 256
_LONGEST_KEY, _REMEMBERED_KEYS = 100, 4_096
_SEEN = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class LeadKeys:
    """The keys of a lead.

    Parameters
    ----------
    columns : mapping of str to Column
        What each key means; without those that mean none.
    by_column : mapping of str to str
        The caller's key by column name.
    faults : tuple of (steps, Fault)
        Why a lead with these keys cannot be read, and the steps of a pointer to the place.
    notices : tuple of (str, Fault)
        Keys that are not read.
    """

    columns: Mapping[str, Column]
    by_column: Mapping[str, str]
    faults: tuple[tuple[tuple[str, ...], Fault], ...]
    notices: tuple[tuple[str, Fault], ...]


class KeyReader:
    """Reads keys by a schema.

    Parameters
    ----------
    schema : Schema
        Its column names and every source header are keys.
    moment : Moment
        Columns that are known later are not read.

    Examples
    --------
    >>> from ml.use_cases.lead_conversion import LEAD_CONVERSION as case
    >>> reader = KeyReader(case.schema, case.default_moment)
    >>> reader.read({"Lead Number": 7, "TotalVisits": 3}).by_column
    {'lead_number': 'Lead Number', 'total_visits': 'TotalVisits'}
    """

    def __init__(self, schema: Schema, moment: Moment) -> None:
        self._schema, self._moment = schema, moment
        self._remembered = lru_cache(maxsize=_REMEMBERED_LEADS)(self._meaning)
        self._known = lru_cache(maxsize=_REMEMBERED_KEYS)(self._find)

    def column(self, key: str) -> Column | None:
        """The column that a key means."""
        return self._find(key) if len(key) > _LONGEST_KEY else self._known(key)

    def _find(self, key: str) -> Column | None:
        return self._schema.by_header.get(header_key(key))

    def read(self, lead: Mapping[str, object]) -> LeadKeys:
        """What the keys of a lead mean."""
        keys = tuple(lead)
        if len(keys) > _MOST_KEYS or sum(map(len, keys)) > _REMEMBERED_CHARACTERS:
            return self._meaning(keys)
        return self._remembered(keys)

    def _meaning(self, keys: Sequence[str]) -> LeadKeys:
        found = ((key, self.column(key)) for key in keys[:_MOST_KEYS])
        columns = {key: column for key, column in found if column is not None}
        faults = tuple(_too_many(keys) if len(keys) > _MOST_KEYS else _faults(columns))
        notices = ((key, self._notice(key, self.column(key))) for key in keys)
        return LeadKeys(
            columns=columns,
            by_column={column.name: key for key, column in columns.items()},
            faults=faults,
            notices=tuple((key, notice) for key, notice in notices if notice is not None),
        )

    def _notice(self, key: str, column: Column | None) -> Fault | None:
        """What to say of a key that is not read."""
        if column is None:
            return _not_read(Rule.UNKNOWN_COLUMN, "is no column of the schema", key)
        if column.role is Role.TARGET:
            return _not_read(Rule.TARGET_IGNORED, "is the outcome and never used", key)
        if column.role is Role.FEATURE and column.known_from > self._moment:
            return _not_read(Rule.LATER_COLUMN_IGNORED, f"is known after {self._moment}", key)
        return None


def _too_many(keys: Sequence[str]) -> Iterator[tuple[tuple[str, ...], Fault]]:
    message = f"the lead has {len(keys)} keys; at most {_MOST_KEYS} are read"
    yield (), _fault(Rule.TOO_MANY_COLUMNS, message, "send the columns of the schema only")


def _faults(columns: Mapping[str, Column]) -> Iterator[tuple[tuple[str, ...], Fault]]:
    first: dict[str, str] = {}
    for key, column in columns.items():
        other = first.setdefault(column.name, key)
        if other != key:
            message = f"{key[:_SEEN]!r} and {other[:_SEEN]!r} mean the same column"
            hint = "send each column once"
            yield (key,), _fault(Rule.DUPLICATE_COLUMN, message, hint, key[:_SEEN])
    if not columns:
        message = "none of the keys is a column of the schema"
        yield (), _fault(Rule.HEADER_NOT_RECOGNISED, message, "see /docs for the columns")


def _fault(rule: Rule, message: str, hint: str, column: str | None = None) -> Fault:
    return Fault(rule=rule, severity=Severity.ROW, message=message, hint=hint, column=column)


def _not_read(rule: Rule, message: str, key: str) -> Fault:
    return Fault(
        rule=rule,
        severity=Severity.WARNING,
        message=f"{key[:_SEEN]!r} {message}; it was not read",
        hint="leave it out, or see /docs for the columns",
        column=key[:_SEEN],
    )
