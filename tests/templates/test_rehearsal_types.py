"""Everything that the dev templates hold can be created without an account, or says why not."""

import json
from collections import Counter

import pytest

from rehearsal.assembly import Assembly
from rehearsal.cloud.engine.kinds import Origin, origin, unproven
from rehearsal.cloud.model import all_models
from rehearsal.coverage import STAND_INS, as_markdown, between_marks
from rehearsal.failure import RehearsalFailed
from tests.support import ROOT

# What `cdk bootstrap` makes, beyond what dev does.
BOOTSTRAPPED = {"AWS::ECR::Repository", "AWS::SSM::Parameter"}


@pytest.fixture(scope="session")
def types(stacks_of):
    return Counter(
        each["Type"]
        for template in stacks_of("dev").values()
        for each in template["Resources"].values()
    )


def test_every_type_of_dev_has_something_that_creates_it(types):
    assert [kind for kind in types if origin(kind) is None] == []


def test_what_is_only_recorded_says_what_stays_unproven(types):
    recorded = {kind for kind in types if origin(kind) is Origin.RECORDED}
    assert recorded  # else the distinction is gone
    assert [kind for kind in recorded if not unproven(kind).startswith("that ")] == []


def test_every_model_of_ours_is_used(types):
    assert set(all_models()) - set(types) - BOOTSTRAPPED == {"Custom::*"}


def test_the_page_names_every_type_and_every_stand_in(types):
    page = as_markdown(types)
    assert [kind for kind in types if kind.removeprefix("AWS::") not in page] == []
    assert [each.service for each in STAND_INS if f"| {each.service} | " not in page] == []


def test_the_page_on_deploying_holds_the_tables(types):
    page = (ROOT / "docs" / "deploying.md").read_text()
    assert between_marks(page, as_markdown(types)) == page, (
        "run python -m rehearsal --stubs --into docs/deploying.md"
    )


def test_a_type_that_nothing_creates_stops_the_rehearsal(tmp_path):
    resources = {"Quantum": {"Type": "AWS::Braket::Job"}, "Bucket": {"Type": "AWS::S3::Bucket"}}
    with pytest.raises(RehearsalFailed, match="nothing can create AWS::Braket::Job; expected a"):
        _assembly(tmp_path, resources).check_types()


def test_two_syntheses_tell_apart_what_differs(tmp_path):
    same = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "same"}}
    one, two = ({"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": n}} for n in (1, 2))
    before = _assembly(tmp_path / "before", {"Same": same, "Other": one, "Gone": one})
    after = _assembly(tmp_path / "after", {"Same": same, "Other": two, "New": one})
    assert before.differing(before) == set()
    names = {logical_id for _, logical_id in before.differing(after)}
    assert names == {"Other", "Gone", "New"}


def _assembly(folder, resources):
    folder.mkdir(exist_ok=True)
    about = {"stackName": "leadwise-dev-one", "templateFile": "one.template.json"}
    artifacts = {"one": {"type": "aws:cloudformation:stack", "properties": about}}
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    (folder / "one.template.json").write_text(json.dumps({"Resources": resources}))
    return Assembly(folder)
