"""The README's commands, run as it shows them and in an order that a reader would take."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.support import processes

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SHOWN = re.findall(r"\.venv/bin/leadwise ([^`\n]+)", README)
(SERVE,) = [command for command in SHOWN if command.startswith("serve")]
#: The file that the others read is made first.
RUN = sorted(
    set(SHOWN) - {SERVE},
    key=lambda command: (not command.startswith("generate"), SHOWN.index(command)),
)

pytestmark = pytest.mark.xdist_group("readme")  # each command reads what the one before it left


def words(command):
    return [sys.executable, "-m", "ml.cli", *shlex.split(command, comments=True)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("reader")


@pytest.fixture(scope="module")
def environment():
    return os.environ | {"PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize("command", RUN)
def test_every_command_of_the_readme_works(command, folder, environment):
    done = subprocess.run(
        words(command), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_request_of_the_readme_is_answered(folder, environment, free_port):
    command = re.sub(r"--port \d+", f"--port {free_port}", SERVE)
    url = f"http://127.0.0.1:{free_port}"
    ready = processes.answers(f"{url}/health/ready")
    shown = re.search(r"curl -s '[^?]+\?reasons=2' .*?-d '(.*?)'\n", README, re.DOTALL)
    with processes.serve(words(command), ready=ready, cwd=folder, env=environment):
        answer = httpx.post(f"{url}/v1/score?reasons=2", json=json.loads(shown[1])).json()
    assert 0 <= answer["score"] <= 100
    assert answer["reasons_for"]


def test_every_link_of_the_documents_leads_somewhere():
    for page in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *sorted((ROOT / "docs").rglob("*.md")),
    ):
        for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"
