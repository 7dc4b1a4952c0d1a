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
from dataclasses import asdict, dataclass
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


@dataclass(frozen=True)
class _Outcome:
    """What came of a run: the answer, and the calls to AWS that were made on the way."""

    answer: Any
    failed: bool
    log: str = ""
    calls: tuple[str, ...] = ()


def install(work: Path) -> None:
    """Let moto run Python functions in `work`, where each invocation is also written down."""
    packages = _runtime_packages(work / "runtime")

    def invoke(self: LambdaFunction, event: Any = None) -> tuple[str, bool, str]:
        if not str(self.run_time).startswith("python"):
            raise NotImplementedError(f"{self.function_name} runs {self.run_time}, not Python")
        event = json.loads(event) if isinstance(event, str) else event
        outcome = _run(self, event, _unpacked(self, work / "tasks"), packages)
        _write_down(self, event, outcome, work / "invocations.jsonl")
        return json.dumps(outcome.answer), outcome.failed, outcome.log

    LambdaFunction._invoke_lambda = invoke


def _write_down(function: LambdaFunction, event: Any, outcome: _Outcome, ledger: Path) -> None:
    about = {"function": function.function_name, "handler": function.handler, "event": event}
    with _lock, ledger.open("a", encoding="utf-8") as file:
        file.write(json.dumps(about | asdict(outcome)) + "\n")


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


def _run(function: LambdaFunction, event: Any, root: Path, packages: Path) -> _Outcome:
    request_id = str(uuid.uuid4())
    file = packages.parent / f"{request_id}.json"
    seconds = max(int(function.timeout), _LEAST_SECONDS)
    context = {"request_id": request_id, "arn": function.function_arn, "seconds": seconds}
    command = [sys.executable, "-I", "-S", str(MAIN), str(root), str(packages), str(file)]
    asked = json.dumps({"event": event, "context": context})
    try:
        done = _process(command, asked, _environment(function, root), seconds)
    except subprocess.TimeoutExpired:
        message = f"{request_id} Task timed out after {seconds} seconds"
        return _Outcome({"errorMessage": message}, failed=True)
    if not file.exists():
        return _Outcome({"errorMessage": done.stdout[-2000:]}, failed=True, log=done.stdout)
    told = json.loads(file.read_text(encoding="utf-8"))
    file.unlink()
    return _Outcome(told["answer"], done.returncode != 0, done.stdout, tuple(told["calls"]))


def _process(
    command: list[str], asked: str, env: dict[str, str], seconds: int
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        input=asked,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )


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
