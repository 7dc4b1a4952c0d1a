"""Lambda without Docker: a function's own asset, unpacked, its handler in a process of its own."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import subprocess
import sys
import threading
import uuid
import zipfile
from pathlib import Path
from typing import Any

from moto.awslambda.models import LambdaFunction

from rehearsal.cloud.stand_in import StandIn

STAND_INS = (
    StandIn("AWS Lambda", "arm64, memory and cold starts; the asset runs under this Python"),
    StandIn("AWS X-Ray", "that traces arrive; functions are told to send none"),
)
MAIN = Path(__file__).with_name("lambda_main.py")
# What AWS's Python runtime brings; everything else must lie in the asset.
_RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
_LEAST_SECONDS = 60  # a busy machine may take longer than AWS does
_lock = threading.Lock()


def install(work: Path) -> None:
    """Let moto run Python functions in `work`, where each invocation is also written down."""
    packages = _runtime_packages(work / "runtime")

    def invoke(self: LambdaFunction, event: Any = None) -> tuple[str, bool, str]:
        if not str(self.run_time).startswith("python"):
            raise NotImplementedError(f"{self.function_name} runs {self.run_time}, not Python")
        event = json.loads(event) if isinstance(event, str) else event
        root = _unpacked(self, work / "tasks")
        answer, failed, log = _run(self, event, root, packages)
        record = {
            "function": self.function_name,
            "handler": self.handler,
            "event": event,
            "answer": json.loads(answer),
            "failed": failed,
            "log": log,
        }
        with _lock, (work / "invocations.jsonl").open("a", encoding="utf-8") as ledger:
            ledger.write(json.dumps(record) + "\n")
        return answer, failed, log

    LambdaFunction._invoke_lambda = invoke


def _runtime_packages(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in _RUNTIME:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"{name} is not installed; run `make setup`")
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (folder / source.name).symlink_to(source)
    return folder


def _unpacked(function: LambdaFunction, tasks: Path) -> Path:
    """The function's code, unpacked once for each version of it."""
    root = tasks / str(function.code_digest or function.code_sha_256).replace("/", "_")
    with _lock:
        if not root.exists():
            with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
                archive.extractall(root)
    return root


def _run(function: LambdaFunction, event: Any, root: Path, packages: Path) -> tuple[str, bool, str]:
    seconds = max(int(function.timeout), _LEAST_SECONDS)
    request_id = str(uuid.uuid4())
    answer = packages.parent / f"{request_id}.json"
    context = {"request_id": request_id, "arn": function.function_arn, "seconds": seconds}
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", MAIN, root, packages, answer],
            input=json.dumps({"event": event, "context": context}),
            env=_environment(function, root),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        message = {"errorMessage": f"{request_id} Task timed out after {seconds} seconds"}
        return json.dumps(message), True, ""
    if not answer.exists():
        return json.dumps({"errorMessage": done.stdout[-2000:]}), True, done.stdout
    text = answer.read_text(encoding="utf-8")
    answer.unlink()
    return text, done.returncode != 0, done.stdout


def _environment(function: LambdaFunction, root: Path) -> dict[str, str]:
    """What AWS sets, what the function's configuration says, and where this moto is."""
    log_group = function.logs_group_name
    aws = {
        "_HANDLER": str(function.handler),
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": function.region,
        "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": str(log_group),
        "AWS_LAMBDA_LOG_STREAM_NAME": "rehearsal",
        "AWS_REGION": function.region,
        "LAMBDA_TASK_ROOT": str(root),
        "PATH": os.defpath,
        "POWERTOOLS_TRACE_DISABLED": "true",  # no X-Ray daemon listens here
    }
    return {name: str(value) for name, value in {**function.environment_vars, **aws}.items()}
