"""Settings that cannot be deployed stop synth with one line and exit code 2."""

import json
import os
import subprocess
import sys

from infra.cost.synthesis import synthesized
from infra.cost.templates import read_stacks
from tests.support import ROOT
from tests.support.cdk import context

# A rule that no environment keeps, in place of an environment that breaks one.
CONTRADICTION = """
import runpy
from infra.shapes import Redshift
Redshift.rules = lambda self: iter([(True, "base_rpu is 5; expected 4")])
runpy.run_path("app.py", run_name="__main__")
"""


def _run(*arguments: str, **given: object) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"CDK_CONTEXT_JSON": json.dumps(context(**given))}
    return subprocess.run(
        [sys.executable, *arguments],
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_an_unknown_environment_stops_synth(tmp_path):
    done = _run("scripts/synth.py", f"--out={tmp_path}", "only=qa")
    assert done.returncode == 2
    assert done.stderr == "unknown environment 'qa'; there is: dev, staging, prod\n"


def test_values_that_contradict_each_other_stop_synth():
    done = _run("-c", CONTRADICTION)
    assert done.returncode == 2
    assert done.stderr == "redshift: base_rpu is 5; expected 4\n"


def test_a_folder_of_somebody_else_is_not_emptied(tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("keep")
    done = _run("scripts/synth.py", f"--out={tmp_path}", "only=dev")
    assert done.returncode == 2
    assert "not empty" in done.stderr
    assert mine.read_text() == "keep"


def test_the_price_can_be_had_without_a_synth_before():
    with synthesized("dev") as folder:
        assert "leadwise-dev-lake" in {stack.name for stack in read_stacks(folder, "dev")}
    assert not folder.exists()
