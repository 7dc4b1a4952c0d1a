"""Node, which is locked."""

from pathlib import Path

from scripts.synth import node


def find_node() -> Path:
    """Node, for jsii and for scripts that tests run."""
    return Path(node())
