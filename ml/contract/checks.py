"""The data checks of a use case, derived from it: what is asked of clean rows before they teach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml.contract.check_policy import AtMost, Limit
from ml.contract.names import Check, Kind, Role

if TYPE_CHECKING:
    from ml.contract.schema import Column
    from ml.contract.use_case import UseCase

#: Kinds whose values are levels.
LEVEL_KINDS = frozenset({Kind.CATEGORY, Kind.ORDINAL, Kind.YES_NO})
#: Kinds whose values have an order and a distance.
NUMBER_KINDS = frozenset({Kind.NUMBER, Kind.INTEGER})

_NEVER, _ANY = AtMost(stop=0), AtMost(warn=0)
_FIXED = {Check.RANGE: _NEVER, Check.SINGLE_VALUE: _ANY}


@dataclass(frozen=True, kw_only=True)
class DataCheck:
    """One check: what is measured, of which column, and the figures from which it matters.

    Parameters
    ----------
    check : Check
        What is measured.
    limit : Limit
        When it warns and when it stops.
    column : str, default=''
        The column; empty where the check is about the whole table.
    """

    check: Check
    limit: Limit
    column: str = ""


def checks_of(use_case: UseCase) -> tuple[DataCheck, ...]:
    """Every check of a use case, the schema's first.

    Parameters
    ----------
    use_case : UseCase
        Its schema says which checks there are, its `checks` how strict they are.

    Examples
    --------
    >>> from ml.use_cases.lead_conversion import LEAD_CONVERSION
    >>> [str(one.check) for one in checks_of(LEAD_CONVERSION) if one.column == "city"]
    ['missing', 'missing_rise', 'constant', 'new_levels']
    """
    columns = use_case.schema.columns
    return (
        *_table_checks(use_case),
        *(check for column in columns for check in _column_checks(column, use_case)),
    )


def _table_checks(use_case: UseCase) -> Iterator[DataCheck]:
    policy = use_case.checks
    yield DataCheck(check=Check.SCHEMA, limit=_NEVER)
    yield DataCheck(check=Check.ADDED_COLUMNS, limit=_ANY)
    yield DataCheck(check=Check.HELD_BACK, limit=policy.held_back)
    yield DataCheck(check=Check.ROWS, limit=policy.rows)
    yield DataCheck(check=Check.ROWS_KEPT, limit=policy.rows_kept)
    yield DataCheck(check=Check.DUPLICATE_IDS, limit=_NEVER)
    yield DataCheck(check=Check.REPEATED, limit=policy.repeated)
    yield DataCheck(check=Check.REPEATED_RISE, limit=policy.repeated_rise)
    yield DataCheck(check=Check.TARGET, limit=_NEVER)
    yield DataCheck(check=Check.BASE_RATE, limit=policy.base_rate)
    if use_case.schema.with_role(Role.TIME):
        yield DataCheck(check=Check.FRESHNESS, limit=policy.age_days)
        yield DataCheck(check=Check.FUTURE, limit=_ANY)
        yield DataCheck(check=Check.WEEKLY_VOLUME, limit=policy.weekly_volume)


def _column_checks(column: Column, use_case: UseCase) -> Iterator[DataCheck]:
    for check in _kinds_of_checks(column):
        yield DataCheck(check=check, limit=_limit(check, column, use_case), column=column.name)


def _limit(check: Check, column: Column, use_case: UseCase) -> Limit:
    """What no model reads never stops a run; a value that must not be always does."""
    if check in _FIXED:
        return _FIXED[check]
    limit = use_case.checks.of_column(check, column.name)
    return limit if column.role is Role.FEATURE else limit.without_stop()


def _kinds_of_checks(column: Column) -> Iterator[Check]:
    feature = column.role is Role.FEATURE
    if column.kind in NUMBER_KINDS and column.role is not Role.TARGET:
        yield Check.RANGE
    if feature or column.role is Role.TIME:
        yield Check.MISSING
        yield Check.MISSING_RISE
    if feature and column.kind in LEVEL_KINDS | NUMBER_KINDS:
        yield Check.CONSTANT
    # Where the possible values are listed, the rare ones may just not have come up.
    if feature and column.kind in NUMBER_KINDS | {Kind.CATEGORY} and not column.levels:
        yield Check.SINGLE_VALUE
    if feature and column.kind in NUMBER_KINDS:
        yield Check.OUTLIERS
        yield Check.TYPICAL
    if column.kind in LEVEL_KINDS:
        yield Check.NEW_LEVELS
