"""What synth wrote for an environment: the templates of its stacks, by name."""

import json
from pathlib import Path
from typing import Any

from ml.contract.errors import UsageError


class NotSynthesized(UsageError):
    """Raised when a folder holds no templates of an environment."""


def templates_in(folder: Path, environment: str) -> dict[str, dict[str, Any]]:
    """Templates by the name of their stack, as the manifest lists them.

    Parameters
    ----------
    folder : Path
        What synth wrote to: cdk.out.
    environment : str
        Name of the environment.

    Raises
    ------
    NotSynthesized
        If the folder holds no templates of it.
    """
    stage = folder / f"assembly-{environment}"
    if not (stage / "manifest.json").is_file():
        raise NotSynthesized(
            f"{folder} holds no templates of environment {environment!r}; synthesize it first: "
            "make synth"
        )
    return templates_of(stage)


def templates_of(stage: Path) -> dict[str, dict[str, Any]]:
    """The same of a folder that is known to hold one environment."""
    manifest = (stage / "manifest.json").read_text(encoding="utf-8")
    artifacts = json.loads(manifest)["artifacts"].values()
    stacks = [each["properties"] for each in artifacts if _is_stack(each)]
    return {each["stackName"]: _template(stage / each["templateFile"]) for each in stacks}


def _is_stack(artifact: dict[str, Any]) -> bool:
    return bool(artifact["type"] == "aws:cloudformation:stack")


def _template(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
