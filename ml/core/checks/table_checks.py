"""Checks of the table as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from ml.core.checks.chance import beyond_chance, share
from ml.core.checks.figures import Figures
from ml.core.checks.seen import Seen, Sight, percent
from ml.core.checks.table_types import TypeDiff, declared_types

#: Columns that a sentence about the quarantine names.
_NAMED = 3


def schema(sight: Sight) -> Iterator[Seen]:
    """Columns that lack, or whose type changed."""
    diff = TypeDiff.of(declared_types(sight.use_case.schema), sight.now.types)
    for name, (declared, found) in diff.changed.items():
        said = f"column {name!r} is of type {found!r}, not {declared!r} as declared"
        yield Seen(figure=1, said=said, columns=(name,))
    for name in diff.absent:
        yield Seen(figure=1, said=f"column {name!r} is declared and absent", columns=(name,))


def added_columns(sight: Sight) -> Iterator[Seen]:
    """Columns that nobody declared; they are not read."""
    added = TypeDiff.of(declared_types(sight.use_case.schema), sight.now.types).added
    for name in added:
        said = f"column {name!r} of type {sight.now.types[name]!r} is new and is not read"
        yield Seen(figure=1, said=said, columns=(name,))
    for sentence in sight.now.unknown:
        yield Seen(figure=1, said=sentence)


def held_back(sight: Sight) -> Iterator[Seen]:
    """Rows in quarantine, and the columns for which most of them are there."""
    now = sight.now
    worst = sorted(now.held.items(), key=lambda item: (-item[1], item[0]))[:_NAMED]
    why = ", ".join(f"{name or 'broken rows'}: {rows:,}" for name, rows in worst) or "see there"
    held = share(now.quarantined, now.received)
    yield Seen(
        figure=held,
        said=f"{percent(held)} of the file's rows break a rule and were held back ({why})",
        columns=_names(sight, [name for name, _ in worst]),
        rows=now.quarantined,
    )


def _names(sight: Sight, sources: list[str]) -> tuple[str, ...]:
    """Columns by the headers that the quarantine has."""
    by_source = {column.source: column.name for column in sight.use_case.schema.columns}
    return tuple(by_source[source] for source in sources if source in by_source)


def rows(sight: Sight) -> Iterator[Seen]:
    """Clean rows."""
    yield Seen(figure=sight.now.rows, said=f"there are {sight.now.rows:,} clean rows")


def rows_kept(sight: Sight) -> Iterator[Seen]:
    """Clean rows beside those of before."""
    if sight.before and sight.before.rows:
        kept = sight.now.rows / sight.before.rows
        said = f"{sight.now.rows:,} clean rows; there were {sight.before.rows:,} before"
        yield Seen(figure=kept, said=said)


def duplicate_ids(sight: Sight) -> Iterator[Seen]:
    """Ids that name more than one clean row, or none."""
    repeats = sight.now.rows - sight.now.ids
    column = sight.use_case.schema.id
    said = f"{repeats:,} rows have no {column.source} of their own"
    yield Seen(figure=repeats, said=said, columns=(column.name,), rows=repeats)


def repeated(sight: Sight) -> Iterator[Seen]:
    """Rows that differ from another in nothing but ids and dates, unless there were as many."""
    now = _repeated(sight.now)
    if sight.before is None or now > _repeated(sight.before):
        said = f"{percent(now)} of the rows repeat another one apart from ids and dates"
        yield Seen(figure=now, said=said, rows=sight.now.rows - sight.now.contents)


def repeated_rise(sight: Sight) -> Iterator[Seen]:
    """Repeated rows beside before."""
    if not sight.before:
        return
    now, before = _repeated(sight.now), _repeated(sight.before)
    if beyond_chance(now, sight.now.rows, before, sight.before.rows):
        said = (
            f"{percent(now)} of the rows repeat another one apart from ids and dates; "
            f"before, {percent(before)} did"
        )
        repeats = sight.now.rows - sight.now.contents
        yield Seen(figure=now - before, said=said, rows=repeats)


def _repeated(figures: Figures) -> float:
    return share(figures.rows - figures.contents, figures.rows)
