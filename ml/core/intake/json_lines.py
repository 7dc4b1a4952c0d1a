"""JSON lines: one flat object per line, numbers kept to the letter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

import pyarrow as pa

from ml.contract.errors import InputRefused
from ml.contract.faults import Fault, Rule
from ml.contract.intake.header import Header, understand
from ml.contract.intake.reading import Reading
from ml.contract.intake.saying import listed, refusal, warning
from ml.core.intake.blocks import Blocks
from ml.core.intake.row_faults import row_fault
from ml.core.intake.rows import Rows

#: Objects whose keys make the header; a key that first appears later is still understood.
_SAMPLE = 1000
_HINT = "write one flat JSON object per line, each key once, without NaN"

Cell = str | None


class JsonLines:
    """A file of JSON lines whose keys were understood.

    Parameters
    ----------
    blocks : Blocks
        The file's text from its first line.
    reading : Reading
        For what it is read.

    Raises
    ------
    InputRefused
        JSON_UNREADABLE if the first line is not an object, or what the keys lack as a header.
    """

    decimal_comma = False
    fast_rows = 0

    def __init__(self, blocks: Blocks, reading: Reading) -> None:
        self._blocks, self._reading = blocks, reading
        keys = self._sample_keys()
        self.header: Header = understand(keys, reading)
        self._place = {one.header: i for i, one in enumerate(self.header.taken)}
        self._known = set(keys)
        self._late: list[str] = []

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """What a person should know; keys that appear late join while rows are read."""
        late = [
            warning(
                Rule.UNKNOWN_COLUMN,
                f"keys that the first {_SAMPLE} objects do not have: {listed(self._late)}",
                "they were ignored; give every object the same keys",
            )
        ]
        return (*self.header.warnings, *(late if self._late else []))

    def rows(self) -> Iterator[Rows]:
        """The rows in order, block by block."""
        while True:
            text = self._blocks.text()
            yield self._read(text, self._blocks.line)
            self._blocks.use(len(text))
            if self._blocks.final:
                return
            self._blocks.grow()

    def _read(self, text: bytes, first: int) -> Rows:
        lines, cells, texts, broken = list[int](), list[list[Cell]](), list[str](), []
        for line, row in enumerate(text.splitlines(), start=first):
            if not row.strip():
                continue
            try:
                record = parse(row.decode())
                cells.append(self._cells(record))
            except _Unusable as error:
                broken.append(
                    row_fault(Rule.JSON_VALUE, str(error), _HINT, line=line, raw=row.decode())
                )
            else:
                lines.append(line)
                texts.append(row.decode())
        columns = zip(*cells, strict=True) if cells else [()] * len(self.header.taken)
        return Rows(
            lines=pa.array(lines, pa.int64()),
            cells=[pa.array(column, pa.string()) for column in columns],
            raw=texts.__getitem__,
            broken=broken,
        )

    def _cells(self, record: dict[str, Cell]) -> list[Cell]:
        cells: list[Cell] = [None] * len(self.header.taken)
        for key, cell in record.items():
            if key not in self._known:
                self._meet(key)
            place = self._place.get(key)
            if place is not None:
                if cells[place] is not None:
                    raise _Unusable(f"two keys mean {self.header.taken[place].header!r}")
                cells[place] = cell
        return cells

    def _meet(self, key: str) -> None:
        """A key that the sample did not have: another spelling of a column, or ignored."""
        column = self._reading.find(key)
        for i, one in enumerate(self.header.taken):
            if one.column is column:
                self._place[key] = i
        if key not in self._place and len(self._late) <= self._reading.limits.columns:
            self._late.append(key)
        if len(self._known) < 10 * self._reading.limits.columns:
            self._known.add(key)

    def _sample_keys(self) -> list[str]:
        while not (self._blocks.text().strip() or self._blocks.final):
            self._blocks.grow()
        rows = [row for row in self._blocks.text().splitlines() if row.strip()][:_SAMPLE]
        keys: dict[str, None] = {}
        for i, row in enumerate(rows):
            try:
                keys |= dict.fromkeys(parse(row.decode()))
            except _Unusable as error:
                if i == 0:
                    raise self._not_json_lines(error) from None
        return _one_spelling(keys, self._reading)

    def _not_json_lines(self, error: Exception) -> InputRefused:
        return refusal(
            Rule.JSON_UNREADABLE,
            f"{self._reading.name} begins like JSON, but its first line is no object: {error}",
            _HINT,
            line=self._blocks.line,
        )


class _Unusable(Exception):
    """Raised for a line that is not a flat object."""


def parse(text: str) -> dict[str, Cell]:
    """One line as texts by key.

    Parameters
    ----------
    text : str
        One JSON object; numbers keep their spelling, true and false become those words.

    Examples
    --------
    >>> parse('{"TotalVisits": 2.50, "Do Not Call": false, "City": null}')
    {'TotalVisits': '2.50', 'Do Not Call': 'false', 'City': None}
    """
    try:
        found = json.loads(
            text,
            object_pairs_hook=_flat,
            parse_float=str,
            parse_int=str,
            parse_constant=_refuse_constant,
        )
    except RecursionError:
        raise _Unusable("it is nested too deeply; expected a flat object") from None
    except json.JSONDecodeError as error:
        raise _Unusable(f"{error.msg} at character {error.pos + 1}; expected an object") from None
    if not isinstance(found, dict):
        raise _Unusable(f"it is {text[:20]!r}; expected an object in braces")
    return found


def _flat(pairs: list[tuple[str, Any]]) -> dict[str, Cell]:
    record: dict[str, Cell] = {}
    for key, value in pairs:
        if key in record:
            raise _Unusable(f"key {key[:60]!r} stands twice; expected each key once")
        record[key] = _text(key, value)
    return record


def _text(key: str, value: Any) -> Cell:
    if isinstance(value, dict | list):
        kind = "a list" if isinstance(value, list) else "an object"
        raise _Unusable(f"key {key[:60]!r} holds {kind}; expected a text, a number, true or false")
    if isinstance(value, bool):
        return "true" if value else "false"
    for word in (key, value or ""):
        if not word.isascii() and any("\ud800" <= letter <= "\udfff" for letter in word):
            raise _Unusable(f"key {_shown(key)!r} holds half a character (a lone surrogate)")
    return value if value is None else str(value)


def _shown(key: str) -> str:
    return key[:60].encode(errors="replace").decode()


def _refuse_constant(word: str) -> NoReturn:
    raise _Unusable(f"{word} is not JSON; expected a number or null")


def _one_spelling(keys: dict[str, None], reading: Reading) -> list[str]:
    """Keys of all objects, each known column by its first spelling only."""
    spelled: dict[str, str] = {}
    for key in keys:
        column = reading.find(key)
        spelled.setdefault(column.name if column else f"unknown {key}", key)
    return list(spelled.values())
