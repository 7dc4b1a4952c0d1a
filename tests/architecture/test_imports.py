"""What an import may cost, where it costs money: at synth and in the light half of ml."""

import ast
import os
import subprocess
import sys
from itertools import chain

import pytest

from tests.support import ROOT

LIGHT_FILES = {
    package: sorted((ROOT / package.replace(".", "/")).glob("*.py"))
    for package in ("ml.contract", "ml.contract.intake", "ml.contract.requests", "ml.use_cases")
}
HEAVY = {"pandas", "numpy", "sklearn", "mlflow", "boto3"}
# What is dear to load and easily dragged in: an import of them is for the function that needs them.
SLOW = {"asyncio", "decimal", "email", "http", "logging", "multiprocessing", "socket", "sqlite3"}
MOST_MODULES = 60
OLDEST = (3, 11)


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True
    )


def _loaded_by(statement: str) -> set[str]:
    code = f"import sys; old = set(sys.modules); {statement}; print(*set(sys.modules) - old)"
    return {name.partition(".")[0] for name in _python("-c", code).stdout.split()}


def _import_all(package: str) -> str:
    """Statement that imports every module of the package, not just its __init__."""
    names = [path.relative_to(ROOT).with_suffix("").parts for path in LIGHT_FILES[package]]
    return "import " + ", ".join(".".join(name).removesuffix(".__init__") for name in names)


def test_every_light_file_is_looked_at():
    files = [*(ROOT / "ml" / "contract").rglob("*.py"), *(ROOT / "ml" / "use_cases").rglob("*.py")]
    assert sorted(files) == sorted(chain.from_iterable(LIGHT_FILES.values()))


def test_synth_loads_no_data_or_cloud_library():
    assert not _loaded_by("import app") & HEAVY


@pytest.mark.parametrize("package", LIGHT_FILES)
def test_the_light_half_loads_the_standard_library_only(package):
    assert _loaded_by(_import_all(package)) - sys.stdlib_module_names == {"ml"}


@pytest.mark.parametrize("package", LIGHT_FILES)
def test_the_light_half_loads_little(package):
    # Milliseconds differ between machines (`make bench` has them); what is loaded does not.
    loaded = _loaded_by(_import_all(package)) - {"ml"}
    assert not loaded & SLOW
    assert len(loaded) <= MOST_MODULES


@pytest.mark.parametrize(
    "path",
    list(chain.from_iterable(LIGHT_FILES.values())),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_the_light_half_parses_on_the_oldest_python(path):
    ast.parse(path.read_text(), feature_version=OLDEST)


def test_a_server_loads_nothing_that_only_training_and_watching_need():
    # Each process of a server would pay for it: in seconds of its start, in memory, in the image.
    loaded = _python("-c", "import sys, ml.cloud_console, ml.serving.app; print(*sys.modules)")
    names = set(loaded.stdout.split())
    assert not names & {"scipy.stats", "sklearn", "pandas", "matplotlib", "mlflow", "evidently"}
