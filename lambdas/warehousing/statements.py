"""Statements in Redshift Serverless by its Data API, with an end to the waiting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

from lambdas.clients import client
from ml.contract.cloud_settings import WarehouseSetupSettings
from ml.contract.errors import DependencyUnavailable

#: As many as the Data API takes in one transaction.
_MOST_STATEMENTS = 40
_FAILED = {"FAILED", "ABORTED"}


def run(
    statements: Sequence[str],
    settings: WarehouseSetupSettings,
    *,
    request_id: str,
    wait: Callable[[], bool],
) -> None:
    """Run statements in order; of up to forty, all or none take effect.

    Parameters
    ----------
    statements : sequence of str
        SQL; each may run again.
    settings : WarehouseSetupSettings
        Where, and as whom.
    request_id : str
        Equal ids run a statement once, however often they are asked for.
    wait : callable
        Pauses and says whether there is time to look again.

    Raises
    ------
    DependencyUnavailable
        With Redshift's own words if a statement failed, or if time ran out.
    """
    for first in range(0, len(statements), _MOST_STATEMENTS):
        together = list(statements[first : first + _MOST_STATEMENTS])
        token = sha256(f"{request_id} {first}".encode()).hexdigest()
        started = client("redshift-data").batch_execute_statement(
            WorkgroupName=settings.workgroup,
            Database=settings.database,
            Sqls=together,
            ClientToken=token,
            **({"SecretArn": settings.admin_secret} if settings.admin_secret else {}),
        )
        _await(started["Id"], wait)


def _await(statement: str, wait: Callable[[], bool]) -> None:
    while True:
        found = client("redshift-data").describe_statement(Id=statement)
        if found["Status"] == "FINISHED":
            return
        if found["Status"] in _FAILED:
            why = found.get("Error") or "no reason given"
            raise DependencyUnavailable(f"Redshift says {found['Status']}: {why}")
        if not wait():
            client("redshift-data").cancel_statement(Id=statement)
            raise DependencyUnavailable(
                f"statements are still {found['Status']} and time is up; they were cancelled: "
                "see whether the workgroup is available, then deploy again"
            )
