"""The audit of locked packages: what counts as found, and that no answer is no good news."""

import json
import subprocess

import pytest

from scripts import audit
from scripts.audit import LOCKS, PIP_AUDIT, Answer, node_answer, python_answer, verdict

HARMLESS = {"name": "numpy", "version": "2.4.6", "vulns": []}
HARMFUL = HARMLESS | {"vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["2.4.7"]}]}
UNKNOWN = {"name": "numpy", "skip_reason": "numpy not found on PyPI"}


def _asked(*packages: object, lock: str = "dev.txt") -> Answer:
    return python_answer(lock, json.dumps({"dependencies": packages}), "")


def test_clean_locks_pass():
    assert verdict([_asked(HARMLESS)]) == 0


def test_a_vulnerability_is_named_with_the_version_that_mends_it():
    answer = _asked(HARMFUL)
    assert verdict([answer]) == 1
    assert "numpy 2.4.6: PYSEC-2026-1, mended in 2.4.7" in str(answer)


def test_an_accepted_one_is_not_counted(monkeypatch):
    monkeypatch.setattr(audit, "ACCEPTED", {"PYSEC-2026-1": "We never call it"})
    assert verdict([_asked(HARMFUL)]) == 0


def test_versions_that_an_image_of_aws_decides_are_only_reported():
    answer = _asked(HARMFUL, lock="mwaa.txt")
    assert verdict([answer]) == 0
    assert "PYSEC-2026-1" in str(answer)


def test_a_package_that_nobody_knows_is_no_good_news():
    assert verdict([_asked(HARMLESS, UNKNOWN)]) == 3


def test_a_registry_that_does_not_answer_is_no_good_news():
    silent = python_answer("dev.txt", "", "Traceback\nConnectionError: no such host")
    assert verdict([silent, node_answer('{"message": "405 Method Not Allowed"}', "")]) == 3
    assert "no such host" in str(silent)


@pytest.mark.parametrize(("severity", "code"), [("high", 1), ("critical", 1), ("moderate", 0)])
def test_npm_counts_from_high_upwards(severity, code):
    document = {
        "metadata": {"dependencies": {"total": 2}},
        "vulnerabilities": {"aws-cdk": {"range": "<2", "severity": severity}},
    }
    assert verdict([node_answer(json.dumps(document), "")]) == code


def test_pip_audit_reads_our_locks_and_installs_nothing():
    (lock,) = [lock for lock in LOCKS if lock.name == "synth.txt"]
    command = [*PIP_AUDIT, "--requirement", lock, "--dry-run"]
    done = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")
    assert f"would have audited {lock.read_text().count('==')} packages" in done.stderr
