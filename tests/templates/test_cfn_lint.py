"""Every template is one that CloudFormation itself would take."""

import json
from pathlib import Path

import pytest

from scripts.lint_templates import lint, main, templates
from tests.support.everything import SYNTHESIZED


@pytest.mark.parametrize("environment", SYNTHESIZED, ids=lambda environment: environment.name)
def test_cfn_lint_finds_nothing(environment, cloud_assembly):
    stage = Path(cloud_assembly.directory) / f"assembly-{environment.name}"
    done = lint(templates(stage))
    assert (done.stdout, done.returncode) == ("", 0)


def test_a_wrong_property_is_found(tmp_path):
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketNmae": "x"}}
    path = tmp_path / "broken.template.json"
    path.write_text(json.dumps({"Resources": {"Raw": bucket}}))
    done = lint([path])
    assert done.returncode != 0
    assert "BucketNmae" in done.stdout


def test_a_folder_without_templates_is_no_success(tmp_path, capsys):
    assert main(tmp_path) == 2
    assert "run make synth first" in capsys.readouterr().err
