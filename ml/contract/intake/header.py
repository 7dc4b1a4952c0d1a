"""Which of a file's columns are which of the schema's, and what is wrong with its header."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ml.contract.errors import InputRefused
from ml.contract.faults import Fault, Rule
from ml.contract.intake.reading import Reading, tidy
from ml.contract.intake.saying import file_fault, listed, refusal, warning
from ml.contract.schema import Column, header_key


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A column of the file that goes into the batches.

    Parameters
    ----------
    position : int
        Its place in the file, from 0.
    header : str
        The file's spelling.
    column : Column
        What it is.
    """

    position: int
    header: str
    column: Column


@dataclass(frozen=True, kw_only=True)
class Header:
    """A header that was understood.

    Parameters
    ----------
    names : tuple of str
        All columns as the file spells them.
    taken : tuple of Taken
        Those that are read, in file order.
    warnings : tuple of Fault
        Columns that were renamed or left out.
    """

    names: tuple[str, ...]
    taken: tuple[Taken, ...]
    warnings: tuple[Fault, ...] = ()


def understand(names: Sequence[str], reading: Reading, *, line: int = 1) -> Header:
    """Match a file's columns with the schema's.

    Parameters
    ----------
    names : sequence of str
        Header cells as the file spells them.
    reading : Reading
        For what the file is read.
    line : int, default=1
        Where the header stands.

    Raises
    ------
    InputRefused
        With every blank, repeated and missing column at once.
    """
    refuse_too_many(len(names), reading, line)
    found = [reading.find(name) for name in names]
    _refuse_unrecognised(names, found, reading, line)
    faults = [
        *_blanks(names, line),
        *_repeats(names, found, line),
        *_missing(names, found, reading),
    ]
    if faults:
        raise InputRefused(faults)
    known = [
        Taken(position=position, header=name, column=column)
        for position, (name, column) in enumerate(zip(names, found, strict=True))
        if column is not None
    ]
    taken = tuple(one for one in known if reading.ignores(one.column) is None)
    unknown = [name for name, column in zip(names, found, strict=True) if column is None]
    return Header(
        names=tuple(names), taken=taken, warnings=tuple(_warnings(known, unknown, reading, line))
    )


def refuse_too_many(count: int, reading: Reading, line: int) -> None:
    """Refuse a header with more columns than the limit."""
    if count > reading.limits.columns:
        raise refusal(
            Rule.TOO_MANY_COLUMNS,
            f"the header has {count:,} columns; expected at most {reading.limits.columns}",
            f"send only the {reading.use_case.entity} columns",
            line=line,
        )


def _refuse_unrecognised(
    names: Sequence[str], found: Sequence[Column | None], reading: Reading, line: int
) -> None:
    matched = {column.name for column in found if column}
    required = reading.required()
    # A row of data can hold a word that is also a header ("Search"); a header holds the id
    # or at least a fair part of the columns.
    if reading.schema.id.name in matched or len(matched) >= max(2, len(required) / 4):
        return
    raise refusal(
        Rule.HEADER_NOT_RECOGNISED,
        f"line {line} does not name columns that we know: it begins {listed(list(names[:4]))}; "
        f"expected columns such as {listed([column.source for column in required])}",
        _nearest(names, reading) or "add a first line that names the columns",
        line=line,
        value=names[0] if names else None,
    )


def _nearest(names: Sequence[str], reading: Reading) -> str:
    """The schema's spelling that some header cell comes closest to."""
    import difflib

    spellings = {header_key(column.source): column.source for column in reading.schema.columns}
    for name in names[: reading.limits.columns]:
        close = difflib.get_close_matches(header_key(name[:80]), spellings, n=1, cutoff=0.7)
        if close:
            return f"{name[:60]!r} is nearest to {spellings[close[0]]!r}: spell it that way"
    return ""


def _blanks(names: Sequence[str], line: int) -> list[Fault]:
    return [
        file_fault(
            Rule.BLANK_COLUMN,
            f"column {position} has no name; expected a name for every column",
            "name it in the header, or remove the column",
            line=line,
        )
        for position, name in enumerate(names, start=1)
        if not tidy(name)
    ]


def _repeats(names: Sequence[str], found: Sequence[Column | None], line: int) -> list[Fault]:
    faults, first = [], dict[str, int]()
    for position, (name, column) in enumerate(zip(names, found, strict=True), start=1):
        key = column.name if column else header_key(tidy(name)) or tidy(name)
        if key and key in first:
            faults.append(
                file_fault(
                    Rule.DUPLICATE_COLUMN,
                    f"columns {first[key]} ({names[first[key] - 1]!r}) and {position} ({name!r}) "
                    "have the same name; expected each once",
                    "remove or rename one of them",
                    line=line,
                    column=name,
                )
            )
        first.setdefault(key, position)
    return faults


def _missing(names: Sequence[str], found: Sequence[Column | None], reading: Reading) -> list[Fault]:
    import difflib

    unknown = {
        header_key(name): name for name, column in zip(names, found, strict=True) if not column
    }
    faults = []
    for column in reading.required():
        if column in found:
            continue
        close = difflib.get_close_matches(header_key(column.source), unknown, n=1, cutoff=0.7)
        hint = (
            f"rename {unknown[close[0]]!r} to it"
            if close
            else "add it, with empty cells if unknown"
        )
        message = (
            f"the file has no column {column.source!r}, which is needed to {reading.purpose} "
            f"at the moment {reading.moment.name!r}"
        )
        faults.append(file_fault(Rule.MISSING_COLUMN, message, hint, column=column.source))
    return faults


def _warnings(
    known: Sequence[Taken], unknown: list[str], reading: Reading, line: int
) -> list[Fault]:
    warnings = []
    renamed = [one for one in known if one.header not in one.column.headers]
    if renamed:
        pairs = ", ".join(f"{one.header!r} as {one.column.source!r}" for one in renamed)
        message, hint = f"headers were matched by their letters: {pairs}", "nothing to do"
        warnings.append(warning(Rule.HEADER_NORMALISED, message, hint, line=line))
    if unknown:
        message, hint = f"columns that we do not know: {listed(unknown)}", "they were ignored"
        warnings.append(warning(Rule.UNKNOWN_COLUMN, message, hint, line=line))
    warnings += _ignored(known, reading)
    return warnings


def _ignored(known: Sequence[Taken], reading: Reading) -> list[Fault]:
    later = [one for one in known if reading.ignores(one.column) is Rule.LATER_COLUMN_IGNORED]
    warnings = [
        warning(
            Rule.TARGET_IGNORED,
            "the file holds the outcome, which a score must not use",
            "it was ignored",
            column=one.header,
        )
        for one in known
        if reading.ignores(one.column) is Rule.TARGET_IGNORED
    ]
    if later:
        message = (
            f"columns that are known only after the moment {reading.moment.name!r}: "
            f"{listed([one.header for one in later])}"
        )
        hint = "they were ignored; name a later moment to use them"
        warnings.append(warning(Rule.LATER_COLUMN_IGNORED, message, hint))
    return warnings
