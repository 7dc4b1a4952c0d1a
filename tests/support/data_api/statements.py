"""Statements and their lives: SUBMITTED, PICKED, STARTED, and one of three ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Any
from uuid import uuid4

from psycopg2 import extensions

from tests.support.data_api.engine import Engine, Refused
from tests.support.data_api.faults import Faults
from tests.support.data_api.results import Result


@dataclass
class Statement:
    """One submission: a statement, or several in one transaction."""

    sqls: Sequence[str]
    parameters: Mapping[str, str]
    id: str = field(default_factory=lambda: str(uuid4()))
    status: str = "SUBMITTED"
    error: str = ""
    results: list[Result] = field(default_factory=list)
    cancelled: Event = field(default_factory=Event)
    connection: extensions.connection | None = None


class Statements:
    """All that were submitted.

    Parameters
    ----------
    engine : Engine
        What executes them.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine, self.faults = engine, Faults(refusals=[])
        self._workers = ThreadPoolExecutor(max_workers=4)
        self._by_id: dict[str, Statement] = {}
        self._by_token: dict[str, Statement] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def submit(self, sqls: Sequence[str], parameters: Mapping[str, str], token: str) -> Statement:
        """Take a statement; the same token again gives the same statement."""
        if token not in self._by_token:
            statement = self._by_token[token] = Statement(sqls, parameters)
            self._by_id[statement.id] = statement
            self._workers.submit(self._live, statement)
        return self._by_token[token]

    def find(self, id: str) -> tuple[Statement, int] | None:
        """A statement, and the place of the result that an id names: "...:2" is the second."""
        whole, _, number = id.partition(":")
        found = self._by_id.get(whole)
        return (found, int(number or 1) - 1) if found else None

    def cancel(self, statement: Statement) -> None:
        """End a statement that has not ended."""
        statement.cancelled.set()
        if statement.connection is not None:
            statement.connection.cancel()

    def close(self) -> None:
        """End whatever still runs."""
        for statement in self._by_id.values():
            statement.cancelled.set()
        self._workers.shutdown(wait=True, cancel_futures=True)

    def _live(self, statement: Statement) -> None:
        statement.status = "PICKED"
        try:
            statement.status = "STARTED"
            statement.status, statement.error = self._end(statement)
        except Refused as error:
            words = " ".join(str(error).split())
            statement.error = words
            statement.status = "ABORTED" if statement.cancelled.is_set() else "FAILED"
        except Exception as error:  # a fault of the stand-in, which must not look like waiting
            statement.status, statement.error = "FAILED", f"the stand-in broke: {error!r}"

    def _end(self, statement: Statement) -> tuple[str, str]:
        if self.faults.hanging:
            statement.cancelled.wait()
            return "ABORTED", "cancelled on user's request"
        if self.faults.ending:
            return self.faults.ending
        with self.engine.transaction() as connection:
            statement.connection = connection
            for sql in statement.sqls:
                done = self.engine.execute(connection, sql, statement.parameters)
                statement.results.append(done)
        return "FINISHED", ""


def described(statement: Statement, faults: Faults) -> dict[str, Any]:
    """A statement as `DescribeStatement` tells it."""
    told = {"Id": statement.id, "Status": statement.status, "CreatedAt": 0, "UpdatedAt": 0}
    if statement.error:
        told["Error"] = statement.error
    if len(statement.sqls) == 1:
        ended = statement.status == "FINISHED"
        return told | (_told(statement.results[0], faults) if ended else {})
    return told | {"SubStatements": [_part(statement, n, faults) for n in _numbers(statement)]}


def _numbers(statement: Statement) -> range:
    return range(len(statement.sqls))


def _part(statement: Statement, number: int, faults: Faults) -> dict[str, Any]:
    told: dict[str, Any] = {
        "Id": f"{statement.id}:{number + 1}",
        "QueryString": statement.sqls[number],
        "Status": "FINISHED",
    }
    if number < len(statement.results):
        return told | _told(statement.results[number], faults)
    failed = number == len(statement.results) and statement.error
    told["Status"] = statement.status if failed else "ABORTED"
    return told | ({"Error": statement.error} if failed else {})


def _told(result: Result, faults: Faults) -> dict[str, Any]:
    size = result.bytes if faults.told_bytes is None else faults.told_bytes
    return {
        "HasResultSet": result.columns is not None,
        "ResultRows": result.affected,
        "ResultSize": size,
    }
