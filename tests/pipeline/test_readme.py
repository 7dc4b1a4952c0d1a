"""The README's commands, run as it shows them and in an order that a reader would take."""

import json
import os
import re
import shlex
from pathlib import Path

import httpx

from tests.support import processes
from tests.support.command_line import COMMAND, leadwise

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
SHOWN = list(dict.fromkeys(re.findall(r"\.venv/bin/leadwise ([^`\n]+)", README)))
(SERVE,) = [command for command in SHOWN if command.startswith("serve")]
#: What takes long and shows nothing more.
LESS = {
    "--rows 9240": "--rows 4000",
    "--splits 10": "--splits 2",
    "--weeks 26": "--weeks 2",
    "--week 9": "--week 2",
}
#: The file that the others read is made first.
RUN = sorted(
    (command for command in SHOWN if command != SERVE),
    key=lambda command: not command.startswith("generate"),
)
REQUEST = re.search(r"curl -s '[^?]+(\?reasons=2)' .*?-d '(.*?)'\n", README, re.DOTALL)
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}


def words(command):
    for shown, tried in LESS.items():
        command = command.replace(shown, tried)
    return shlex.split(command, comments=True)


def test_every_command_of_the_readme_works_and_its_request_is_answered(
    tmp_path, free_port, monkeypatch
):
    # One test, as each command reads what the one before it left.
    monkeypatch.chdir(tmp_path)
    for command in RUN:
        done = leadwise(*words(command))
        assert done.code == 0, f"{command}\n{done.err}"
    answer = ask(re.sub(r"--port \d+", f"--port {free_port}", SERVE), free_port, tmp_path)
    assert 0 <= answer["score"] <= 100
    assert answer["reasons_for"]


def ask(command, port, folder):
    """The answer of the README's server to its request."""
    url = f"http://127.0.0.1:{port}"
    ready = processes.answers(f"{url}/health/ready")
    typed = [*COMMAND, *words(command)]
    with processes.serve(typed, ready=ready, cwd=folder, env=ENVIRONMENT):
        lead = json.loads(REQUEST[2])
        return httpx.post(f"{url}/v1/score{REQUEST[1]}", json=lead, trust_env=False).json()


def test_every_link_of_the_documents_leads_somewhere():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"
