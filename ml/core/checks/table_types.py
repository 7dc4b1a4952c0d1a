"""Types of a table's columns in one vocabulary, whoever names them: Arrow, Spark, Glue, DuckDB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ml.contract.names import LINE, Kind
from ml.contract.schema import Schema

#: Our words; `text` is also what a crawler makes of a column when it is in doubt.
_WORDS: Mapping[str, tuple[str, ...]] = {
    "whole number": ("bigint", "int64", "long", "int", "integer", "int32", "smallint", "int8"),
    "number": ("double", "float64", "double precision", "float", "real"),
    "yes or no": ("boolean", "bool"),
    "date": ("date", "date32", "date32[day]"),
    "text": ("string", "large_string", "varchar", "text", "char", "utf8"),
}
_WORD_OF = {native: word for word, natives in _WORDS.items() for native in natives}
_OF_KIND = {
    Kind.NUMBER: "number",
    Kind.INTEGER: "whole number",
    Kind.YES_NO: "yes or no",
    Kind.DATE: "date",
}


def type_word(native: str) -> str:
    """Our word for a type; one that clean tables never hold keeps its own name.

    Examples
    --------
    >>> type_word("BIGINT"), type_word("varchar(256)"), type_word("dictionary<values=string>")
    ('whole number', 'text', 'text')
    >>> type_word("decimal(10,2)")
    'decimal(10,2)'
    """
    name = native.lower().strip()
    if name.startswith("dictionary<values="):
        name = name.removeprefix("dictionary<values=").partition(",")[0].rstrip(">")
    return _WORD_OF.get(name) or _WORD_OF.get(name.partition("(")[0], native)


def types_of(natives: Mapping[str, str]) -> dict[str, str]:
    """Columns of a table with our word for each type."""
    return {name: type_word(native) for name, native in natives.items()}


def declared_types(schema: Schema) -> dict[str, str]:
    """Columns that a clean table has, with their types."""
    columns = (*schema.columns, *schema.derived)
    return {LINE: "whole number"} | {c.name: _OF_KIND.get(c.kind, "text") for c in columns}


@dataclass(frozen=True, kw_only=True)
class TypeDiff:
    """How a table's columns differ from those declared.

    Parameters
    ----------
    changed : dict of str to (str, str)
        Columns of another type: the declared one, and the one found.
    absent : tuple of str
        Declared columns that the table lacks.
    added : tuple of str
        Columns that nobody declared.
    """

    changed: dict[str, tuple[str, str]]
    absent: tuple[str, ...]
    added: tuple[str, ...]

    @classmethod
    def of(cls, declared: Mapping[str, str], found: Mapping[str, str]) -> TypeDiff:
        """Compare two tables' columns.

        Examples
        --------
        >>> TypeDiff.of({"visits": "number"}, {"visits": "text", "mood": "text"}).changed
        {'visits': ('number', 'text')}
        """
        both = {n: (kind, found[n]) for n, kind in declared.items() if n in found}
        return cls(
            changed={name: pair for name, pair in both.items() if pair[0] != pair[1]},
            absent=tuple(name for name in declared if name not in found),
            added=tuple(name for name in found if name not in declared),
        )

    @property
    def breaks(self) -> bool:
        """Whether statements over the declared columns would fail or mean something else."""
        return bool(self.changed or self.absent)
