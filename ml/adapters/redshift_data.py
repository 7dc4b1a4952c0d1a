"""Statements in Redshift Serverless by its Data API, with an end to the waiting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import count
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ml.adapters.patience import Patience, Waiting
from ml.adapters.redshift_faults import RedshiftFaults
from ml.contract.errors import DependencyUnavailable, StatementTooSlow

_FAILED = frozenset({"FAILED", "ABORTED"})


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A statement that ended well.

    Parameters
    ----------
    id : str
        Under which its rows can be read.
    rows, bytes : int
        Of the result, or rows that it changed; -1 where Redshift does not say.
    """

    id: str
    rows: int
    bytes: int

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Finished:
        """A statement as `DescribeStatement` tells it."""
        return cls(id=told["Id"], rows=told.get("ResultRows", -1), bytes=told.get("ResultSize", -1))


def client_of_redshift_data() -> Any:
    """A client that does not wait for ever; what may pass is asked again in `RedshiftData`."""
    import boto3
    from botocore.config import Config

    once = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 2})
    return boto3.client("redshift-data", config=once)


class RedshiftData:
    """Runs statements in one database and waits for them.

    Parameters
    ----------
    redshift_data : client
        Of boto3.
    workgroup, database : str
        Where.
    secret : str
        ARN of a secret to sign in with; empty for the caller's own role.
    run : str
        Names what asks. The same statement at the same place in the same run is executed once,
        however often the network makes us ask.
    patience : Patience
        How long one statement, or statements in one transaction, may take.
    """

    def __init__(
        self,
        redshift_data: Any,
        *,
        workgroup: str,
        database: str,
        secret: str,
        run: str,
        patience: Patience,
    ) -> None:
        self._redshift_data = redshift_data
        signed = {"SecretArn": secret} if secret else {}
        self._target = {"WorkgroupName": workgroup, "Database": database, **signed}
        self._faults = RedshiftFaults(workgroup=workgroup, secret=secret)
        self._run, self._numbers, self._patience = run, count(1), patience

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Finished:
        """Run one statement.

        Parameters
        ----------
        sql : str
            With `:name` for parameters.
        parameters : mapping, optional
            Values by name; neither None nor an empty text, which the Data API has no way to say.

        Raises
        ------
        WarehouseAway, WarehouseBusy, AccessDenied, Gone, StatementFailed, StatementTooSlow
            By what went wrong. A statement that is given up is cancelled.
        """
        told = [{"name": name, "value": _said(value)} for name, value in (parameters or {}).items()]
        asked = {"Sql": sql, **({"Parameters": told} if told else {})}
        waiting = self._patience.begin()
        token = self._token([sql])
        started = self._ask(
            waiting,
            lambda: self._redshift_data.execute_statement(
                **self._target, **asked, ClientToken=token
            ),
        )
        return Finished.of(self._finish(started["Id"], waiting, [sql]))

    def execute_together(self, statements: Sequence[str]) -> list[Finished]:
        """Run statements in one transaction: all or none take effect.

        Raises
        ------
        WarehouseAway, WarehouseBusy, AccessDenied, Gone, StatementFailed, StatementTooSlow
            As `execute`.
        """
        waiting = self._patience.begin()
        token = self._token(statements)
        started = self._ask(
            waiting,
            lambda: self._redshift_data.batch_execute_statement(
                **self._target, Sqls=list(statements), ClientToken=token
            ),
        )
        done = self._finish(started["Id"], waiting, statements)
        return [Finished.of(each) for each in done.get("SubStatements", [])]

    def pages(self, statement: str) -> Iterator[dict[str, Any]]:
        """Every page of a statement's rows, each with its metadata."""
        more: dict[str, str] = {}
        while True:
            page = self._page(statement, more)
            yield page
            if not page.get("NextToken"):
                return
            more = {"NextToken": page["NextToken"]}

    def _page(self, statement: str, more: Mapping[str, str]) -> dict[str, Any]:
        waiting = self._patience.begin()
        return self._ask(
            waiting, lambda: self._redshift_data.get_statement_result(Id=statement, **more)
        )

    def _token(self, statements: Sequence[str]) -> str:
        words = "\n".join([self._run, str(next(self._numbers)), *statements])
        return sha256(words.encode()).hexdigest()

    def _ask(self, waiting: Waiting, call: Any) -> dict[str, Any]:
        """Make a call until it is taken; what asking again cannot help is not asked again."""
        problem: Exception | None = None
        for _ in waiting.looks():
            try:
                answer: dict[str, Any] = call()
            except (BotoCoreError, ClientError) as error:
                if not self._faults.may_pass(error):
                    raise self._faults.refused(error) from error
                problem = error
            else:
                return answer
        assert problem is not None
        raise self._faults.refused(problem) from problem

    def _finish(
        self, statement: str, waiting: Waiting, statements: Sequence[str]
    ) -> dict[str, Any]:
        try:
            told = self._ended(statement, waiting)
        except BaseException:  # whoever is interrupted leaves nothing running either
            self._give_up(statement)
            raise
        if told["Status"] in _FAILED:
            raise self._why(told, statements)
        return told

    def _ended(self, statement: str, waiting: Waiting) -> dict[str, Any]:
        for _ in waiting.looks():
            told = self._ask(waiting, lambda: self._redshift_data.describe_statement(Id=statement))
            if told["Status"] == "FINISHED" or told["Status"] in _FAILED:
                return told
        raise StatementTooSlow(
            f"a statement is still {told['Status']} after {self._patience.seconds:g} seconds; it "
            "was cancelled and took no effect: see what runs in workgroup "
            f"{self._target['WorkgroupName']!r}, then start again"
        )

    def _why(self, told: Mapping[str, Any], statements: Sequence[str]) -> DependencyUnavailable:
        inner = enumerate(told.get("SubStatements", []))
        at, words = next(
            ((n, each.get("Error", "")) for n, each in inner if each["Status"] in _FAILED), (0, "")
        )
        return self._faults.failed(told["Status"], words or told.get("Error", ""), statements[at])

    def _give_up(self, statement: str) -> None:
        # It may have ended meanwhile; whoever waits is told of the first fault, not of this one.
        with suppress(BotoCoreError, ClientError):
            self._redshift_data.cancel_statement(Id=statement)


def _said(value: Any) -> str:
    """A value as the Data API takes it: Redshift reads it as the type that the query expects."""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)
