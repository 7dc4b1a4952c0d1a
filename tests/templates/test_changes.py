"""The comment on a pull request: what it changes in templates, permissions and price."""

import pytest

from infra.changes import main, page
from infra.environments import DEV
from infra.policy.template import Stack

LIMIT_OF_A_COMMENT = 65_536
NAME = "leadwise-dev-lake"


def _stack(**resources) -> list[Stack]:
    return [Stack(NAME, DEV, {"Resources": resources})]


def _role(action):
    document = {"Statement": [{"Effect": "Allow", "Action": action, "Resource": "arn:x"}]}
    policies = [{"PolicyName": "p", "PolicyDocument": document}]
    return {"Type": "AWS::IAM::Role", "Properties": {"Policies": policies}}


def test_equal_syntheses_change_nothing():
    same = _stack(Reader=_role("s3:GetObject"))
    assert page(same, same, []).count("No change.") == 3


def test_a_wider_permission_is_told_apart_from_the_template():
    text = page(_stack(Reader=_role("s3:GetObject")), _stack(Reader=_role("s3:PutObject")), [])
    assert f"+ {NAME} Reader may s3:PutObject on arn:x" in text
    assert f"- {NAME} Reader may s3:GetObject on arn:x" in text
    assert f"~ {NAME}/Reader (AWS::IAM::Role): Policies" in text


def test_the_price_comes_first():
    text = page(_stack(), _stack(), ["+ leadwise-dev-network/Nat: $0.00 -> $32.85"])
    assert text.index("$32.85") < text.index("### Permissions")


def test_a_change_of_everything_still_fits_a_comment():
    many = {f"Bucket{number:05}": {"Type": "AWS::S3::Bucket"} for number in range(5_000)}
    text = page(_stack(), _stack(**many), ["+ price"] * 9_000)
    assert len(text) < LIMIT_OF_A_COMMENT
    assert "more; see the templates" in text


@pytest.mark.parametrize("arguments", [[], ["one"], ["no-such-folder", "neither"]])
def test_two_folders_are_wanted(arguments, capsys):
    assert main(arguments) == 2
    assert "expected two folders" in capsys.readouterr().err
