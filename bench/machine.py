"""The machine and the code that figures belong to."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
_LIBRARIES = (
    "duckdb", "evidently", "fastapi", "lightgbm", "mlflow", "numpy", "pandas", "pyarrow",
    "scikit-learn", "uvicorn", "xgboost-cpu",
)  # fmt: skip


def machine() -> dict[str, str]:
    """Processor, cores, memory, Python and libraries, for people."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "libraries": ", ".join(f"{name} {version(name)}" for name in _LIBRARIES),
    }


def load() -> float:
    """Processes that wanted to run over the last minute: above the cores, figures suffer."""
    return round(os.getloadavg()[0], 1)


def commit() -> str:
    """The commit that is measured, marked if files of the product differ from it."""
    head = _git("rev-parse", "--short", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", "ml", "bench/*.py")
    return f"{head} with changes" if changed else head


def _git(*words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=30
    )
    return done.stdout.strip() or ("unknown" if done.returncode else "")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
