"""What the image is, as far as it can be told without Docker: its lines, its user, its root."""

import os
import re
import subprocess

import pytest

from tests.support import ROOT
from tests.support.containers import ENTRYPOINT, can_confine, confined

DOCKERFILE = (ROOT / "Dockerfile").read_text()
_ABOUT_ITSELF = "grep CapEff /proc/self/status; touch {tmp}/mine && echo wrote; touch {other}"


@pytest.mark.skipif(not can_confine(), reason="this machine allows no mounts of our own")
@pytest.mark.parametrize("other", [ROOT, ROOT / "ml", "/", "/usr", "/var"])
def test_containers_of_these_tests_write_to_their_tmp_alone_and_may_nothing(tmp_path, other):
    """What `serve`, `train`, `step` and `console` are held to in the tests beside this one."""
    script = _ABOUT_ITSELF.format(tmp=tmp_path, other=f"{other}/never")
    done = subprocess.run(
        confined("sh", "-c", script, writable=[tmp_path]),
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout.split() == ["CapEff:", "0" * 16, "wrote"]
    assert "Read-only file system" in done.stderr


def test_both_stages_are_of_one_slim_python_of_a_named_version():
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.11\.\d+-slim-\w+", bases[0])


def test_nothing_is_installed_that_no_lock_holds_to_its_hash():
    installs = re.findall(r"pip install (.*)", DOCKERFILE)
    assert len(installs) == 2
    for words in installs:
        locked = "--require-hashes" in words and "--only-binary :all:" in words
        assert locked or ("--no-deps" in words and "--no-index" in words)
    assert not re.search(r"^ADD|curl|wget|https?://", DOCKERFILE, re.MULTILINE)


def test_everything_that_libraries_write_goes_below_tmp():
    found = re.search(r"^ENV (PATH=.*\n.*)", DOCKERFILE, re.MULTILINE)
    assert found
    said = dict(pair.split("=") for pair in found[1].replace("\\", "").split())
    assert {said["HOME"], said["MPLCONFIGDIR"]} == {"/tmp"}
    assert said["PYTHONDONTWRITEBYTECODE"] == "1"


@pytest.mark.parametrize("word", ["serve", "train", "step", "console"])
def test_root_becomes_leadwise_before_anything_is_done(tmp_path, word):
    """SageMaker starts it as root: the commands that ask and change that are stand-ins here."""
    stand_ins = {
        "id": '[ "$1" = -u ] && echo 0 || true',
        "chown": "true",
        "setpriv": 'echo "$@"',
        "leadwise": "echo as root",
    }
    for name, does in stand_ins.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    env = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    said = subprocess.run(
        [ENTRYPOINT, word, "more"], check=True, capture_output=True, text=True, env=env
    ).stdout.split()
    assert said[:4] == ["--reuid=leadwise", "--regid=leadwise", "--init-groups", "--no-new-privs"]
    assert said[4:] == [str(ENTRYPOINT), word, "more"]
