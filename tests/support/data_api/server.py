"""The Data API's JSON over HTTP: boto3 talks to it unmodified."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.data_api.faults import Faults
from tests.support.data_api.results import PAGE_BYTES
from tests.support.data_api.statements import Statement, Statements, described

Json = dict[str, Any]


class Told(Exception):
    """Raised with the code and the message of a refusal."""


class Server(ThreadingHTTPServer):
    """Answers for one workgroup with one database.

    Attributes
    ----------
    url : str
    statements : Statements
        What was submitted.
    faults : Faults
        What is to go wrong.
    calls : list of (str, dict)
        Operations and what they were told, in their order.
    page_bytes : int
        Size of a page of results.
    """

    daemon_threads = True

    def __init__(
        self, statements: Statements, *, workgroup: str, database: str, secret: str
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.statements, self.page_bytes = statements, PAGE_BYTES
        self.calls: list[tuple[str, Json]] = []
        self._place = {"WorkgroupName": workgroup, "Database": database}
        self._secret = secret
        self._operations: Mapping[str, Callable[[Json], Json]] = {
            "ExecuteStatement": self._execute,
            "BatchExecuteStatement": self._execute,
            "DescribeStatement": self._describe,
            "GetStatementResult": self._result,
            "CancelStatement": self._cancel,
        }

    @property
    def faults(self) -> Faults:
        """What is to go wrong."""
        return self.statements.faults

    def count(self, operation: str) -> int:
        """How many calls there were of an operation."""
        return sum(name == operation for name, _ in self.calls)

    def answer(self, operation: str, asked: Json) -> Json:
        """What one call is told.

        Raises
        ------
        Told
            If it is refused.
        """
        self.calls.append((operation, asked))
        if refusal := self.faults.refusal(operation):
            raise Told(*refusal)
        return self._operations[operation](asked)

    def _execute(self, asked: Json) -> Json:
        self._check_place(asked)
        sqls = asked.get("Sqls") or [asked["Sql"]]
        parameters = {each["name"]: each["value"] for each in asked.get("Parameters", [])}
        statement = self.statements.submit(sqls, parameters, asked["ClientToken"])
        if self.faults.lost:
            self.faults.lost -= 1
            raise Told("InternalServerException", "the answer was lost")
        if self.faults.silent:
            self.faults.silent -= 1
            raise ConnectionAbortedError
        return {"Id": statement.id, "CreatedAt": 0} | self._place

    def _check_place(self, asked: Json) -> None:
        for name, value in self._place.items():
            if asked.get(name) != value:
                raise Told("ValidationException", f"{name} {asked.get(name)} does not exist")
        if asked.get("SecretArn", self._secret) != self._secret:
            raise Told("ValidationException", "Secrets Manager can't find the specified secret.")

    def _describe(self, asked: Json) -> Json:
        return described(self._find(asked)[0], self.faults)

    def _result(self, asked: Json) -> Json:
        statement, number = self._find(asked)
        if statement.status != "FINISHED" or statement.results[number].columns is None:
            raise Told("ValidationException", "Query does not have result")
        return statement.results[number].page(asked.get("NextToken", ""), self.page_bytes)

    def _cancel(self, asked: Json) -> Json:
        statement, _ = self._find(asked)
        if statement.status in {"FINISHED", "FAILED", "ABORTED"}:
            raise Told("ValidationException", "Could not cancel a query that is already completed")
        self.statements.cancel(statement)
        return {"Status": True}

    def _find(self, asked: Json) -> tuple[Statement, int]:
        found = self.statements.find(asked["Id"])
        if found is None:
            raise Told("ResourceNotFoundException", "Query does not exist.")
        return found


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together: no waiting for an acknowledgement

    def do_POST(self) -> None:
        """One call of the API."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        try:
            self._send(200, self.server.answer(operation, asked))
        except ConnectionAbortedError:
            self.close_connection = True
        except Told as told:
            code, message = told.args
            status = 500 if code == "InternalServerException" else 400
            self._send(status, {"__type": code, "message": message})

    def _send(self, status: int, answer: Json) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: tests read what was called from `Server.calls`."""
