"""The smoke test after a deploy, against a stand-in of AWS and of the scoring API."""

import json
from dataclasses import replace

import boto3
import pytest
from moto import mock_aws
from moto.cloudformation.models import cloudformation_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends
from moto.sagemaker.models import sagemaker_backends

from infra.environments import DEV
from infra.shapes import Jwt
from scripts import smoke
from scripts.deployment import Deployment, stacks_of
from tests.support.lambdas import listener

REGION = DEV.region
ENDPOINT = "leadwise-dev-lead-conversion"
STACKS = ("leadwise-dev-lake", "leadwise-dev-serving")


class Api:
    """The scoring API: refuses what is not signed, and answers as told otherwise."""

    def __init__(self, answers):
        self.said = [(200, {"score": 37, "model_version": "3"})]
        self.lets_in_strangers = False
        answers[:] = [self._answer]

    def _answer(self, request):
        signed = "AWS4-HMAC-SHA256" in request.headers.get("Authorization", "")
        status, body = (403, {"message": "Forbidden"})
        if signed or self.lets_in_strangers:
            status, body = self.said.pop(0) if len(self.said) > 1 else self.said[0]
        data = json.dumps(body).encode()
        request.send_response(status)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)


@pytest.fixture(autouse=True)
def api():
    """The API; AWS beside it holds what dev has after a deploy without a champion."""
    with mock_aws(), listener() as server:
        server.api = Api(server.answers)
        _deploy(f"{server.url}/v1/score")
        yield server.api


def _deploy(url):
    outputs = {
        "ScoringUrl": {"Value": url},
        "EndpointName": {"Value": ENDPOINT},
    }
    for name in STACKS:
        template = {
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
            "Outputs": outputs if name.endswith("serving") else {},
        }
        cloudformation = boto3.client("cloudformation", region_name=REGION)
        cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    _start_mlflow()


def _start_mlflow():
    ec2 = ec2_backends[DEFAULT_ACCOUNT_ID][REGION]
    subnet, image = ec2.describe_subnets()[0].id, next(iter(ec2.amis))
    scaling = boto3.client("autoscaling", region_name=REGION)
    scaling.create_launch_configuration(
        LaunchConfigurationName="mlflow", ImageId=image, InstanceType="t4g.small"
    )
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="leadwise-dev-mlflow",
        LaunchConfigurationName="mlflow",
        MinSize=1,
        MaxSize=1,
        VPCZoneIdentifier=subnet,
    )


def _add_champion(status="InService"):
    sagemaker = boto3.client("sagemaker", region_name=REGION)
    role = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/x"
    sagemaker.create_model(ModelName="m", ExecutionRoleArn=role)
    variant = {
        "VariantName": "champion",
        "ModelName": "m",
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="c")
    sagemaker_backends[DEFAULT_ACCOUNT_ID][REGION].endpoints[ENDPOINT].endpoint_status = status


def _ring(name, severity):
    cloudwatch = boto3.client("cloudwatch", region_name=REGION)
    topic = f"arn:aws:sns:{REGION}:{DEFAULT_ACCOUNT_ID}:leadwise-dev-{severity}"
    cloudwatch.put_metric_alarm(
        AlarmName=name, Namespace="x", MetricName="y", Threshold=1, EvaluationPeriods=1,
        Period=60, Statistic="Sum", ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic],
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")


def _set_status(stack, status):
    backend = cloudformation_backends[DEFAULT_ACCOUNT_ID][REGION]
    backend.get_stack(stack).status = status


def _look(capsys, environment=DEV, stacks=STACKS):
    deployment = Deployment(environment=environment, stacks=stacks, pause_seconds=0)
    held = smoke.look(deployment)
    lines = capsys.readouterr().out.splitlines()
    failed = [line for line in lines if line.startswith("FAILED")]
    assert held == (not failed)
    assert len(lines) == 6
    return {line.split(": ")[0][8:]: line.partition(": ")[2] for line in lines}, failed


def test_everything_works(capsys):
    _add_champion()
    said, failed = _look(capsys)
    assert failed == []
    assert said["stacks"] == "2 complete"
    assert said["API"] == "a request without signature gets 403"
    assert said["score"] == "a made-up lead scores 37, by model 3"
    assert said["alarms"] == "none rings"


def test_before_the_first_champion_it_passes_and_says_so(api, capsys):
    api.said = [(503, {"title": "no model has been deployed yet"})]
    said, failed = _look(capsys)
    assert failed == []
    assert said["endpoint"] == "no champion yet, so no endpoint"
    assert said["score"] == "not asked: no champion yet"


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "UPDATE_FAILED", "CREATE_IN_PROGRESS"])
def test_a_stack_that_does_not_stand_fails(capsys, status):
    _set_status("leadwise-dev-lake", status)
    _, failed = _look(capsys)
    assert failed == [f"FAILED  stacks: leadwise-dev-lake is {status}"]


def test_a_stack_that_went_back_stands_and_is_named(capsys):
    _set_status("leadwise-dev-lake", "UPDATE_ROLLBACK_COMPLETE")
    said, failed = _look(capsys)
    assert failed == []
    assert said["stacks"] == "2 complete; as before their last update: leadwise-dev-lake"


def test_a_stack_that_is_missing_fails(capsys):
    _, failed = _look(capsys, stacks=(*STACKS, "leadwise-dev-network"))
    assert len(failed) == 1
    assert "leadwise-dev-network does not exist" in failed[0]


def test_an_api_that_answers_500_fails(api, capsys):
    _add_champion()
    api.said = [(500, {"title": "something went wrong"})]
    _, failed = _look(capsys)
    assert failed == [
        "FAILED  score: a made-up lead got 500 something went wrong; expected a score from 0 to 100"
    ]


def test_an_endpoint_that_wakes_up_is_waited_for(api, capsys):
    _add_champion()
    api.said = [(503, {"title": "the model is busy"}), *api.said]
    assert _look(capsys)[1] == []


def test_an_answer_without_a_score_fails(api, capsys):
    _add_champion()
    api.said = [(200, {"status": "needs_attention"})]
    (failed,) = _look(capsys)[1]
    assert failed.startswith("FAILED  score")


def test_an_api_that_lets_strangers_in_fails(api, capsys):
    api.lets_in_strangers = True
    assert _look(capsys)[1] == [
        "FAILED  API: a request without signature got 200 no reason given; expected 401 or 403"
    ]


def test_an_endpoint_that_failed_fails(capsys):
    _add_champion(status="Failed")
    assert f"FAILED  endpoint: {ENDPOINT} is Failed" in _look(capsys)[1]


def test_tracking_without_a_machine_fails(capsys):
    scaling = boto3.client("autoscaling", region_name=REGION)
    scaling.update_auto_scaling_group(
        AutoScalingGroupName="leadwise-dev-mlflow", MinSize=0, DesiredCapacity=0
    )
    (failed,) = _look(capsys)[1]
    assert failed.startswith("FAILED  tracking: leadwise-dev-mlflow has no healthy machine")


def test_a_critical_alarm_fails_and_another_is_only_told(capsys):
    _ring("leadwise-dev-drift", "warning")
    said, failed = _look(capsys)
    assert failed == []
    assert said["alarms"] == "of lower severity: leadwise-dev-drift"
    _ring("leadwise-dev-api-down", "critical")
    assert _look(capsys)[1] == ["FAILED  alarms: ringing: leadwise-dev-api-down"]


def test_alarms_of_other_environments_are_not_ours(capsys):
    _ring("leadwise-prod-api-down", "critical")
    assert _look(capsys)[1] == []


def test_an_api_that_takes_tokens_is_not_asked_to_score(api, capsys):
    _add_champion()
    api.said = [(500, {})]
    jwt = Jwt(issuer="https://login.example.com/", audience=("leadwise",))
    said, failed = _look(capsys, environment=replace(DEV, api_jwt=jwt))
    assert failed == []
    assert said["score"].startswith("not asked: it takes tokens")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["moon"], "unknown environment 'moon'"),
        (["dev"], "holds no templates of environment 'dev'; synthesize it first: make synth"),
    ],
)
def test_a_question_without_meaning_is_code_2(arguments, says, tmp_path, capsys):
    assert smoke.main([*arguments, "--assembly", str(tmp_path)]) == 2
    assert says in capsys.readouterr().err


def _write_assembly(folder):
    template = "template.json"
    artifacts = {
        name: {
            "type": "aws:cloudformation:stack",
            "properties": {"stackName": name, "templateFile": template},
        }
        for name in STACKS
    }
    stage = folder / "assembly-dev"
    stage.mkdir()
    (stage / template).write_text("{}")
    (stage / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))


def test_the_command_looks_at_what_the_assembly_deploys(tmp_path, capsys):
    _write_assembly(tmp_path)
    assert stacks_of(tmp_path, DEV) == STACKS
    assert smoke.main(["dev", "--assembly", str(tmp_path)]) == 0
    assert "ok      stacks: 2 complete" in capsys.readouterr().out
