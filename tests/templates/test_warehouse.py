"""The warehouse is private, encrypted, capped, and brought to its definition."""

import pytest
from aws_cdk.assertions import Match, Template

from infra.environments import ENVIRONMENTS
from ml.contract.table_ddl import table_ddl
from ml.use_cases import find
from tests.support.templates import resources, statements, the_only

NAMESPACE, WORKGROUP = "AWS::RedshiftServerless::Namespace", "AWS::RedshiftServerless::Workgroup"
SETUP = "Custom::WarehouseSetup"


@pytest.fixture(scope="module", params=ENVIRONMENTS, ids=lambda environment: environment.name)
def environment(request):
    return request.param


@pytest.fixture(scope="module")
def warehouse(environment, stacks_of):
    return stacks_of(environment.name)["warehouse"]


def test_the_workgroup_is_out_of_the_publics_reach(warehouse):
    workgroup = the_only(warehouse, WORKGROUP)
    assert workgroup["PubliclyAccessible"] is False
    assert workgroup["EnhancedVpcRouting"] is True
    assert len(workgroup["SecurityGroupIds"]) == 1
    assert "TiersWarehouse" in workgroup["SecurityGroupIds"][0]["Fn::ImportValue"]


def test_it_stands_in_isolated_subnets_of_three_zones(warehouse):
    subnets = the_only(warehouse, WORKGROUP)["SubnetIds"]
    assert len(subnets) == 3
    assert all("isolatedSubnet" in subnet["Fn::ImportValue"] for subnet in subnets)


def test_it_speaks_tls_only_and_ends_queries_that_hang(warehouse):
    parameters = {
        each["ParameterKey"]: each["ParameterValue"]
        for each in the_only(warehouse, WORKGROUP)["ConfigParameters"]
    }
    assert parameters["require_ssl"] == "true"
    assert parameters["enable_user_activity_logging"] == "true"
    assert int(parameters["max_query_execution_time"]) <= 3600


def test_its_size_is_the_environments(warehouse, environment):
    workgroup = the_only(warehouse, WORKGROUP)
    assert workgroup["BaseCapacity"] == environment.redshift.base_rpu
    assert workgroup["MaxCapacity"] == environment.redshift.max_rpu


def test_leads_and_password_are_encrypted_with_their_keys(warehouse):
    namespace = the_only(warehouse, NAMESPACE)
    assert "Data" in namespace["KmsKeyId"]["Fn::ImportValue"]
    assert "Operations" in namespace["AdminPasswordSecretKmsKeyId"]["Fn::ImportValue"]


def test_nobody_has_typed_the_administrators_password(warehouse):
    namespace = the_only(warehouse, NAMESPACE)
    assert namespace["ManageAdminPassword"] is True
    assert "AdminUserPassword" not in namespace
    assert namespace["AdminUsername"] not in {"admin", "awsuser"}


def test_its_logs_go_to_groups_that_are_encrypted_and_end(warehouse, environment):
    exports = the_only(warehouse, NAMESPACE)["LogExports"]
    assert set(exports) == {"connectionlog", "useractivitylog", "userlog"}
    for export in exports:
        Template.from_json(warehouse).has_resource_properties(
            "AWS::Logs::LogGroup",
            {
                "LogGroupName": f"/aws/redshift/leadwise-{environment.name}/{export}",
                "KmsKeyId": Match.any_value(),
                "RetentionInDays": environment.log_days,
            },
        )
    namespace = next(iter(resources(warehouse, NAMESPACE).values()))
    groups = resources(warehouse, "AWS::Logs::LogGroup")
    assert len([each for each in namespace["DependsOn"] if each in groups]) == len(exports)


def test_the_data_outlives_its_stack(warehouse):
    (namespace,) = resources(warehouse, NAMESPACE).values()
    assert namespace["DeletionPolicy"] == namespace["UpdateReplacePolicy"] == "Retain"


def test_use_beyond_the_months_ceiling_is_refused(warehouse, environment):
    assert the_only(warehouse, SETUP)["UsageLimits"] == [
        {
            "UsageType": "serverless-compute",
            "Amount": environment.redshift.monthly_rpu_hours,
            "Period": "monthly",
            "BreachAction": "deactivate",
        }
    ]


def test_its_tables_are_those_of_the_use_case(warehouse, environment):
    assert the_only(warehouse, SETUP)["Statements"] == list(table_ddl(find(environment.use_case)))


def test_tables_are_made_once_the_workgroup_stands_and_the_lambda_may_act(warehouse):
    (setup,) = resources(warehouse, SETUP).values()
    assert set(resources(warehouse, WORKGROUP)) < set(setup["DependsOn"])
    (function,) = set(resources(warehouse, "AWS::Lambda::Function")) & set(setup["DependsOn"])
    depends = warehouse["Resources"][function]["DependsOn"]
    assert set(resources(warehouse, "AWS::IAM::Policy")) & set(depends)


def test_redshift_reads_clean_leads_and_writes_only_where_unload_goes(warehouse):
    writes = [
        each["Resource"]
        for each in _permissions(warehouse, "LoadRole")
        if "s3:PutObject" in each["Action"]
    ]
    assert len(writes) == 1
    assert "/unload/*" in str(writes)
    assert not {"s3:DeleteObject", "s3:*"} & {
        action for each in _permissions(warehouse, "LoadRole") for action in each["Action"]
    }


def test_redshift_takes_its_role_on_for_this_accounts_database_users_only(warehouse):
    (role,) = [
        each["Properties"]
        for id, each in resources(warehouse, "AWS::IAM::Role").items()
        if id.startswith("LoadRole")
    ]
    (trust,) = statements(role["AssumeRolePolicyDocument"])
    users = trust["Condition"]["StringLike"]["sts:ExternalId"]["Fn::Join"][1]
    assert users[1:] == [{"Ref": "AWS::AccountId"}, ":dbuser:*"]


def test_the_setup_may_do_nothing_but_its_work(warehouse, environment):
    allowed = {
        action: each
        for each in _permissions(warehouse, "SetupFunctionRole")
        for action in each["Action"]
    }
    ours = {action for action in allowed if not action.startswith(("logs:", "xray:", "kms:"))}
    assert ours == {
        "redshift-data:BatchExecuteStatement",
        "redshift-data:CancelStatement",
        "redshift-data:DescribeStatement",
        "redshift-data:GetStatementResult",
        "redshift-serverless:CreateUsageLimit",
        "redshift-serverless:ListUsageLimits",
        "redshift-serverless:UpdateUsageLimit",
        "secretsmanager:GetSecretValue",
    }
    assert "*" not in allowed["redshift-data:BatchExecuteStatement"]["Resource"]
    assert allowed["redshift-data:DescribeStatement"]["Condition"] == {
        "StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}
    }
    secret = str(allowed["secretsmanager:GetSecretValue"]["Resource"])
    assert f"secret:redshift!leadwise-{environment.name}-leadwise_admin-??????" in secret


def _permissions(template, role):
    policies = [
        policy["Properties"]["PolicyDocument"]
        for policy in resources(template, "AWS::IAM::Policy").values()
        if any(each.get("Ref", "").startswith(role) for each in policy["Properties"]["Roles"])
    ]
    assert policies
    return list(statements(*policies))
