"""Runs of the Glue job in one Spark session: a script for Spark's own environment.

Standard input holds a JSON list; each entry is a list of arguments, or a Python statement to run
between two runs. Each run answers with one line of JSON: how it ended, and what it logged. What a
statement prints is passed on.
"""

import json
import logging
import sys


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def run(arguments: list[str]) -> dict[str, object]:
    from glue_jobs.cleaning_run import LOG, main

    kept = _Kept()
    LOG.addHandler(kept)
    LOG.setLevel(logging.INFO)
    ended = None
    try:
        main(arguments)
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
