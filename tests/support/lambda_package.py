"""The Lambdas' package as it is shipped, and a process that runs it as Lambda would."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

# What Lambda's own runtime brings.
_RUNTIME = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")
_RUN = """
import importlib, json, sys
sys.path[:0] = sys.argv[1:3]
from tests_context import Context
handler = importlib.import_module(sys.argv[3]).handler
print(json.dumps(handler(json.loads(sys.argv[4]), Context())), file=sys.stderr)
"""
_CONTEXT = """
class Context:
    function_name = "leadwise-test"
    memory_limit_in_mb = 256
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:leadwise-test"
    aws_request_id = "11111111-2222-3333-4444-555555555555"

    def get_remaining_time_in_millis(self):
        return 300_000
"""


def runtime(folder: Path) -> Path:
    """A folder with Lambda's own packages, their bytecode cached as there."""
    site = Path(boto3.__file__).parent.parent
    for name in _RUNTIME:
        _copy(site / name, folder / name)
    (folder / "tests_context.py").write_text(_CONTEXT)
    # Without its services' descriptions botocore starts no client; they are only read.
    (folder / "botocore" / "data").symlink_to(site / "botocore" / "data")
    subprocess.run([sys.executable, "-m", "compileall", "-q", *_compiled(folder)], check=True)
    return folder


def _copy(source: Path, target: Path) -> None:
    if source.is_file():
        shutil.copyfile(source, target)
        return
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("data", "__pycache__"))
    if source.name == "boto3":
        shutil.copytree(source / "data", target / "data")


def _compiled(folder: Path) -> list[str]:
    return [str(folder / name) for name in _RUNTIME]


def python(code: str, *arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run code in a process that sees nothing of this environment's packages."""
    clean = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **env}
    return subprocess.run(
        [sys.executable, "-S", "-c", code, *arguments],
        env=clean,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )


def invoke(
    package: Path, own: Path, module: str, event: Mapping[str, Any], env: Mapping[str, str]
) -> tuple[Any, str]:
    """What `lambdas.<module>.handler` of a package returns for an event, and what it logs."""
    lambda_env = {
        "LAMBDA_TASK_ROOT": str(package),
        "AWS_LAMBDA_FUNCTION_NAME": module,
        "_X_AMZN_TRACE_ID": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;"
        "Sampled=1",
        "POWERTOOLS_SERVICE_NAME": module,
    }
    arguments = (str(package), str(own), f"lambdas.{module}", json.dumps(event))
    done = python(_RUN, *arguments, env={**lambda_env, **env})
    if done.returncode:
        raise AssertionError(done.stderr)
    return json.loads(done.stderr.strip().splitlines()[-1]), done.stdout
