"""CloudFormation asks for the warehouse's definition, and is answered in every case."""

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from lambdas import warehouse_setup
from lambdas.warehousing import resource, statements, usage
from ml.contract.cloud_settings import WarehouseSetupSettings
from ml.contract.names import Table
from ml.contract.table_columns import ColumnType, table_columns
from ml.contract.table_ddl import table_ddl
from ml.use_cases import find
from tests.support.lambdas import REGION, Context, fake_aws, listener

SETTINGS = WarehouseSetupSettings(
    workgroup="leadwise-dev", database="leadwise", admin_secret="s", use_case="lead_conversion"
)
ARN = "arn:aws:redshift-serverless:eu-central-1:123456789012:workgroup/w"
LIMIT = {
    "UsageType": "serverless-compute", "Amount": "60", "Period": "monthly",
    "BreachAction": "deactivate",
}  # fmt: skip
_SAID = {
    ColumnType.BIGINT: "bigint",
    ColumnType.DOUBLE: "double precision",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.TEXT: "character varying",
}


class Redshift:
    """The Data API and Redshift Serverless; statuses come one by one, the last one stays."""

    def __init__(self):
        self.batches, self.cancelled, self.changes = [], [], []
        self.statuses, self.limits, self.failing = ["FINISHED"], [], None
        self.columns = []

    def batch_execute_statement(self, **asked):
        _valid("redshift-data", "BatchExecuteStatement", asked)
        if self.failing:
            raise self.failing
        self.batches.append(asked)
        return {"Id": f"s{len(self.batches)}"}

    def describe_statement(self, *, Id):
        status = self.statuses[0]
        if len(self.statuses) > 1:
            self.statuses.pop(0)
        failed = {"Error": 'relation "x" does not exist'} if status == "FAILED" else {}
        return {"Status": status, "SubStatements": [{"HasResultSet": True}], **failed}

    def get_statement_result(self, *, Id, NextToken="0"):
        """One column a page; only the first statement asks."""
        assert Id == "s1:1"
        page = int(NextToken)
        more = {"NextToken": str(page + 1)} if page + 1 < len(self.columns) else {}
        return {"Records": self.columns[page : page + 1], **more}

    def cancel_statement(self, *, Id):
        self.cancelled.append(Id)

    @property
    def ran(self):
        """Batches but for the questions what exists."""
        return [batch for batch in self.batches if "information_schema" not in batch["Sqls"][0]]

    def list_usage_limits(self, *, resourceArn, nextToken=""):
        """One limit a page."""
        page = int(nextToken or 0)
        more = {"nextToken": str(page + 1)} if page + 1 < len(self.limits) else {}
        return {"usageLimits": self.limits[page : page + 1], **more}

    def create_usage_limit(self, **asked):
        _valid("redshift-serverless", "CreateUsageLimit", asked)
        self.changes.append(asked)

    def update_usage_limit(self, **asked):
        _valid("redshift-serverless", "UpdateUsageLimit", asked)
        self.changes.append(asked)


def _valid(service, operation, asked):
    model = boto3.client(service, region_name=REGION).meta.service_model
    shape = model.operation_model(operation).input_shape
    assert ParamValidator().validate(asked, shape).generate_report() == ""


class Time:
    def sleep(self, seconds):
        pass


@pytest.fixture(autouse=True)
def redshift(monkeypatch):
    redshift = Redshift()
    for module in (statements, usage):
        monkeypatch.setattr(module, "client", lambda name: redshift)
    for module in (warehouse_setup, resource):
        monkeypatch.setattr(module, "time", Time())
    with fake_aws(monkeypatch, SETTINGS.to_env()):
        yield redshift


@pytest.fixture
def formation():
    with listener() as server:
        yield server


def _ask(formation, kind="Create", *, context=None, without=(), **properties):
    given = {"Statements": ["CREATE TABLE t"], "UsageLimits": [LIMIT], "WorkgroupArn": ARN}
    event = {
        "RequestType": kind,
        "RequestId": "r1",
        "ResponseURL": f"{formation.url}/answer?Signature=x",
        "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/s/1",
        "LogicalResourceId": "Done",
        "ResourceProperties": given | properties,
    }
    if kind != "Create":
        event["PhysicalResourceId"] = "as-before"
    for name in without:
        del event["ResourceProperties"][name]
    warehouse_setup.handler(event, context or Context(milliseconds=600_000))
    ((path, answer),) = formation.got[-1:]
    assert path == "/answer?Signature=x"
    assert (answer["RequestId"], answer["LogicalResourceId"]) == ("r1", "Done")
    assert answer["StackId"] == event["StackId"]
    return answer


def test_statements_run_and_limits_are_set(redshift, formation):
    wanted = list(table_ddl(find("lead_conversion")))
    answer = _ask(formation, Statements=wanted)
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == "leadwise-dev-leadwise-setup"
    (batch,) = redshift.ran
    assert (batch["Sqls"][:-1], batch["SecretArn"]) == (wanted, "s")
    assert "leads made, scores made" in batch["Sqls"][-1]
    assert redshift.changes == [{
        "resourceArn": ARN, "usageType": "serverless-compute", "amount": 60, "period": "monthly",
        "breachAction": "deactivate",
    }]  # fmt: skip
    assert formation.headers[0]["Content-Type"] == ""


def test_an_update_keeps_the_resource_and_changes_only_what_differs(redshift, formation):
    there = {"usageLimitId": "u1", "usageType": "serverless-compute", "period": "monthly",
             "amount": 50, "breachAction": "deactivate"}  # fmt: skip
    redshift.limits = [there | {"usageLimitId": "u0", "period": "daily"}, there]
    assert _ask(formation, "Update")["PhysicalResourceId"] == "as-before"
    assert redshift.changes == [{"usageLimitId": "u1", "amount": 60, "breachAction": "deactivate"}]
    redshift.limits[1] = there | {"amount": 60}
    _ask(formation, "Update")
    assert len(redshift.changes) == 1


def test_a_request_that_comes_twice_runs_its_statements_once(redshift, formation):
    _ask(formation)
    _ask(formation)
    assert len({batch["ClientToken"] for batch in redshift.ran}) == 1
    assert len({batch["ClientToken"] for batch in redshift.batches}) == 2


def _there(**types):
    """What Redshift says of the table of leads, but for some columns; None for absent."""
    for column in table_columns(find("lead_conversion"), Table.LEADS):
        type = types.get(column.name, _SAID[column.type])
        width = {"longValue": column.width} if column.width else {"isNull": True}
        if type:
            yield [{"stringValue": "leads"}, {"stringValue": column.name}, {"stringValue": type},
                   width]  # fmt: skip


def test_a_table_that_lacks_a_column_gains_it_at_the_end(redshift, formation):
    redshift.columns = list(_there(city=None))
    assert _ask(formation, "Update", Statements=["CREATE TABLE t"])["Status"] == "SUCCESS"
    ((_, add, remember),) = (batch["Sqls"] for batch in redshift.ran)
    assert add == 'ALTER TABLE "lead_conversion"."leads" ADD COLUMN "city" VARCHAR(256)'
    assert "leads.city added, scores made" in remember


def test_a_column_of_another_type_fails_the_deployment_before_anything_runs(redshift, formation):
    redshift.columns = list(_there(converted="boolean"))
    answer = _ask(formation, "Update")
    assert answer["Status"] == "FAILED"
    assert "column 'converted' is boolean there and bigint in the use case" in answer["Reason"]
    assert redshift.ran == []


def test_many_statements_run_in_order_forty_at_a_time(redshift, formation):
    wanted = [f"SELECT {number}" for number in range(81)]
    _ask(formation, Statements=wanted)
    assert [len(batch["Sqls"]) for batch in redshift.ran] == [40, 40, 2]
    assert [sql for batch in redshift.ran for sql in batch["Sqls"]][:-1] == wanted
    assert len({batch["ClientToken"] for batch in redshift.ran}) == 3


def test_it_waits_until_redshift_is_done(redshift, formation):
    redshift.statuses = ["SUBMITTED", "PICKED", "STARTED", "FINISHED"]
    assert _ask(formation)["Status"] == "SUCCESS"


@pytest.mark.parametrize("status", ["FAILED", "ABORTED"])
def test_a_statement_that_fails_is_told_in_redshifts_words(redshift, formation, status):
    redshift.statuses = ["STARTED", status]
    answer = _ask(formation)
    assert answer["Status"] == "FAILED"
    assert status in answer["Reason"]
    assert ("does not exist" in answer["Reason"]) is (status == "FAILED")


def test_when_time_runs_out_the_statements_are_cancelled_and_the_answer_given(redshift, formation):
    redshift.statuses = ["STARTED"]
    answer = _ask(formation, context=Context(milliseconds=59_000))
    assert (answer["Status"], redshift.cancelled) == ("FAILED", ["s1"])
    assert "time is up" in answer["Reason"]


def test_whatever_aws_refuses_is_the_reason(redshift, formation):
    error = {"Error": {"Code": "ValidationException", "Message": "no workgroup leadwise-dev"}}
    redshift.failing = ClientError(error, "BatchExecuteStatement")
    answer = _ask(formation)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == "ClientError: ValidationException: no workgroup leadwise-dev"


@pytest.mark.parametrize("missing", ["Statements", "UsageLimits", "WorkgroupArn"])
def test_a_request_that_lacks_something_is_told_so(formation, missing):
    answer = _ask(formation, without=[missing])
    assert answer["Status"] == "FAILED"
    assert missing in answer["Reason"]


def test_missing_settings_are_told_too(formation, monkeypatch):
    monkeypatch.delenv("LEADWISE_WORKGROUP")
    answer = _ask(formation)
    assert answer["Status"] == "FAILED"
    assert "LEADWISE_WORKGROUP" in answer["Reason"]


@pytest.mark.parametrize("without", [(), ("Statements", "UsageLimits", "WorkgroupArn")])
def test_deletion_touches_nothing_and_always_succeeds(redshift, formation, without):
    answer = _ask(formation, "Delete", without=without)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "as-before")
    assert redshift.batches == redshift.changes == []


def test_a_busy_cloudformation_is_told_again(formation):
    formation.answers = [503, 503, 200]
    assert _ask(formation)["Status"] == "SUCCESS"
    assert len(formation.got) == 3
