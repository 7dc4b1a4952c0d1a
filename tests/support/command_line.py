"""The command `leadwise`, in this process or in one of its own."""

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from types import SimpleNamespace
from unittest.mock import patch

from ml.cli.app import main

COMMAND = (sys.executable, "-m", "ml.cli")


def leadwise(*words):
    """Its exit code, and what it wrote to standard output and standard error.

    It runs in this process: the libraries that it imports take longer than most commands do.
    """
    out, err, code = io.StringIO(), io.StringIO(), 0
    typed = ["leadwise", *map(str, words)]
    with patch.object(sys, "argv", typed), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as left:
            code = left.code or 0
    return SimpleNamespace(code=code, out=out.getvalue(), err=err.getvalue())


def leadwise_apart(*words, **kwargs):
    """The same of a process of its own: whatever is written there, by whomever, is seen."""
    done = subprocess.run(
        [*COMMAND, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        **kwargs,
    )
    return SimpleNamespace(code=done.returncode, out=done.stdout, err=done.stderr)
