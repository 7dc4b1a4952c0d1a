"""What the image is, as far as it can be told without Docker: its lines, its user, its root."""

import os
import re
import subprocess
import sys

import pytest

from tests.support import ROOT, image
from tests.support.containers import ENTRYPOINT, can_confine, confined, container_environment

DOCKERFILE = (ROOT / "Dockerfile").read_text()
INSTALL = (ROOT / "docker" / "install").read_text()
UNREAD = (ROOT / "docker" / "unread").read_text()
LOCKED = "requirements/image.txt"
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
    installs = [line.split() for line in INSTALL.splitlines() if line.strip().startswith("$into ")]
    assert "pip install" not in DOCKERFILE
    assert len(installs) == INSTALL.count("$into ") == 2
    packages, ours = installs
    assert packages[1:] == ["--require-hashes", "--only-binary", ":all:", "-r", LOCKED]
    assert "--no-index" in ours
    assert not re.search(r"^ADD|curl|wget|https?://", DOCKERFILE + INSTALL, re.MULTILINE)


def test_the_image_is_made_by_the_script_that_is_weighed():
    said = re.findall(r"^RUN sh (docker/install .*)", DOCKERFILE, re.MULTILINE)
    assert said == [f"docker/install {what} /opt/leadwise" for what in ("packages", "ours")]
    copied = " ".join(re.findall(r"^COPY (.*)", DOCKERFILE, re.MULTILINE))
    assert {LOCKED, "docker/install", "docker/lighten.py", "docker/unread"} <= set(copied.split())


def test_the_image_runs_on_the_versions_of_the_application():
    whole = (ROOT / "requirements.txt").read_text()
    locked = [str(each).partition(";")[0].strip() for each in image.locked()]
    assert len(locked) > 100
    assert [each for each in locked if not re.search(f"^{re.escape(each)}\\b", whole, re.M)] == []


def test_what_the_image_does_not_hold_is_out_of_reach_of_its_programs(tmp_path):
    """Else the container tests beside this one would not see an import that fails there."""
    env = container_environment(tmp=tmp_path)
    for name in ("aws_cdk", "flask", "pytest", "sagemaker", "pandas.tests"):
        done = subprocess.run(
            [sys.executable, "-c", f"import {name}"],
            check=False, capture_output=True, text=True, env=env,
        )  # fmt: skip
        assert done.stderr.endswith(f"{name} is not in the image\n")


def test_the_services_of_aws_that_we_call_are_left():
    called = {
        name
        for file in (ROOT / "ml").rglob("*.py")
        for name in re.findall(r"boto3\.client\(\s*\"([\w-]+)\"", file.read_text())
    }
    kept = set(re.findall(r"^!botocore/data/(.*)", UNREAD, re.MULTILINE))
    assert called | {"sts"} == kept  # a role may come of a web identity


def test_a_line_that_takes_nothing_stops_the_build(tmp_path):
    with pytest.raises(LookupError, match="remove the line"):
        list(image.LIGHTEN["unread"](tmp_path))


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
