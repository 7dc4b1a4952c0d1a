"""Which source files each runtime receives; read at synth, without Docker or network."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from infra import lambda_wheels

ROOT = Path(__file__).resolve().parent.parent
# All of ml that the MLflow server reads its settings with.
_MLFLOW_CONTRACT = ("__init__", "cloud_settings", "errors", "settings")
_LAMBDA_SOURCES = ("lambdas", "ml/contract", "ml/use_cases")


def lambda_code(scope: Construct) -> lambda_.Code:
    """One package for all Lambdas: their handlers, the light half of ml, and what these import.

    Parameters
    ----------
    scope : Construct
        Where it is used; a stack that is not to be bundled gets the handlers' sources alone.

    Raises
    ------
    DependencyUnavailable
        If the Lambdas' packages have not been fetched.
    """
    bundled = cdk.Stack.of(scope).bundling_required
    source = _lambda_package() if bundled else ROOT / "lambdas"
    return lambda_.Code.from_asset(str(source), exclude=["__pycache__"])


@cache
def _lambda_package() -> Path:
    """The package, put together once per synth; the CDK copies it into its output."""
    package = Path(tempfile.mkdtemp(prefix="leadwise-lambda-"))
    atexit.register(shutil.rmtree, package, ignore_errors=True)
    return assemble_lambdas(package)


def assemble_lambdas(package: Path) -> Path:
    """Fill a folder with all that a Lambda runs: the same files give the same bytes.

    Parameters
    ----------
    package : Path
        An empty folder.

    Raises
    ------
    DependencyUnavailable
        If the Lambdas' packages have not been fetched.
    """
    _copy(lambda_wheels.installed(), package)
    for source in _LAMBDA_SOURCES:
        _copy(ROOT / source, package / source)
    shutil.copyfile(ROOT / "ml" / "__init__.py", package / "ml" / "__init__.py")
    return package


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(
        source,
        target,
        ignore=shutil.ignore_patterns("__pycache__"),
        copy_function=shutil.copyfile,
        dirs_exist_ok=True,
    )


def mlflow_server_files(scope: Construct, id: str) -> s3_assets.Asset:
    """What the MLflow server's machine receives: its scripts, its settings and its lock file."""
    return s3_assets.Asset(
        scope,
        id,
        path=str(ROOT),
        exclude=[
            "*",
            "!servers",
            "!servers/**",
            "!requirements",
            "requirements/*",
            "!requirements/mlflow.txt",
            "!ml",
            "ml/*",
            "!ml/__init__.py",
            "!ml/contract",
            "ml/contract/*",
            *(f"!ml/contract/{name}.py" for name in _MLFLOW_CONTRACT),
            "__pycache__",
        ],
        ignore_mode=cdk.IgnoreMode.GIT,
    )
