"""Which source files each runtime receives; read at synth, without Docker or network."""

import atexit
import re
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from infra import lambda_wheels
from ml.contract.places import AIRFLOW_DAGS, AIRFLOW_REQUIREMENTS

ROOT = Path(__file__).resolve().parent.parent
# Says which files of the folder hold no DAG.
_NO_DAGS = ".airflowignore"
# All of ml that the MLflow server reads its settings with.
_MLFLOW_CONTRACT = ("__init__", "alerts", "cloud_settings", "errors", "names", "settings")
_LIGHT_HALF = ("ml/contract", "ml/use_cases")
_LAMBDA_SOURCES = ("lambdas", "ml/webhooks.py", *_LIGHT_HALF)
_GLUE_SOURCES = (
    "glue_jobs",
    "ml/contract",
    "ml/use_cases",
    "ml/core/__init__.py",
    "ml/core/canonical.py",
    "ml/core/checks",
    "ml/core/cleaning",
    "ml/core/in_step.py",
    "ml/core/intake",
    "ml/core/parquet_columns.py",
    "ml/core/quarantine.py",
    "ml/core/scored_table.py",
    "ml/core/spreadsheet.py",
    *(
        f"ml/adapters/{name}.py"
        for name in (
            "__init__",
            "aws_faults",
            "patience",
            "query_text",
            "redshift_data",
            "redshift_decoding",
            "redshift_faults",
            "redshift_opening",
            "redshift_unloading",
            "redshift_warehouse",
            "s3_access",
            "staged_files",
        )
    ),
)


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
    source = _put_together(assemble_lambdas) if bundled else ROOT / "lambdas"
    return lambda_.Code.from_asset(str(source), exclude=["__pycache__"])


@cache
def _put_together(assemble: Callable[[Path], Path]) -> Path:
    """A package, put together once per synth; the CDK copies it into its output."""
    package = Path(tempfile.mkdtemp(prefix="leadwise-asset-"))
    atexit.register(shutil.rmtree, package, ignore_errors=True)
    return assemble(package)


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


def glue_script(scope: Construct, id: str) -> s3_assets.Asset:
    """What Glue starts; the rest comes along in `glue_package`."""
    return s3_assets.Asset(scope, id, path=str(ROOT / "glue_jobs" / "clean_leads.py"))


def glue_package(scope: Construct, id: str) -> s3_assets.Asset:
    """What the Glue job imports, zipped: the intake, the cleaning, and what these import.

    A stack that is not to be bundled gets the job's own sources alone.

    Raises
    ------
    DependencyUnavailable
        If the job's package has not been fetched.
    """
    bundled = cdk.Stack.of(scope).bundling_required
    source = _put_together(assemble_glue) if bundled else ROOT / "glue_jobs"
    return s3_assets.Asset(scope, id, path=str(source), exclude=["__pycache__"])


def assemble_glue(package: Path) -> Path:
    """Fill a folder with all that the Glue job imports: the same files give the same bytes.

    Parameters
    ----------
    package : Path
        An empty folder.

    Raises
    ------
    DependencyUnavailable
        If the job's package has not been fetched.
    """
    _copy(lambda_wheels.installed(lambda_wheels.GLUE_LOCK), package)
    for source in (*_GLUE_SOURCES, "ml/__init__.py"):
        _copy(ROOT / source, package / source)
    return package


def _copy(source: Path, target: Path) -> None:
    """Copy a file, or a folder into another."""
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        return
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


def dag_package() -> Path:
    """What managed Airflow's bucket holds: DAGs beside the light half of ml, and requirements."""
    return _put_together(assemble_dags)


def assemble_dags(package: Path) -> Path:
    """Fill a folder with what Airflow reads: the same files give the same bytes.

    Airflow imports from the folder of DAGs, so packages lie in it under their own names.

    Parameters
    ----------
    package : Path
        An empty folder.
    """
    folder = package / AIRFLOW_DAGS
    for source in ("dags", *_LIGHT_HALF):
        _copy(ROOT / source, folder / source)
    shutil.copyfile(ROOT / "ml" / "__init__.py", folder / "ml" / "__init__.py")
    shutil.move(folder / "dags" / _NO_DAGS, folder / _NO_DAGS)
    shutil.copyfile(ROOT / "requirements" / "mwaa.txt", package / AIRFLOW_REQUIREMENTS)
    return package


def locked_airflow() -> str:
    """The version of Airflow that the DAGs' requirements are locked for."""
    lock = (ROOT / "requirements" / "mwaa.txt").read_text()
    found = re.search(r"^apache-airflow==(\S+)", lock, re.MULTILINE)
    assert found, "requirements/mwaa.txt locks no Airflow"
    return found[1]
