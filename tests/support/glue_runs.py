"""Runs of the Glue job in one Spark session: a script for Spark's own environment.

Standard input holds a JSON list; each entry is a list of arguments for the script that Glue starts,
which lies beside this one, or a Python statement to run between two runs. Each run answers with one
line of JSON: how it ended, and what it logged. What a statement prints is passed on.
"""

import json
import logging
import sys
from pathlib import Path
from runpy import run_path
from unittest.mock import patch

SCRIPT = str(Path(__file__).with_name("clean_leads.py"))
LOG = logging.getLogger("leadwise.cleaning")


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def run(arguments: list[str]) -> dict[str, object]:
    kept = _Kept()
    LOG.addHandler(kept)
    ended = None
    try:
        with patch.object(sys, "argv", [SCRIPT, *arguments]):
            run_path(SCRIPT, run_name="__main__")
    except SystemExit as error:
        ended = error.code
    LOG.removeHandler(kept)
    return {"ended": ended, "said": [json.loads(line) for line in kept.lines]}


if __name__ == "__main__":
    for entry in json.load(sys.stdin):
        if isinstance(entry, str):
            exec(entry)
        else:
            print(json.dumps(run(entry)), flush=True)
