"""Node and what npm brought: the CDK's own command line."""

from __future__ import annotations

from pathlib import Path

from ml.contract.errors import DependencyUnavailable
from scripts.synth import node

ROOT = Path(__file__).resolve().parent.parent


def cdk() -> list[str]:
    """Command that runs the CDK's command line.

    Raises
    ------
    DependencyUnavailable
        If npm has not fetched it.
    """
    program = ROOT / "node_modules" / "aws-cdk" / "bin" / "cdk"
    if not program.exists():
        raise DependencyUnavailable(f"the CDK's command line is not at {program}; run `make setup`")
    return [node(), str(program)]
