"""Hold every synthesized template against CloudFormation's own schema: `make lint-templates`."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# W3005 says that a DependsOn repeats a reference: the CDK writes those, and they do no harm.
IGNORED = ("W3005",)


def main(folder: Path) -> int:
    """Lint; cfn-lint's exit code, 2 when there is nothing to lint."""
    templates = sorted(str(path) for path in folder.glob("assembly-*/*.template.json"))
    if not templates:
        print(f"lint-templates: {folder} holds no template; run make synth first", file=sys.stderr)
        return 2
    command = [sys.executable, "-m", "cfnlint", "--non-zero-exit-code", "error"]
    ignored = [part for rule in IGNORED for part in ("--ignore-checks", rule)]
    print(f"Linting {len(templates)} templates", file=sys.stderr)
    return subprocess.run([*command, *ignored, "--", *templates], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "cdk.out"))
