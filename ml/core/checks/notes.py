"""What is remarkable about rows and needs no move."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ml.contract.checks import LEVEL_KINDS, NUMBER_KINDS
from ml.contract.names import Check, Role
from ml.contract.records import Finding
from ml.contract.schema import Column
from ml.contract.use_case import UseCase
from ml.core.checks.bounds import far_out
from ml.core.checks.chance import share
from ml.core.checks.figures import ColumnFigures, Figures
from ml.core.checks.seen import percent, plain_number

#: Share of empty cells from which a column is named, and how many are.
_EMPTY, _NAMED = 0.3, 5
_REPEATS = frozenset({Check.REPEATED, Check.REPEATED_RISE})


def notes_on(
    use_case: UseCase, figures: Figures, findings: Iterable[Finding] = ()
) -> tuple[str, ...]:
    """Repeats, columns of one value, the emptiest columns, and far values, as sentences.

    Parameters
    ----------
    use_case, figures
        Whose rows they are, and what was counted.
    findings : iterable of Finding, default=()
        Of what they are about enough is said.
    """
    if not figures.rows or not figures.columns:
        return ()
    told = list(findings)
    said = {name for finding in told for name in finding.columns}
    columns = [column for column in use_case.schema.columns if column.name not in said]
    pairs = [(column, figures.columns[column.name]) for column in columns]
    return (
        *(() if any(finding.check in _REPEATS for finding in told) else _repeats(figures)),
        *_of_one_value(pairs),
        *_emptiest(pairs, figures.rows),
        *_far_values(pairs),
    )


Pairs = list[tuple[Column, ColumnFigures]]


def _repeats(figures: Figures) -> Iterator[str]:
    repeats = figures.rows - figures.contents
    if repeats:
        yield (
            f"{repeats:,} rows ({percent(share(repeats, figures.rows))}) repeat another one "
            "apart from ids and dates"
        )


def _of_one_value(pairs: Pairs) -> Iterator[str]:
    same = [c.source for c, found in pairs if c.kind in LEVEL_KINDS and len(found.levels) == 1]
    if same:
        yield f"one and the same value in every row: {', '.join(same)}"


def _emptiest(pairs: Pairs, rows: int) -> Iterator[str]:
    empty = [(1 - share(found.present, rows), c) for c, found in pairs if c.role is Role.FEATURE]
    worst = sorted((one for one in empty if one[0] >= _EMPTY), key=lambda one: -one[0])[:_NAMED]
    if worst:
        yield "often empty: " + ", ".join(f"{c.source} {percent(part)}" for part, c in worst)


def _far_values(pairs: Pairs) -> Iterator[str]:
    for column, found in pairs:
        number = found.number
        if column.kind not in NUMBER_KINDS or number is None:
            continue
        spread = number.three_quarters > number.quarter
        if spread and number.high > far_out(number)[1]:
            yield (
                f"{column.source} reaches {plain_number(number.high)}; the middle half is "
                f"{plain_number(number.quarter)} to {plain_number(number.three_quarters)}"
            )
