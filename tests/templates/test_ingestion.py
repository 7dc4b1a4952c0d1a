"""From a new file to clean, catalogued leads: the wiring and its narrow permissions."""

import json
from dataclasses import fields

import pytest
from aws_cdk.assertions import Match

from infra.environments import ENVIRONMENTS
from ml.contract.cloud_settings import IntakeSettings
from ml.contract.jobs import CleaningOptions
from ml.contract.lake_queries import QUERIED, lake_queries
from ml.contract.names import Zone
from ml.contract.places import leads_table, raw_prefix
from ml.use_cases.lead_conversion import LEAD_CONVERSION

USE_CASE = "lead_conversion"


@pytest.fixture(scope="module", params=ENVIRONMENTS, ids=lambda environment: environment.name)
def environment(request):
    return request.param


@pytest.fixture
def ingestion(environment, template_of):
    return template_of(environment.name, "ingestion")


def _only(template, kind, properties=None):
    (found,) = template.find_resources(kind, {"Properties": properties or {}}).values()
    return found["Properties"]


def _statements(template, role_prefix):
    policies = template.find_resources("AWS::IAM::Policy").values()
    roles = [
        (p["Properties"]["Roles"][0]["Ref"], p["Properties"]["PolicyDocument"]) for p in policies
    ]
    return [
        s for ref, document in roles if ref.startswith(role_prefix) for s in document["Statement"]
    ]


def _actions(statement):
    actions = statement["Action"]
    return {actions} if isinstance(actions, str) else set(actions)


def test_the_job_is_small_bounded_and_encrypted(ingestion, environment):
    job = _only(ingestion, "AWS::Glue::Job")
    assert (job["GlueVersion"], job["WorkerType"], job["NumberOfWorkers"]) == ("5.1", "G.1X", 2)
    assert (job["Timeout"], job["MaxRetries"]) == (60, 1)
    assert job["ExecutionProperty"] == {"MaxConcurrentRuns": 4}
    assert job["SecurityConfiguration"] == f"leadwise-{environment.name}-ingestion"
    assert job["Connections"] == {"Connections": [f"leadwise-{environment.name}-warehouse"]}


def test_the_job_is_told_what_it_needs_and_keeps_no_memory_of_its_own(ingestion):
    arguments = _only(ingestion, "AWS::Glue::Job")["DefaultArguments"]
    assert arguments["--use_case"] == USE_CASE
    assert arguments["--job-bookmark-option"] == "job-bookmark-disable"
    assert arguments["--extra-py-files"]["Fn::Sub"].endswith(".zip")


def test_files_logs_and_bookmarks_are_encrypted_with_our_keys(ingestion):
    ingestion.has_resource_properties(
        "AWS::Glue::SecurityConfiguration",
        {
            "EncryptionConfiguration": {
                "S3Encryptions": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": Match.any_value()}],
                "CloudWatchEncryption": {
                    "CloudWatchEncryptionMode": "SSE-KMS",
                    "KmsKeyArn": Match.any_value(),
                },
                "JobBookmarksEncryption": {
                    "JobBookmarksEncryptionMode": "CSE-KMS",
                    "KmsKeyArn": Match.any_value(),
                },
            }
        },
    )


def test_the_logs_that_glue_names_are_kept_as_long_as_ours(ingestion, environment):
    groups = ingestion.find_resources("AWS::Logs::LogGroup").values()
    assert len(groups) == 4
    for group in groups:
        assert group["Properties"]["RetentionInDays"] == environment.log_days
        assert "KmsKeyId" in group["Properties"]


def test_the_connection_names_a_secret_and_no_password(ingestion):
    connection = _only(ingestion, "AWS::Glue::Connection")["ConnectionInput"]
    assert connection["ConnectionProperties"]["JDBC_ENFORCE_SSL"] == "true"
    assert "SECRET_ID" in connection["ConnectionProperties"]
    assert "PASSWORD" not in json.dumps(connection)
    where = connection["PhysicalConnectionRequirements"]
    assert len(where["SecurityGroupIdList"]) == 1


def test_the_crawler_reads_new_folders_and_changes_no_table(ingestion):
    crawler = _only(ingestion, "AWS::Glue::Crawler")
    assert crawler["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}
    assert crawler["SchemaChangePolicy"] == {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
    assert "CrawlerSecurityConfiguration" in crawler
    folders = [json.dumps(each["Path"]) for each in crawler["Targets"]["S3Targets"]]
    assert [path.split("/")[-2] for path in folders] == [Zone.RAW, *QUERIED]


def test_the_crawler_starts_when_the_job_has_succeeded(ingestion):
    trigger = _only(ingestion, "AWS::Glue::Trigger")
    job = _only(ingestion, "AWS::Glue::Job")["Name"]
    assert trigger["Type"] == "CONDITIONAL"
    assert trigger["StartOnCreation"] is True
    condition = {"JobName": job, "State": "SUCCEEDED", "LogicalOperator": "EQUALS"}
    assert trigger["Predicate"] == {"Conditions": [condition]}


def test_new_files_of_the_use_case_reach_the_intake_through_the_queue(ingestion):
    rule = _only(ingestion, "AWS::Events::Rule", {"EventPattern": {"source": ["aws.s3"]}})
    assert rule["EventPattern"]["detail-type"] == ["Object Created"]
    key = rule["EventPattern"]["detail"]["object"]["key"]
    assert key == [{"prefix": raw_prefix(USE_CASE)}]
    (target,) = rule["Targets"]
    source = _only(ingestion, "AWS::Lambda::EventSourceMapping")
    assert target["Arn"] == source["EventSourceArn"]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert "DeadLetterConfig" in target


def test_only_the_rules_may_fill_the_queues(ingestion):
    for policy in ingestion.find_resources("AWS::SQS::QueuePolicy").values():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Allow":
                assert statement["Principal"] == {"Service": "events.amazonaws.com"}
                assert "ArnEquals" in statement["Condition"]


def test_the_queue_gives_up_after_three_tries_and_waits_six_timeouts(ingestion):
    (queue,) = ingestion.find_resources(
        "AWS::SQS::Queue", {"Properties": {"RedrivePolicy": Match.any_value()}}
    ).values()
    timeout = _only(ingestion, "AWS::Lambda::Function")["Timeout"]
    assert queue["Properties"]["RedrivePolicy"]["maxReceiveCount"] == 3
    assert queue["Properties"]["VisibilityTimeout"] == 6 * timeout


def test_the_intake_is_told_the_job_and_may_start_no_other(ingestion):
    job = _only(ingestion, "AWS::Glue::Job")["Name"]
    variables = _only(ingestion, "AWS::Lambda::Function")["Environment"]["Variables"]
    assert variables[IntakeSettings.variable("glue_job")] == job
    starts = [s for s in _statements(ingestion, "Intake") if "glue:StartJobRun" in _actions(s)]
    assert [json.dumps(s["Resource"]).count(f":job/{job}") for s in starts] == [1]


def test_the_job_reads_raw_files_and_writes_none(ingestion):
    statements = _statements(ingestion, "Cleaning")
    writes = [s for s in statements if "s3:PutObject" in _actions(s)]
    assert writes
    for write in writes:
        assert "ExportsOutputFnGetAttClean" in json.dumps(write["Resource"])
        assert "Raw" not in json.dumps(write["Resource"])


def test_the_job_is_told_where_clean_rows_go(ingestion):
    arguments = _only(ingestion, "AWS::Glue::Job")["DefaultArguments"]
    said = {name.removeprefix("--"): value for name, value in arguments.items()}
    known = {field.name for field in fields(CleaningOptions)}
    told = CleaningOptions(**{name: str(said[name]) for name in known & said.keys()})
    assert told.use_case == "lead_conversion"
    assert "glue_catalog." in told.table
    assert f".{leads_table(told.use_case)}" in told.table
    assert told.warehouse is not None
    assert not told.warehouse.warehouse_secret  # it signs in as itself
    assert told.service.endswith("-cleaning")
    assert arguments["--datalake-formats"] == "iceberg"


_OWN_STATEMENTS = ("CancelStatement", "DescribeStatement", "GetStatementResult")


@pytest.mark.parametrize("role", ["Cleaning", "Crawler", "Intake"])
def test_a_wildcard_resource_stands_only_where_aws_knows_nothing_narrower(ingestion, role):
    wide = [_actions(s) for s in _statements(ingestion, role) if s["Resource"] == "*"]
    known = ("ec2:Describe", "cloudwatch:PutMetricData", "xray:Put")
    own = {f"redshift-data:{name}" for name in _OWN_STATEMENTS}
    assert all(action.startswith(known) or action in own for actions in wide for action in actions)


def test_people_are_told_of_dead_letters(ingestion):
    ingestion.has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {"AlarmActions": Match.any_value(), "AlarmDescription": Match.string_like_regexp("#dead-")},
    )


def test_athena_stops_costly_queries_and_encrypts_results(ingestion):
    settings = _only(ingestion, "AWS::Athena::WorkGroup")["WorkGroupConfiguration"]
    assert settings["EnforceWorkGroupConfiguration"] is True
    assert settings["BytesScannedCutoffPerQuery"] == 10 * 1024**3
    encryption = settings["ResultConfiguration"]["EncryptionConfiguration"]
    assert encryption["EncryptionOption"] == "SSE_KMS"


def test_the_saved_queries_are_those_of_the_use_case(ingestion):
    found = [
        query["Properties"]
        for query in ingestion.find_resources("AWS::Athena::NamedQuery").values()
    ]
    said = {(each["Name"], each["Description"], each["QueryString"]) for each in found}
    assert said == {(q.title, q.description, q.sql) for q in lake_queries(LEAD_CONVERSION)}
    database = _only(ingestion, "AWS::Glue::Database")["DatabaseInput"]["Name"]
    (logical_id,) = ingestion.find_resources("AWS::Glue::Database")
    assert all(each["Database"] in ({"Ref": logical_id}, database) for each in found)


def test_a_saved_query_has_a_name_and_a_size_that_athena_takes(ingestion):
    for query in ingestion.find_resources("AWS::Athena::NamedQuery").values():
        properties = query["Properties"]
        assert len(properties["Name"]) <= 128
        assert len(properties["QueryString"].encode()) <= 262_144
