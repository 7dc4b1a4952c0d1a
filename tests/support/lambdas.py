"""Lambda handlers in a test: their context, their events, and an AWS that remembers."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import boto3
from moto import mock_aws

from lambdas.clients import client
from lambdas.observed import LOG
from ml.contract.cloud_settings import TABLE_KEY

REGION = "eu-central-1"


@dataclass
class Context:
    """What Lambda tells a handler of its invocation."""

    function_name: str = "leadwise-test"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = f"arn:aws:lambda:{REGION}:123456789012:function:leadwise-test"
    aws_request_id: str = "11111111-2222-3333-4444-555555555555"
    milliseconds: int = 30_000

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


class Clock:
    """Time that stands still until a test moves `now`, in seconds."""

    def __init__(self) -> None:
        self.now = 1_800_000_000

    def time(self) -> int:
        return self.now


class _Stdout:
    """Whatever stdout is now: pytest gives each test its own, and a logger keeps the first."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


@contextmanager
def fake_aws(monkeypatch: Any, env: Mapping[str, str]) -> Iterator[None]:
    """AWS of its own for one test, with a handler's environment variables."""
    secret = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    for name, value in {"AWS_DEFAULT_REGION": REGION, **secret, **env}.items():
        monkeypatch.setenv(name, value)
    for each in LOG.handlers:
        monkeypatch.setattr(each, "stream", _Stdout())
    client.cache_clear()
    with mock_aws():
        yield
    client.cache_clear()


@dataclass
class Listener:
    """An HTTP server on this machine that remembers what it is sent.

    `answers` are statuses, or callables that write an answer of their own; the last one stays.
    """

    url: str
    answers: list[Any]
    got: list[tuple[str, dict[str, Any]]]
    headers: list[dict[str, str]]


@contextmanager
def listener() -> Iterator[Listener]:
    """Run a listener that says 200."""
    found = Listener(url="", answers=[200], got=[], headers=[])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.got.append((self.path, json.loads(body)))
            found.headers.append(dict(self.headers))
            answer = found.answers[0]
            if len(found.answers) > 1:
                found.answers.pop(0)
            if callable(answer):
                answer(self)
                return
            self.send_response(answer)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_PUT = do_POST  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield found
        server.shutdown()


def table(name: str) -> Any:
    """A new table as infra makes them for Lambdas."""
    return boto3.resource("dynamodb", region_name=REGION).create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": TABLE_KEY, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": TABLE_KEY, "AttributeType": "S"}],
    )


def metrics(printed: str) -> dict[str, float]:
    """Metrics that powertools printed, by name."""
    found: dict[str, float] = {}
    for line in _json_lines(printed):
        if "_aws" in line:
            for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
                values = line[metric["Name"]]
                found[metric["Name"]] = sum(values) if isinstance(values, list) else values
    return found


def _json_lines(printed: str) -> Iterator[dict[str, Any]]:
    for line in printed.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def file_event(bucket: str, key: str, version: str, sequencer: str = "0A", size: int = 1) -> str:
    """The body of the queue's message about a new object."""
    thing = {"key": key, "version-id": version, "sequencer": sequencer, "size": size, "etag": "e"}
    detail = {"version": "0", "bucket": {"name": bucket}, "object": thing, "reason": "PutObject"}
    return json.dumps(
        {"source": "aws.s3", "detail-type": "Object Created", "region": REGION, "detail": detail}
    )


def queue_event(*bodies: str) -> dict[str, Any]:
    """A batch of messages as SQS hands it to a Lambda; their ids are m0, m1, ..."""
    return {
        "Records": [
            {
                "messageId": f"m{position}",
                "receiptHandle": "r",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "md5OfBody": "",
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{REGION}:123456789012:new-files",
                "awsRegion": REGION,
            }
            for position, body in enumerate(bodies)
        ]
    }
