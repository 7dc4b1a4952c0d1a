"""Names of the warehouse's tables, as steps say them and as SQL takes them."""

from __future__ import annotations

from dataclasses import dataclass

from ml.contract.errors import UsageError
from ml.contract.spelling import identifier


@dataclass(frozen=True)
class TableName:
    """A table with the schema that it lies in, which is named for its use case.

    Examples
    --------
    >>> TableName.of("lead_conversion.leads").sql
    '"lead_conversion"."leads"'
    """

    schema: str
    table: str

    @classmethod
    def of(cls, text: str) -> TableName:
        """The table that ``<use case>.<table>`` names.

        Raises
        ------
        UsageError
            If the text names no table so.
        """
        parts = text.split(".")
        if len(parts) != 2 or not all(part.isidentifier() for part in parts):
            raise UsageError(
                f"table {text!r} must be called <use case>.<table>, such as lead_conversion.leads"
            )
        return cls(*parts)

    @property
    def sql(self) -> str:
        """The name as SQL takes it."""
        return f"{identifier(self.schema)}.{identifier(self.table)}"

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}"
