"""Custom resources: CloudFormation asks a Lambda, and waits for its answer by HTTP."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from moto.awslambda.utils import get_backend

from rehearsal.cloud.model import Model, Properties


class Custom(Model):
    """A resource of one of our own Python functions: it runs, from its asset."""

    type = "Custom::*"

    def create(self) -> None:
        answer = self._ask("Create", {})
        self.ref = str(answer.get("PhysicalResourceId") or self.name)
        self.attributes = dict(answer.get("Data") or {})

    def update(self, before: Properties) -> None:
        answer = self._ask("Update", {"OldResourceProperties": before})
        self.ref = str(answer.get("PhysicalResourceId") or self.ref)
        self.attributes = dict(answer.get("Data") or {})

    def delete(self) -> None:
        self._ask("Delete", {})

    def _ask(self, request: str, more: dict[str, Any]) -> dict[str, Any]:
        backend = get_backend(self.account, self.region)
        function = backend.get_function(self.properties["ServiceToken"])
        with _mailbox() as (url, letters):
            event = self._event(request, url) | more
            answer, failed, log = function._invoke_lambda(event)
        if failed:
            raise RuntimeError(f"its Lambda failed: {answer} {log[-300:]}")
        given: dict[str, Any] = letters[0] if letters else json.loads(answer) or {}
        if given.get("Status", "SUCCESS") != "SUCCESS":
            raise RuntimeError(f"its Lambda said {given['Status']}: {given.get('Reason')}")
        return given

    def _event(self, request: str, url: str) -> dict[str, Any]:
        known = {"PhysicalResourceId": self.ref} if self.ref else {}
        return known | {
            "RequestType": request,
            "ServiceToken": self.properties["ServiceToken"],
            "ResponseURL": url,
            "StackId": self.stack,
            "RequestId": str(uuid.uuid4()),
            "LogicalResourceId": self.logical_id,
            "ResourceType": "Custom::" + self.logical_id,
            "ResourceProperties": _as_text(self.properties),
        }


@contextmanager
def _mailbox() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A URL that takes one answer by PUT, as CloudFormation's does."""
    letters: list[dict[str, Any]] = []

    class Box(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            letters.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Box)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", letters
    finally:
        server.shutdown()
        server.server_close()


def _as_text(value: Any) -> Any:
    """CloudFormation hands every number and boolean to a custom resource as text."""
    if isinstance(value, dict):
        return {name: _as_text(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_as_text(each) for each in value]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value
