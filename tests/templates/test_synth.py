"""Synth as `make synth` does it: deterministic, hermetic, and clean by the CDK's own rules."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.environments import ENVIRONMENTS
from tests.support import ROOT
from tests.support.cdk import context

NO_CLOUD = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",  # nothing listens there
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


def _start(out: Path, seed: str) -> subprocess.Popen[bytes]:
    ours = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
    varying = {"PYTHONHASHSEED": seed, "CDK_OUTDIR": str(out)}
    given = {"CDK_CONTEXT_JSON": json.dumps(context()), "CDK_VALIDATION": "true"}
    return subprocess.Popen(
        [sys.executable, "app.py"], cwd=ROOT, env=ours | NO_CLOUD | varying | given
    )


def _files(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


@pytest.fixture(scope="module")
def two_synths(tmp_path_factory) -> tuple[dict[str, bytes], dict[str, bytes]]:
    folders = [tmp_path_factory.mktemp("synth") for _ in range(2)]
    runs = [_start(folder, seed) for folder, seed in zip(folders, "12", strict=True)]
    assert [run.wait(timeout=240) for run in runs] == [0, 0]
    return _files(folders[0]), _files(folders[1])


def test_two_synths_give_the_same_bytes(two_synths):
    first, second = two_synths
    assert first == second


def test_every_environment_is_synthesized(two_synths):
    folders = {Path(name).parts[0] for name in two_synths[0] if name.endswith(".template.json")}
    assert folders == {f"assembly-{environment.name}" for environment in ENVIRONMENTS}


def test_the_rules_of_the_cdk_find_nothing(two_synths):
    report = json.loads(two_synths[0]["validation-report.json"])
    assert report["pluginReports"] == []


def test_no_path_of_this_machine_is_in_the_templates(two_synths):
    for name, content in two_synths[0].items():
        assert str(ROOT).encode() not in content, name
