"""CDK for template tests: the project's own flags, without what only a deploy needs."""

import json
import os

from tests.support import ROOT
from tests.support.programs import find_node


def quiet_cdk() -> None:
    """Let CDK start fast and silently; must run before anything imports aws_cdk."""
    os.environ["CDK_VALIDATION"] = "false"
    os.environ["JSII_NODE"] = str(find_node())


def context(**extra: str) -> dict[str, object]:
    """Feature flags of cdk.json, with bundling and stack traces off."""
    flags: dict[str, object] = json.loads((ROOT / "cdk.json").read_text())["context"]
    fast = {"aws:cdk:bundling-stacks": [], "aws:cdk:disable-stack-trace": True}
    return flags | fast | extra
