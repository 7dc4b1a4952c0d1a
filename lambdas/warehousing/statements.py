"""Statements in Redshift Serverless by its Data API, with an end to the waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from lambdas.clients import client
from ml.contract.cloud_settings import WarehouseSetupSettings
from ml.contract.errors import DependencyUnavailable

#: As many as the Data API takes in one transaction.
_MOST_STATEMENTS = 40
_FAILED = {"FAILED", "ABORTED"}


@dataclass(frozen=True, kw_only=True)
class Statements:
    """Runs statements for one request of CloudFormation.

    Parameters
    ----------
    settings : WarehouseSetupSettings
        Where, and as whom.
    request_id : str
        Equal ids run a statement once, however often they are asked for.
    wait : callable
        Pauses and says whether there is time to look again.
    """

    settings: WarehouseSetupSettings
    request_id: str
    wait: Callable[[], bool]

    def run(self, statements: Sequence[str]) -> None:
        """Run statements in order; of up to forty, all or none take effect.

        Raises
        ------
        DependencyUnavailable
            With Redshift's own words if a statement failed, or if time ran out.
        """
        for first in range(0, len(statements), _MOST_STATEMENTS):
            together = list(statements[first : first + _MOST_STATEMENTS])
            self._submit(together, f"{self.request_id} {first}")

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Rows of a query, each value as it comes and NULL as None.

        Raises
        ------
        DependencyUnavailable
            As `run`.
        """
        statement, found = self._submit([query], f"{self.request_id} {query}")
        if not any(each.get("HasResultSet") for each in found.get("SubStatements", [])):
            return
        more: dict[str, str] = {}
        while True:
            page = client("redshift-data").get_statement_result(Id=f"{statement}:1", **more)
            yield from (tuple(map(_value, record)) for record in page["Records"])
            if not page.get("NextToken"):
                return
            more = {"NextToken": page["NextToken"]}

    def _submit(self, statements: list[str], named: str) -> tuple[str, dict[str, Any]]:
        secret = self.settings.admin_secret
        started = client("redshift-data").batch_execute_statement(
            WorkgroupName=self.settings.workgroup,
            Database=self.settings.database,
            Sqls=statements,
            ClientToken=sha256(named.encode()).hexdigest(),
            **({"SecretArn": secret} if secret else {}),
        )
        return started["Id"], self._await(started["Id"])

    def _await(self, statement: str) -> dict[str, Any]:
        while True:
            found: dict[str, Any] = client("redshift-data").describe_statement(Id=statement)
            if found["Status"] == "FINISHED":
                return found
            if found["Status"] in _FAILED:
                why = found.get("Error") or "no reason given"
                raise DependencyUnavailable(f"Redshift says {found['Status']}: {why}")
            if not self.wait():
                client("redshift-data").cancel_statement(Id=statement)
                raise DependencyUnavailable(
                    f"statements are still {found['Status']} and time is up; they were cancelled: "
                    "see whether the workgroup is available, then deploy again"
                )


def _value(field: dict[str, Any]) -> Any:
    return None if field.get("isNull") else next(iter(field.values()))
