"""What runs inside a rehearsed Lambda: no package of ours, only the asset and AWS's boto3.

Started as ``python -I -S lambda_main.py <task root> <runtime packages> <answer file>``, with the
invocation as JSON on standard input. What the handler prints is its log. The answer file receives
what AWS would give to the caller, and which calls to AWS were made on the way.
"""

import importlib
import json
import os
import sys
import time
import traceback
from typing import Any


class Context:
    """What AWS tells a handler about its own run."""

    def __init__(self, *, request_id: str, arn: str, seconds: int) -> None:
        self.aws_request_id = request_id
        self.invoked_function_arn = arn
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = "$LATEST"
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = self.client_context = None
        self._ends = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until AWS would end the run."""
        return max(0, int((self._ends - time.monotonic()) * 1000))


def listen() -> list[str]:
    """The calls to AWS from now on, by the names that policies grant them under."""
    from botocore.client import BaseClient

    calls: list[str] = []
    make = BaseClient._make_api_call

    def heard(self: Any, operation: str, asked: dict[str, Any]) -> Any:
        versioned = "Version" if operation == "GetObject" and "VersionId" in asked else ""
        calls.append(f"{self.meta.service_model.signing_name}:{operation}{versioned}")
        return make(self, operation, asked)

    BaseClient._make_api_call = heard
    return calls


def main(task_root: str, packages: str, answer: str) -> int:
    """Run the handler once."""
    sys.path[:0] = [task_root, packages]
    os.chdir(task_root)
    asked = json.load(sys.stdin)
    module, _, name = os.environ["_HANDLER"].rpartition(".")
    calls = listen()
    try:
        handler = getattr(importlib.import_module(module), name)
        result, failed = handler(asked["event"], Context(**asked["context"])), False
        json.dumps(result)
    except Exception as error:
        traceback.print_exc(file=sys.stdout)
        result = {"errorType": type(error).__name__, "errorMessage": str(error)}
        failed = True
    with open(answer, "w", encoding="utf-8") as file:  # noqa: PTH123 - imports as little as it can
        json.dump({"answer": result, "calls": calls}, file)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
