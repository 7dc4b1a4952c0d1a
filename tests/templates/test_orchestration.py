"""What asks for a retrain, what runs it once, and managed Airflow where it is turned on."""

import json
import re
from dataclasses import replace

import pytest
from aws_cdk import App

from infra.shapes import Airflow, Orchestrator
from infra.source_assets import assemble_dags, locked_airflow
from infra.stage import LeadwiseStage
from lambdas.retraining.events import read
from ml.contract.alerts import drift_alarm
from ml.contract.cloud_settings import RetrainDagSettings, RetrainTriggerSettings
from ml.contract.errors import InvalidSettings
from ml.contract.jobs import MOST_SECONDS
from ml.contract.messages import (
    RETRAIN_ENDED,
    RETRAIN_WANTED,
    RetrainAgeAsked,
    RetrainEnded,
    RetrainWanted,
)
from tests.support import ROOT, aws_events
from tests.support.cdk import context
from tests.support.event_bridge import ACCOUNT, handed, matches, plain
from tests.support.everything import EVERYTHING, SYNTHESIZED
from tests.support.templates import resources, statements, the_only

USE_CASE = "lead_conversion"


@pytest.fixture(scope="module", params=SYNTHESIZED, ids=lambda environment: environment.name)
def environment(request):
    return request.param


@pytest.fixture
def orchestration(environment, stacks_of):
    return stacks_of(environment.name)["orchestration"]


@pytest.fixture(scope="module")
def airflow(stacks_of):
    return stacks_of(EVERYTHING.name)["orchestration"]


def _rules(template):
    return {id: plain(rule["Properties"]) for id, rule in _raw_rules(template).items()}


def _raw_rules(template):
    return resources(template, "AWS::Events::Rule")


def _asked(template, event):
    """What the retrain Lambda reads of an event, through each rule that matches it."""
    asked = []
    for id, rule in _rules(template).items():
        if matches(rule.get("EventPattern", {"source": []}), event):
            (target,) = _raw_rules(template)[id]["Properties"]["Targets"]
            asked.append(read(handed(target, event), USE_CASE, "request"))
    return asked


def _policy(template, role):
    documents = [
        policy["Properties"]["PolicyDocument"]
        for policy in resources(template, "AWS::IAM::Policy").values()
        if policy["Properties"]["Roles"][0]["Ref"].startswith(role)
    ]
    return list(statements(*documents))


def _allowed(template, role):
    return {
        action: [plain(resource) for resource in statement["Resource"]]
        for statement in _policy(template, role)
        for action in statement["Action"]
    }


def test_cleaned_leads_ask_for_a_retrain_once_for_each_run_of_the_job(orchestration, environment):
    job = f"leadwise-{environment.name}-clean-leads"
    assert _asked(orchestration, aws_events.glue_job(job, "SUCCEEDED")) == [
        RetrainWanted(use_case=USE_CASE, reason="new_data", cause="Glue run jr_2a9f")
    ]


def test_the_drift_alarm_asks_for_a_retrain(orchestration, environment):
    event = aws_events.alarm(drift_alarm(environment.name), "ALARM")
    (asked,) = _asked(orchestration, event)
    assert (asked.reason, asked.cause) == (
        "alarm",
        f"{drift_alarm(environment.name)} at 2026-11-21T12:26:13.000+0000",
    )


def test_our_own_code_asks_for_a_retrain_and_says_when_one_is_over(orchestration, environment):
    pipeline = f"leadwise-{environment.name}-retrain"
    wanted = {"use_case": USE_CASE, "reason": "drift", "cause": "psi 0.31"}
    assert _asked(orchestration, aws_events.ours(RETRAIN_WANTED, pipeline, **wanted)) == [
        RetrainWanted(**wanted)
    ]
    ended = {"use_case": USE_CASE, "run": "manual-1", "status": "Failed"}
    assert _asked(orchestration, aws_events.ours(RETRAIN_ENDED, pipeline, **ended)) == [
        RetrainEnded(**ended)
    ]


@pytest.mark.parametrize("status", ["Succeeded", "Failed", "Stopped"])
def test_the_end_of_a_run_gives_the_lease_back_once(orchestration, environment, status):
    event = aws_events.pipeline_run(f"leadwise-{environment.name}-retrain", status)
    run = event["detail"]["pipelineExecutionArn"]
    # Airflow's run holds the lease by an id of its own, and its DAG says when it is over.
    by_airflow = environment.orchestrator is Orchestrator.MWAA
    ended = RetrainEnded(use_case=USE_CASE, run=run, status=status)
    assert _asked(orchestration, event) == ([] if by_airflow else [ended])


def test_what_happens_elsewhere_or_to_other_things_asks_for_nothing(orchestration, environment):
    name = environment.name
    other = "prod" if name == "dev" else "dev"
    wanted = {"use_case": USE_CASE, "reason": "drift", "cause": "psi"}
    for event in (
        aws_events.glue_job(f"leadwise-{name}-clean-leads", "FAILED"),
        aws_events.glue_job(f"leadwise-{other}-clean-leads", "SUCCEEDED"),
        aws_events.alarm(drift_alarm(name), "OK"),
        aws_events.alarm(drift_alarm(name), "INSUFFICIENT_DATA"),
        aws_events.alarm(drift_alarm(other), "ALARM"),
        aws_events.alarm(f"{drift_alarm(name)}-of-something-else", "ALARM"),
        aws_events.pipeline_run(f"leadwise-{name}-retrain", "Executing"),
        aws_events.pipeline_run(f"leadwise-{other}-retrain", "Succeeded"),
        aws_events.ours(RETRAIN_WANTED, f"leadwise-{other}-retrain", **wanted),
    ):
        assert _asked(orchestration, event) == [], event


def test_the_schedule_asks_once_for_each_time_that_it_was_due(orchestration, environment):
    schedule = the_only(orchestration, "AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == environment.retrain.schedule
    assert (schedule["ScheduleExpressionTimezone"], schedule["State"]) == ("Etc/UTC", "ENABLED")
    asked = read(json.loads(schedule["Target"]["Input"]), USE_CASE, "request")
    # Scheduler fills the time in: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    assert asked == RetrainWanted(
        use_case=USE_CASE, reason="schedule", cause="<aws.scheduler.scheduled-time>"
    )


def test_every_hour_somebody_asks_how_old_the_last_retrain_is(orchestration):
    (rule,) = [r for r in _rules(orchestration).values() if "ScheduleExpression" in r]
    assert rule["ScheduleExpression"] == "rate(1 hour)"
    (target,) = rule["Targets"]
    assert read(handed(target, {}), USE_CASE, "request") == RetrainAgeAsked(use_case=USE_CASE)


def test_no_request_is_lost(orchestration):
    queue = {"Fn::GetAtt": [next(iter(resources(orchestration, "AWS::SQS::Queue"))), "Arn"]}
    targets = [t for r in _raw_rules(orchestration).values() for t in r["Properties"]["Targets"]]
    targets.append(the_only(orchestration, "AWS::Scheduler::Schedule")["Target"])
    assert len(targets) >= 5
    for target in targets:
        assert target["DeadLetterConfig"] == {"Arn": queue}
        assert target["RetryPolicy"]["MaximumRetryAttempts"] == 3
    failing = the_only(orchestration, "AWS::Lambda::EventInvokeConfig")
    assert failing["DestinationConfig"]["OnFailure"] == {"Destination": queue}


def test_every_rule_may_call_the_lambda_and_nothing_else_may(orchestration):
    permissions = resources(orchestration, "AWS::Lambda::Permission").values()
    sources = {plain(p["Properties"]["SourceArn"]) for p in permissions}
    assert sources == {f"att:{id}.Arn" for id in _raw_rules(orchestration)}
    assert {p["Properties"]["Principal"] for p in permissions} == {"events.amazonaws.com"}


def _trigger(template):
    (function,) = [
        each["Properties"]
        for each in resources(template, "AWS::Lambda::Function").values()
        if each["Properties"]["Handler"] == "lambdas.retrain_trigger.handler"
    ]
    return function


def test_the_lambda_reads_the_settings_that_it_is_given(orchestration, environment):
    variables = _trigger(orchestration)["Environment"]["Variables"]
    settings = RetrainTriggerSettings.from_env(
        {name: str(plain(value)) for name, value in variables.items()}
    )
    assert settings.orchestrator == environment.orchestrator.value
    by_airflow = environment.orchestrator is Orchestrator.MWAA
    name = f"leadwise-{environment.name}"
    assert settings.target == (name if by_airflow else f"{name}-retrain")
    assert settings.dag == (f"leadwise_{USE_CASE}" if by_airflow else "")
    assert settings.lease_minutes * 60 > sum(MOST_SECONDS.values())
    assert settings.lease_table.startswith("ref:Leases")


def test_the_lambda_may_start_its_own_orchestrator_and_keep_its_lease(orchestration, environment):
    allowed = _allowed(orchestration, "RetrainTrigger")
    leases = next(iter(resources(orchestration, "AWS::DynamoDB::Table")))
    assert allowed["dynamodb:UpdateItem"] == [f"att:{leases}.Arn"]
    name, where = f"leadwise-{environment.name}", f"us-east-1:{ACCOUNT}"
    arn = f"arn:aws:sagemaker:{where}:pipeline/{name}-retrain"
    pipeline = {
        "sagemaker:StartPipelineExecution": [arn],
        "sagemaker:ListPipelineExecutionSteps": [f"{arn}/execution/*"],
    }
    dag = {"airflow:InvokeRestApi": [f"arn:aws:airflow:{where}:role/{name}/User"]}
    starting = {a: r for a, r in allowed.items() if a.startswith(("sagemaker:", "airflow:"))}
    assert starting == (dag if environment.orchestrator is Orchestrator.MWAA else pipeline)


def test_the_schedule_may_call_the_lambda_and_leave_a_dead_letter(orchestration):
    allowed = _allowed(orchestration, "ScheduleRole")
    function = next(
        id
        for id, each in resources(orchestration, "AWS::Lambda::Function").items()
        if each["Properties"]["Handler"] == "lambdas.retrain_trigger.handler"
    )
    assert {r.partition(":*")[0] for r in allowed["lambda:InvokeFunction"]} == {
        f"att:{function}.Arn"
    }
    services = {action.partition(":")[0] for action in allowed}
    assert services == {"lambda", "sqs", "kms"}


def test_without_airflow_nothing_of_it_is_there(stacks_of):
    for name in ("dev", "staging", "prod"):
        kinds = {each["Type"] for each in stacks_of(name)["orchestration"]["Resources"].values()}
        assert not kinds & {"AWS::MWAA::Environment", "AWS::S3::Bucket"}


class TestAirflow:
    def test_it_stands_in_two_private_subnets_and_its_pages_are_closed(self, airflow, stacks_of):
        found = the_only(airflow, "AWS::MWAA::Environment")
        assert found["WebserverAccessMode"] == "PRIVATE_ONLY"
        network = stacks_of(EVERYTHING.name)["network"]
        names = [
            plain(s).partition("ExportsOutputRef")[2]
            for s in found["NetworkConfiguration"]["SubnetIds"]
        ]
        subnets = resources(network, "AWS::EC2::Subnet")
        chosen = [
            s["Properties"] for id, s in subnets.items() if any(n.startswith(id) for n in names)
        ]
        assert len(chosen) == 2
        assert not any(subnet.get("MapPublicIpOnLaunch") for subnet in chosen)
        zones = {json.dumps(subnet["AvailabilityZone"], sort_keys=True) for subnet in chosen}
        assert len(zones) == 2

    def test_its_machines_reach_each_other_and_the_way_out(self, airflow, stacks_of):
        """https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-security.html"""
        network = stacks_of(EVERYTHING.name)["network"]
        (group,) = [
            id
            for id in resources(network, "AWS::EC2::SecurityGroup")
            if id.startswith("TiersAirflow")
        ]
        given = the_only(airflow, "AWS::MWAA::Environment")["NetworkConfiguration"][
            "SecurityGroupIds"
        ]
        assert [group in plain(each) for each in given] == [True]
        own = f"att:{group}.GroupId"
        within = {
            rule["FromPort"]
            for rule in map(plain, _properties(network, "AWS::EC2::SecurityGroupIngress"))
            if rule["GroupId"] == rule["SourceSecurityGroupId"] == own
        }
        assert within == {443, 5432}
        routes = _properties(network, "AWS::EC2::Route")
        assert any("NatGatewayId" in route for route in routes)

    def test_everything_that_it_keeps_is_encrypted_with_our_key(self, airflow):
        key = plain(the_only(airflow, "AWS::MWAA::Environment")["KmsKey"])
        assert "Operations" in key
        for group in _properties(airflow, "AWS::Logs::LogGroup"):
            assert plain(group["KmsKeyId"]) == key

    def test_its_bucket_is_versioned_and_closed(self, airflow):
        source = plain(the_only(airflow, "AWS::MWAA::Environment")["SourceBucketArn"])
        bucket = airflow["Resources"][source.removeprefix("att:").removesuffix(".Arn")][
            "Properties"
        ]
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}

    def test_it_runs_on_the_requirements_that_were_delivered_and_no_others(self, airflow):
        found = the_only(airflow, "AWS::MWAA::Environment")
        (delivery,) = resources(airflow, "AWS::CloudFormation::CustomResource")
        assert found["RequirementsS3ObjectVersion"] == {"Ref": delivery}
        assert (found["DagS3Path"], found["RequirementsS3Path"]) == ("dags/", "requirements.txt")

    def test_its_logs_are_the_groups_that_we_made(self, airflow):
        found = the_only(airflow, "AWS::MWAA::Environment")
        kinds = {"DAGProcessing", "Scheduler", "Task", "WebServer", "Worker"}
        ours = {g["LogGroupName"] for g in _properties(airflow, "AWS::Logs::LogGroup")}
        assert {f"airflow-{found['Name']}-{kind}" for kind in kinds} <= ours
        assert all(each["Enabled"] for each in found["LoggingConfiguration"].values())

    def test_the_dag_reads_the_options_that_airflow_is_given(self, airflow):
        options = plain(the_only(airflow, "AWS::MWAA::Environment")["AirflowConfigurationOptions"])
        # As Airflow turns options into variables: leadwise.use_case is AIRFLOW__LEADWISE__USE_CASE.
        variables = {
            f"AIRFLOW__{section.upper()}__{name.upper()}": value
            for section, _, name in (option.partition(".") for option in options)
            for value in [options[f"{section}.{name}"]]
        }
        settings = RetrainDagSettings.from_env(variables)
        assert (
            settings.pipeline
            == f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:pipeline/leadwise-everything-retrain"
        )
        assert settings.dag == f"leadwise_{USE_CASE}"
        assert settings.crawler == "leadwise-everything-lake"
        assert settings.glue_job == "leadwise-everything-clean-leads"
        assert settings.runs_uri.endswith(f"/runs/{USE_CASE}/")
        assert settings.patience_minutes * 60 > sum(MOST_SECONDS.values())

    def test_its_role_runs_the_jobs_of_one_pipeline_and_announces_the_end(self, airflow):
        where = f"us-east-1:{ACCOUNT}"
        name = "leadwise-everything-retrain"
        allowed = _allowed(airflow, "AirflowRole")
        jobs = [f"arn:aws:sagemaker:{where}:processing-job/{name}-*"]
        assert {a: found for a, found in allowed.items() if a.startswith("sagemaker:")} == {
            "sagemaker:DescribePipeline": [f"arn:aws:sagemaker:{where}:pipeline/{name}"],
            "sagemaker:CreateProcessingJob": jobs,
            "sagemaker:DescribeProcessingJob": jobs,
        }
        assert allowed["events:PutEvents"] == [f"arn:aws:events:{where}:event-bus/default"]
        unbounded = {a for a, found in allowed.items() if found == ["*"]}
        assert unbounded == {"cloudwatch:PutMetricData", "s3:GetAccountPublicAccessBlock"}
        assert not {a for a in allowed if a in {"*", "s3:*", "sqs:*", "airflow:*", "kms:*"}}

    def test_its_role_gives_a_role_to_sagemakers_jobs_only(self, airflow):
        (passes,) = [s for s in _policy(airflow, "AirflowRole") if "iam:PassRole" in s["Action"]]
        to = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
        assert passes["Condition"] == to
        assert len(passes["Resource"]) == 1

    def test_only_airflow_of_this_account_becomes_it(self, airflow):
        (role,) = [
            each["Properties"]
            for id, each in resources(airflow, "AWS::IAM::Role").items()
            if id.startswith("AirflowRole")
        ]
        trust = role["AssumeRolePolicyDocument"]["Statement"]
        (statement,) = trust
        assert sorted(statement["Principal"]["Service"]) == [
            "airflow-env.amazonaws.com",
            "airflow.amazonaws.com",
        ]
        same_account = {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        assert statement["Condition"] == {"StringEquals": same_account}

    def test_the_smallest_class_has_one_of_each(self, airflow):
        found = the_only(airflow, "AWS::MWAA::Environment")
        assert found["EnvironmentClass"] == "mw1.micro"
        counts = ("MinWorkers", "MaxWorkers", "MinWebservers", "MaxWebservers", "Schedulers")
        assert [found[name] for name in counts] == [1] * 5

    def test_a_version_that_the_requirements_are_not_locked_for_stops_synth(self):
        other = replace(EVERYTHING, airflow=Airflow(version="2.11.0"))
        with pytest.raises(InvalidSettings, match=r"'2\.11\.0'; expected '3\.0\.6'.*scripts/lock"):
            LeadwiseStage(App(context=context()), environment=other)


def _properties(template, kind):
    return [each["Properties"] for each in resources(template, kind).values()]


LOCK = (ROOT / "requirements" / "mwaa.txt").read_text()
IMAGE = (ROOT / "requirements" / "mwaa-image.constraints").read_text()


def _pins(text):
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", text, re.MULTILINE))


def test_requirements_are_what_the_image_of_that_airflow_holds():
    """MWAA starts without its requirements where they contradict its image."""
    image, lock = _pins(IMAGE), _pins(LOCK)
    assert lock["apache-airflow"] == image["apache-airflow"] == locked_airflow() == "3.0.6"
    assert {
        name: version for name, version in lock.items() if image.get(name, version) != version
    } == {}
    assert {"boto3", "apache-airflow-providers-amazon"} <= set(lock)


def test_mwaa_adds_no_constraints_of_its_own_to_the_lock():
    """It does where no line names any; a comment is enough, see its `user_requirements.py`."""
    assert any(re.search(r"-c |--constraint ", line) for line in LOCK.splitlines())


def test_the_package_holds_dags_what_they_import_and_the_lock(tmp_path):
    package = assemble_dags(tmp_path)
    files = {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()}
    wanted = {"dags/dags/lead_scoring.py", "dags/dags/tasks/jobs.py", "dags/ml/contract/jobs.py"}
    assert {"requirements.txt", *wanted} <= files
    assert (package / "requirements.txt").read_text() == LOCK
    # What DAGs import is no DAG: Airflow would try each file that says both words.
    assert {"ml/", "tasks/"} <= {*(package / "dags/.airflowignore").read_text().splitlines()}
    assert not {file for file in files if "__pycache__" in file or file.startswith("dags/ml/core")}
