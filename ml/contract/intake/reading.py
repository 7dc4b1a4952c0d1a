"""For what a file is read, and so which of its columns are needed and which must not be used."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from ml.contract.faults import Rule
from ml.contract.intake.limits import Limits
from ml.contract.intake.unicode import without_format_characters
from ml.contract.moments import Moment
from ml.contract.names import Purpose, Role
from ml.contract.schema import Column, Schema, header_key
from ml.contract.use_case import UseCase


@dataclass(frozen=True, kw_only=True)
class Reading:
    """For what a file is read: decides which columns it needs and which it must not use."""

    use_case: UseCase
    purpose: Purpose
    moment: Moment
    limits: Limits
    name: str

    @property
    def schema(self) -> Schema:
        """The schema of the use case."""
        return self.use_case.schema

    def find(self, header: str) -> Column | None:
        """The column that a header means."""
        return self.schema.by_header.get(header_key(tidy(header)))

    def required(self) -> tuple[Column, ...]:
        """Columns without which the file is refused."""
        return self.schema.required(self.moment, self.purpose)

    def ignores(self, column: Column) -> Rule | None:
        """Why a known column must not be used, if so."""
        if self.purpose is not Purpose.SCORE:
            return None  # a training set serves every moment; each model reads its own columns
        if column.role is Role.TARGET:
            return Rule.TARGET_IGNORED
        later = column.role is Role.FEATURE and column.known_from > self.moment
        return Rule.LATER_COLUMN_IGNORED if later else None


def tidy(header: str) -> str:
    """A header without invisible characters and blanks at its ends.

    Examples
    --------
    >>> tidy(chr(0xFEFF) + "Prospect" + chr(0xA0) + "ID ")
    'Prospect ID'
    """
    return unicodedata.normalize("NFKC", without_format_characters(header)).strip()
