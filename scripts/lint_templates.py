"""Hold every synthesized template against CloudFormation's own schema: `make lint-templates`."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CFN_LINT = Path(sys.executable).with_name("cfn-lint")
IGNORED = (
    "W3005",  # a DependsOn that repeats a reference: the CDK writes those, and they do no harm
    "W3691",  # knows exact versions only; we name PostgreSQL's major one, and RDS the newest in it
    "W6001",  # an output that imports another: training tells people one text of several stacks
)


def templates(folder: Path) -> list[Path]:
    """Every template of a cloud assembly, or of one stage of it."""
    return sorted(folder.rglob("*.template.json"))


def lint(found: list[Path]) -> subprocess.CompletedProcess[str]:
    """Let cfn-lint look at templates; a warning is a failure too."""
    options = ["--non-zero-exit-code", "warning", "--ignore-checks", *IGNORED]
    command: list[str | Path] = [CFN_LINT, *options, "--", *found]
    return subprocess.run(command, check=False, stdout=subprocess.PIPE, encoding="utf-8")


def main(folder: Path) -> int:
    """Lint; cfn-lint's exit code, 2 when there is nothing to lint."""
    found = templates(folder)
    if not found:
        print(f"lint-templates: {folder} holds no template; run make synth first", file=sys.stderr)
        return 2
    done = lint(found)
    print(done.stdout or f"cfn-lint finds nothing in {len(found)} templates")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "cdk.out"))
