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
BUDGET_MS = 60
# What a module of the standard library took on the quiet machine that the budget was set on.
YARDSTICK, YARDSTICK_MS = "import asyncio", 36.5
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


def _processor_time(statement: str) -> float:
    """Seconds of processor time that the import adds to a bare interpreter."""
    clock = "time.process_time()"
    code = f"import time; start = {clock}; {statement}; print({clock} - start)"
    return float(_python("-c", code).stdout)


def _milliseconds(statement: str) -> float:
    """The same on a quiet machine: beside busy neighbours even processor time doubles."""
    return YARDSTICK_MS * _processor_time(statement) / _processor_time(YARDSTICK)


def test_every_light_file_is_looked_at():
    files = [*(ROOT / "ml" / "contract").rglob("*.py"), *(ROOT / "ml" / "use_cases").rglob("*.py")]
    assert sorted(files) == sorted(chain.from_iterable(LIGHT_FILES.values()))


def test_synth_loads_no_data_or_cloud_library():
    assert not _loaded_by("import app") & HEAVY


@pytest.mark.parametrize("package", LIGHT_FILES)
def test_the_light_half_loads_the_standard_library_only(package):
    assert _loaded_by(_import_all(package)) - sys.stdlib_module_names == {"ml"}


@pytest.mark.parametrize("package", LIGHT_FILES)
def test_the_light_half_loads_fast(package):
    # Noise only ever adds to the figure, so the least of several is the import's own.
    figures = (_milliseconds(_import_all(package)) for _ in range(10))
    assert any(figure <= BUDGET_MS for figure in figures), f"{package} exceeds {BUDGET_MS} ms"


@pytest.mark.parametrize(
    "path",
    list(chain.from_iterable(LIGHT_FILES.values())),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_the_light_half_parses_on_the_oldest_python(path):
    ast.parse(path.read_text(), feature_version=OLDEST)
