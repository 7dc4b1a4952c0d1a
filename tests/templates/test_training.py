"""What trains: the pipeline as SageMaker reads it, narrow roles, and features of the use case."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from aws_cdk import App
from aws_cdk.assertions import Match, Template

from infra.environments import DEV, ENVIRONMENTS
from infra.stage import LeadwiseStage
from ml.contract.cloud_settings import JobSettings
from ml.contract.errors import InvalidSettings
from ml.contract.feature_group import FeatureGroup
from ml.contract.jobs import PipelineParameter
from ml.contract.moments import ARRIVAL
from ml.contract.names import Kind, Step
from ml.contract.places import LEDGER_MODEL, LEDGER_NUMBER
from ml.contract.schema import Column, Schema
from ml.use_cases.lead_conversion import LEAD_CONVERSION
from tests.support.cdk import context


@pytest.fixture(scope="module", params=ENVIRONMENTS, ids=lambda environment: environment.name)
def training(request, template_of):
    return template_of(request.param.name, "training")


def _body(template):
    """The definition, with every token as its own text."""
    (pipeline,) = template.find_resources("AWS::SageMaker::Pipeline").values()
    body = pipeline["Properties"]["PipelineDefinition"]["PipelineDefinitionBody"]
    parts = body["Fn::Join"][1]
    text = "".join(p if isinstance(p, str) else json.dumps(p).replace('"', "'") for p in parts)
    return json.loads(text)


def _jobs(body):
    process, needed, gate = body["Steps"]
    return [process, *needed["Arguments"]["IfSteps"], *gate["Arguments"]["IfSteps"]]


def _statements(template):
    policies = template.find_resources("AWS::IAM::Policy").values()
    return [s for p in policies for s in p["Properties"]["PolicyDocument"]["Statement"]]


def test_jobs_may_read_the_ledger_and_add_to_it_and_no_more(training):
    (ledger,) = training.find_resources("AWS::DynamoDB::Table")
    on_it = [s for s in _statements(training) if ledger in json.dumps(s["Resource"])]
    assert [sorted(s["Action"]) for s in on_it] == [["dynamodb:PutItem", "dynamodb:Query"]]


def test_the_ledger_outlives_its_stack_and_is_keyed_by_model_and_number(training):
    (ledger,) = training.find_resources("AWS::DynamoDB::Table").values()
    assert ledger["DeletionPolicy"] == ledger["UpdateReplacePolicy"] == "Retain"
    assert ledger["Properties"]["DeletionProtectionEnabled"] is True
    assert {key["KeyType"]: key["AttributeName"] for key in ledger["Properties"]["KeySchema"]} == {
        "HASH": LEDGER_MODEL, "RANGE": LEDGER_NUMBER,
    }  # fmt: skip


def test_each_job_says_who_it_is_to_the_ledger(training):
    for job in _jobs(_body(training)):
        who = job["Arguments"]["Environment"][JobSettings.variable("who")]
        assert who == {"Get": "Execution.PipelineExecutionArn"}


def test_four_jobs_run_every_step_from_file_to_registered_champion_in_order(training):
    jobs = _jobs(_body(training))
    assert [job["Name"] for job in jobs] == ["Process", "Train", "Evaluate", "Register"]
    said = [job["Arguments"]["AppSpecification"]["ContainerArguments"] for job in jobs]
    assert {first for first, *_ in said} == {"step"}
    until_deploy = list(Step)[: list(Step).index(Step.DEPLOY) + 1]
    assert [step for _, *steps in said for step in steps] == until_deploy


def test_each_job_waits_for_the_one_before(training):
    _, needed, gate = _body(training)["Steps"]
    train, evaluate = needed["Arguments"]["IfSteps"]
    assert "Steps.Process." in json.dumps(needed["Arguments"]["Conditions"])
    assert "DependsOn" not in train  # it stands in the choice
    assert [step["DependsOn"] for step in (evaluate, gate)] == [["Train"], ["Evaluate"]]


def test_a_run_without_need_to_train_has_nothing_more_to_do(training):
    _, needed, _ = _body(training)["Steps"]
    assert needed["Arguments"]["ElseSteps"] == []


def test_what_choices_read_is_what_is_written(training):
    process, _, evaluate, _ = _jobs(_body(training))
    for job, name in ((process, "process.json"), (evaluate, "verdict.json")):
        written = job["Arguments"]["ProcessingOutputConfig"]
        (output,), (file,) = written["Outputs"], job["PropertyFiles"]
        assert (file["OutputName"], file["FilePath"]) == (output["OutputName"], name)
        assert written["KmsKeyId"]


def test_the_last_job_is_brought_what_the_run_s_jobs_have_told(training):
    *earlier, register = _jobs(_body(training))
    (brought,) = register["Arguments"]["ProcessingInputs"]
    for job in earlier:
        (output,) = job["Arguments"]["ProcessingOutputConfig"]["Outputs"]
        assert output["S3Output"]["S3Uri"] == brought["S3Input"]["S3Uri"]


def test_every_job_is_private_encrypted_and_bounded(training):
    for job in _jobs(_body(training)):
        arguments = job["Arguments"]
        assert arguments["NetworkConfig"]["EnableInterContainerTrafficEncryption"] is True
        assert arguments["NetworkConfig"]["VpcConfig"]["Subnets"]
        assert arguments["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"]
        assert arguments["StoppingCondition"]["MaxRuntimeInSeconds"] <= 4 * 3_600


def test_jobs_are_told_all_that_their_settings_need(training):
    body = _body(training)
    names = {parameter["Name"] for parameter in body["Parameters"]}
    assert names == set(PipelineParameter)
    for job in _jobs(body):
        told = dict(job["Arguments"]["Environment"])
        reason = told.pop(JobSettings.variable("reason"))
        assert reason == {"Get": "Parameters.Reason"}
        settings = JobSettings.from_env(told | {JobSettings.variable("reason"): "manual"})
        assert settings.home_uri.endswith("/home/lead_conversion/")


def test_jobs_see_their_own_statements_and_sign_in_to_the_warehouse_as_themselves(training):
    (own,) = [s for s in _statements(training) if "redshift-data:CancelStatement" in s["Action"]]
    limit = {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}
    assert own["Condition"] == {"StringEquals": limit}
    (signs,) = [
        s for s in _statements(training) if "redshift-serverless:GetCredentials" in s["Action"]
    ]
    assert "Workgroup" in json.dumps(signs["Resource"])


def test_passing_a_role_on_is_limited_to_sagemaker(training):
    passes = [s for s in _statements(training) if s["Action"] == "iam:PassRole"]
    assert len(passes) == 1
    limit = {"iam:PassedToService": "sagemaker.amazonaws.com"}
    assert passes[0]["Condition"] == {"StringEquals": limit}


def test_a_wildcard_resource_stands_only_where_aws_knows_nothing_narrower(training):
    known = (
        "ec2:Describe", "cloudwatch:PutMetricData", "ecr:GetAuthorizationToken", "redshift-data:",
    )  # fmt: skip
    for statement in _statements(training):
        actions = statement["Action"]
        if statement["Resource"] == "*":
            listed = [actions] if isinstance(actions, str) else actions
            assert all(action.startswith(known) for action in listed), statement


def test_jobs_write_home_packages_and_runs_and_nothing_else(training):
    writes = [s for s in _statements(training) if s["Action"] == "s3:PutObject"]
    (resources,) = [json.dumps(s["Resource"]) for s in writes]
    for folder in ("/home/lead_conversion/*", "/packages/lead_conversion/*", "/runs/"):
        assert folder in resources
    assert "Raw" not in resources


def test_the_feature_group_holds_what_is_known_at_arrival_offline_and_encrypted(training):
    (group,) = training.find_resources("AWS::SageMaker::FeatureGroup").values()
    properties = group["Properties"]
    names = [each["FeatureName"] for each in properties["FeatureDefinitions"]]
    known = [column.name for column in LEAD_CONVERSION.schema.features(ARRIVAL)]
    assert names == ["prospect_id", *known, "event_time"]
    assert properties["RecordIdentifierFeatureName"] == "prospect_id"
    assert properties["OfflineStoreConfig"]["S3StorageConfig"]["KmsKeyId"]
    assert "OnlineStoreConfig" not in properties


def test_an_online_store_is_there_only_where_asked_for_and_encrypted(template_of):
    training = template_of("everything", "training")
    (group,) = training.find_resources("AWS::SageMaker::FeatureGroup").values()
    store = group["Properties"]["OnlineStoreConfig"]
    key = group["Properties"]["OfflineStoreConfig"]["S3StorageConfig"]["KmsKeyId"]
    assert store == {"EnableOnlineStore": True, "SecurityConfig": {"KmsKeyId": key}}


def test_what_is_put_into_the_feature_group_and_left_in_the_lake_is_told_to_the_jobs(training):
    (group,) = training.find_resources("AWS::SageMaker::FeatureGroup").values()
    for job in _jobs(_body(training)):
        told = job["Arguments"]["Environment"]
        name = group["Properties"]["FeatureGroupName"]
        assert told[JobSettings.variable("feature_group")] == name


def _with(**changes):
    extra = Column(**({"source": "Extra", "kind": Kind.NUMBER} | changes))
    schema = Schema(columns=(*LEAD_CONVERSION.schema.columns, extra))
    return replace(LEAD_CONVERSION, schema=schema)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("is_deleted", "keep for themselves"),
        ("write_time", "keep for themselves"),
        ("api_invocation_time", "keep for themselves"),
        ("event_time", "keep for themselves"),
        ("as_of", "keep for themselves"),
        ("_hidden", "no name for a feature"),
        ("ends_", "no name for a feature"),
        ("größe", "no name for a feature"),
        ("x" * 65, "no name for a feature"),
    ],
)
def test_a_column_that_a_feature_group_cannot_hold_stops_synth(name, says):
    with pytest.raises(InvalidSettings, match=says) as caught:
        FeatureGroup.of(_with(name=name))
    assert repr(name) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_more_features_than_a_group_holds_stop_synth():
    many = tuple(Column(name=f"c{n}", source=f"Column {n}", kind=Kind.NUMBER) for n in range(2_500))
    schema = Schema(columns=(*LEAD_CONVERSION.schema.columns, *many))
    with pytest.raises(InvalidSettings, match="expected at most 2,500"):
        FeatureGroup.of(replace(LEAD_CONVERSION, schema=schema))


def test_the_image_gets_what_runs_in_it_and_is_built_for_x86(cloud_assembly):
    stage = cloud_assembly.get_nested_assembly("assembly-dev")
    (file,) = Path(stage.directory).glob("*training*.assets.json")
    manifest = json.loads(file.read_text())
    (image,) = manifest["dockerImages"].values()
    folder = Path(stage.directory) / image["source"]["directory"]
    assert {path.name for path in folder.iterdir()} <= {
        ".dockerignore", "Dockerfile", "LICENSE", "docker", "ml", "pyproject.toml",
        "requirements",
    }  # fmt: skip
    assert [path.name for path in (folder / "requirements").iterdir()] == ["image.txt"]
    assert not list(folder.rglob("__pycache__"))
    assert image["source"]["platform"] == "linux/amd64"


def test_studio_is_there_only_where_asked_for_and_in_the_vpc_only(template_of):
    template_of("dev", "training").resource_count_is("AWS::SageMaker::Domain", 0)
    app = App(context=context())
    stage = LeadwiseStage(app, environment=replace(DEV, studio=True))
    template = Template.from_stack(stage.training)
    template.has_resource_properties(
        "AWS::SageMaker::Domain",
        {"AppNetworkAccessType": "VpcOnly", "KmsKeyId": Match.any_value(), "AuthMode": "IAM"},
    )
    template.resource_count_is("AWS::SageMaker::UserProfile", 1)
