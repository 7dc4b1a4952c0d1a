"""Leaks that are known: columns that give the outcome away and are used all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ml.contract.errors import InvalidUseCase
from ml.contract.names import Role
from ml.contract.schema import Schema


@dataclass(frozen=True, kw_only=True)
class KnownLeak:
    """A column that the leakage guard may find, and why it is used all the same.

    Parameters
    ----------
    column : str
        Name of a feature.
    reason : str
        A sentence for those who read the guard's report.

    Raises
    ------
    InvalidUseCase
        If there is no reason.
    """

    column: str
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise InvalidUseCase(
                f"known leak {self.column!r} has no reason; say why the column is used all the same"
            )


def known_leak_rules(known: tuple[KnownLeak, ...], schema: Schema) -> Iterator[tuple[bool, str]]:
    """What known leaks must keep to in a use case, each rule with whether it is broken."""
    named = [leak.column for leak in known]
    features = {column.name for column in schema.with_role(Role.FEATURE)}
    strange = sorted(set(named) - features)
    yield bool(strange), f"known leaks name {strange}, which no model reads; name features"
    twice = sorted({name for name in named if named.count(name) > 1})
    yield bool(twice), f"known leaks name {twice} more than once; give one reason each"
