"""Redshift's calls that moto has nothing behind: they are written down, and answered politely."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from rehearsal.cloud.stand_in import StandIn

STAND_INS = (
    StandIn("Redshift Data API", "that statements run; each batch is written down"),
    StandIn("Redshift Serverless usage limits", "that they hold; they are written down"),
)
_LIMITS: dict[str, dict[str, Any]] = {}
_lock = threading.Lock()
Answer = dict[str, Any]


class Redshift:
    """A WSGI application in front of moto's that answers for Redshift.

    Parameters
    ----------
    app : callable
        Moto's own, which answers everything else.
    work : Path
        Receives each batch of statements, in ``statements.jsonl``.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], work: Path) -> None:
        self._app, self._ledger = app, work / "statements.jsonl"
        self._batches: dict[str, str] = {}
        self._calls: dict[str, Callable[[Answer], Answer]] = {
            "RedshiftServerless.ListUsageLimits": self._list_limits,
            "RedshiftServerless.CreateUsageLimit": self._create_limit,
            "RedshiftServerless.UpdateUsageLimit": self._update_limit,
            "RedshiftData.BatchExecuteStatement": self._execute,
            "RedshiftData.DescribeStatement": self._describe,
        }

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        call = self._calls.get(environ.get("HTTP_X_AMZ_TARGET", ""))
        if call is None:
            return self._app(environ, start)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        with _lock:
            answer = call(json.loads(environ["wsgi.input"].read(length) or b"{}"))
        start("200 OK", [("Content-Type", "application/x-amz-json-1.1")])
        return [json.dumps(answer).encode()]

    def _list_limits(self, asked: Answer) -> Answer:
        about = asked.get("resourceArn")
        return {"usageLimits": [e for e in _LIMITS.values() if e["resourceArn"] == about]}

    def _create_limit(self, asked: Answer) -> Answer:
        limit = asked | {"usageLimitId": str(uuid.uuid4())}
        _LIMITS[limit["usageLimitId"]] = limit
        return {"usageLimit": limit}

    def _update_limit(self, asked: Answer) -> Answer:
        _LIMITS[asked["usageLimitId"]] |= asked
        return {"usageLimit": _LIMITS[asked["usageLimitId"]]}

    def _execute(self, asked: Answer) -> Answer:
        token = asked.get("ClientToken") or str(uuid.uuid4())
        if token not in self._batches:
            self._batches[token] = str(uuid.uuid4())
            with self._ledger.open("a", encoding="utf-8") as ledger:
                ledger.write(json.dumps(asked) + "\n")
        return {"Id": self._batches[token], "CreatedAt": 0}

    def _describe(self, asked: Answer) -> Answer:
        # Nothing was executed; whoever waits shall not wait for ever.
        return {"Id": asked["Id"], "Status": "FINISHED", "HasResultSet": False}
