"""A query as one text, where an engine takes parameters in no other way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from ml.contract.errors import StatementFailed


@dataclass(frozen=True)
class QueryText:
    """A query of Redshift's dialect without parameters, and whether its rows have an order.

    Examples
    --------
    >>> QueryText.of("SELECT 1 FROM t WHERE name = :name", {"name": "Anna"})
    QueryText(sql="SELECT 1 FROM t WHERE name = 'Anna'", ordered=False)
    """

    sql: str
    ordered: bool

    @classmethod
    def of(cls, sql: str, parameters: Mapping[str, Any]) -> QueryText:
        """The query with literals in place of `:name`.

        Raises
        ------
        StatementFailed
            If it cannot be read, or asks for a parameter that has no value.
        """
        try:
            query = sqlglot.parse_one(sql, read="redshift")
        except SqlglotError as error:
            words = " ".join(str(error).split())
            raise StatementFailed(f"a query cannot be read: {words}") from error
        for asked in list(query.find_all(exp.Placeholder)):
            if asked.name not in parameters:
                raise StatementFailed(f"a query asks for :{asked.name}, which has no value")
            asked.replace(exp.convert(parameters[asked.name]))
        ordered = query.args.get("order") is not None
        return cls(query.sql(dialect="redshift"), ordered)
