"""The command `leadwise` in a process of its own."""

import subprocess
import sys
from types import SimpleNamespace

COMMAND = (sys.executable, "-m", "ml.cli")


def leadwise(*words, **kwargs):
    """Its exit code, and what it wrote to standard output and standard error."""
    done = subprocess.run(
        [*COMMAND, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        **kwargs,
    )
    return SimpleNamespace(code=done.returncode, out=done.stdout, err=done.stderr)
