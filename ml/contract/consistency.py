"""Checks that compare the columns of one row; they warn, they never hold a row back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from ml.contract.cleaning import Value
from ml.contract.spelling import identifier


class Consistency(ABC):
    """A relation that clean rows should keep."""

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """Columns that the check reads."""

    @abstractmethod
    def broken(self, row: Mapping[str, Value]) -> bool:
        """Whether a clean row breaks the relation; missing values never do."""

    @abstractmethod
    def broken_sql(self) -> str:
        """SQL twin of `broken`, over clean columns."""

    @property
    @abstractmethod
    def message(self) -> str:
        """The relation in words."""


@dataclass(frozen=True, kw_only=True)
class NotAbove(Consistency):
    """`column` should not exceed `limit`."""

    column: str
    limit: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column, self.limit)

    @property
    def message(self) -> str:
        return f"{self.column} should not exceed {self.limit}"

    def broken(self, row: Mapping[str, Value]) -> bool:
        value, limit = row.get(self.column), row.get(self.limit)
        return isinstance(value, (int, float)) and isinstance(limit, (int, float)) and value > limit

    def broken_sql(self) -> str:
        return f"COALESCE({identifier(self.column)} > {identifier(self.limit)}, FALSE)"


@dataclass(frozen=True, kw_only=True)
class ZeroTogether(Consistency):
    """`column` should be 0 wherever `zero` is."""

    zero: str
    column: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.zero, self.column)

    @property
    def message(self) -> str:
        return f"{self.column} should be 0 where {self.zero} is 0"

    def broken(self, row: Mapping[str, Value]) -> bool:
        zero, value = row.get(self.zero), row.get(self.column)
        return zero == 0 and zero is not False and isinstance(value, (int, float)) and value > 0

    def broken_sql(self) -> str:
        return f"COALESCE({identifier(self.zero)} = 0 AND {identifier(self.column)} > 0, FALSE)"
