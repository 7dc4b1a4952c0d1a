"""From figures to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from ml.contract.checks import DataCheck, checks_of
from ml.contract.names import Check, CheckState
from ml.contract.records import Finding
from ml.contract.schema import Column
from ml.contract.use_case import UseCase
from ml.core.checks import column_checks, outcome_checks, table_checks, time_checks
from ml.core.checks.figures import Figures
from ml.core.checks.seen import Seen, Sight
from ml.core.checks.words import next_move

_OF_TABLE: Mapping[Check, Callable[[Sight], Iterator[Seen]]] = {
    Check.SCHEMA: table_checks.schema,
    Check.ADDED_COLUMNS: table_checks.added_columns,
    Check.HELD_BACK: table_checks.held_back,
    Check.ROWS: table_checks.rows,
    Check.ROWS_KEPT: table_checks.rows_kept,
    Check.DUPLICATE_IDS: table_checks.duplicate_ids,
    Check.REPEATED: table_checks.repeated,
    Check.REPEATED_RISE: table_checks.repeated_rise,
    Check.TARGET: outcome_checks.target,
    Check.BASE_RATE: outcome_checks.base_rate,
    Check.FRESHNESS: time_checks.freshness,
    Check.FUTURE: time_checks.future,
    Check.WEEKLY_VOLUME: time_checks.weekly_volume,
}
_OF_COLUMN: Mapping[Check, Callable[[Sight, Column], Iterator[Seen]]] = {
    Check.RANGE: column_checks.value_range,
    Check.MISSING: column_checks.missing,
    Check.MISSING_RISE: column_checks.missing_rise,
    Check.SINGLE_VALUE: column_checks.single_value,
    Check.CONSTANT: column_checks.constant,
    Check.OUTLIERS: column_checks.outliers,
    Check.TYPICAL: column_checks.typical,
    Check.NEW_LEVELS: column_checks.new_levels,
}
_OF_TYPES = frozenset({Check.SCHEMA, Check.ADDED_COLUMNS})
#: Where one of these stops, the rows that are left are no fair sample: nothing else is told.
_FIRST = _OF_TYPES | {Check.HELD_BACK, Check.ROWS}
_GRAVITY = {CheckState.STOP: 0, CheckState.WARN: 1, CheckState.PASS: 2}


def judge(
    use_case: UseCase, now: Figures, before: Figures | None, *, today: date
) -> tuple[Finding, ...]:
    """What is wrong with a table, the gravest first.

    Parameters
    ----------
    use_case : UseCase
        Its checks.
    now : Figures
        The table.
    before : Figures or None
        Of the last data that passed or only warned; without it, checks that compare are silent.
    today : date
        For the age of the newest row.

    Returns
    -------
    tuple of Finding
        Empty where every check passes.
    """
    sight = Sight(use_case=use_case, now=now, before=before, today=today)
    checks = checks_of(use_case)
    found = [finding for one in checks if one.check in _FIRST for finding in _findings(one, sight)]
    if state_of(found) is not CheckState.STOP:
        rest = (one for one in checks if one.check not in _FIRST)
        found += [finding for one in rest for finding in _findings(one, sight)]
    return tuple(sorted(_without_echoes(found), key=lambda one: _GRAVITY[CheckState(one.state)]))


def judge_types(use_case: UseCase, types: Mapping[str, str]) -> tuple[Finding, ...]:
    """How a table's columns differ from those declared, whatever is in them.

    Parameters
    ----------
    types : mapping of str to str
        Columns with their types, see `types_of`.
    """
    figures = Figures(received=0, quarantined=0, rows=0, types=dict(types))
    sight = Sight(use_case=use_case, now=figures, before=None, today=date.min)
    checks = (one for one in checks_of(use_case) if one.check in _OF_TYPES)
    return tuple(finding for one in checks for finding in _findings(one, sight))


def _without_echoes(findings: Iterable[Finding]) -> list[Finding]:
    """Findings but for warnings about a column that another finding stops."""
    every = list(findings)
    stopped = {one.columns for one in every if one.state == CheckState.STOP and one.columns}
    return [one for one in every if one.state == CheckState.STOP or one.columns not in stopped]


def state_of(findings: Iterable[Finding]) -> CheckState:
    """The gravest state among findings."""
    states = [CheckState(finding.state) for finding in findings]
    return min(states, key=_GRAVITY.__getitem__, default=CheckState.PASS)


def _findings(check: DataCheck, sight: Sight) -> Iterator[Finding]:
    for seen in _seen(check, sight):
        state, bound = check.limit.judge(seen.figure)
        if state is not CheckState.PASS:
            yield Finding(
                check=check.check,
                state=state,
                columns=(check.column,) if check.column else seen.columns,
                figure=float(seen.figure),
                bound=bound,
                rows=seen.rows,
                message=seen.said,
                values=seen.values,
                hint=next_move(check.check),
            )


def _seen(check: DataCheck, sight: Sight) -> Iterator[Seen]:
    if check.column:
        return _OF_COLUMN[check.check](sight, sight.use_case.schema[check.column])
    return _OF_TABLE[check.check](sight)
