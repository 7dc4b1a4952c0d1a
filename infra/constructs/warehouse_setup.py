"""Brings the warehouse to its definition: tables, rights and a ceiling on use."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.constructs.python_function import PythonFunction
from infra.environments import Environment
from ml.contract.cloud_settings import WarehouseSetupSettings

# A paused workgroup wakes first; then each statement takes a moment.
_PATIENCE = cdk.Duration.minutes(10)


class WarehouseSetup(Construct):
    """A Lambda that CloudFormation calls whenever statements or ceiling change.

    Neither a table nor a usage limit of Redshift Serverless has a CloudFormation type.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Its `redshift` has the ceiling.
    settings : WarehouseSetupSettings
        Where statements run, and as whom.
    workgroup_arn, admin_secret_arn : str
        The same, for permissions.
    statements : sequence of str
        To run in order; each may run again.
    key : IKey
        Encrypts the administrator's secret, and the Lambda's log.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        settings: WarehouseSetupSettings,
        workgroup_arn: str,
        admin_secret_arn: str,
        statements: Sequence[str],
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, id)
        self._function = PythonFunction(
            self,
            "Function",
            module="warehouse_setup",
            purpose="brings the warehouse to its definition",
            settings=settings,
            environment=environment,
            key=key,
            timeout=_PATIENCE,
        )
        self._let_run_statements(workgroup_arn, admin_secret_arn)
        self._let_set_limits()
        done = cdk.CustomResource(
            self,
            "Done",
            resource_type="Custom::WarehouseSetup",
            service_token=self._function.function_arn,
            service_timeout=_PATIENCE,
            properties={
                "Statements": list(statements),
                "UsageLimits": [_ceiling(environment)],
                "WorkgroupArn": workgroup_arn,
            },
        )
        done.node.add_dependency(self._function)

    def _let_run_statements(self, workgroup_arn: str, admin_secret_arn: str) -> None:
        for actions, resource in (
            (["redshift-data:BatchExecuteStatement"], workgroup_arn),
            (["secretsmanager:GetSecretValue"], admin_secret_arn),
        ):
            self._function.add_to_role_policy(
                iam.PolicyStatement(actions=actions, resources=[resource])
            )
        # A statement has no ARN; the condition leaves those that the Lambda itself has run.
        self._function.add_to_role_policy(
            iam.PolicyStatement(
                actions=[
                    "redshift-data:CancelStatement",
                    "redshift-data:DescribeStatement",
                    "redshift-data:GetStatementResult",
                ],
                resources=["*"],
                conditions={
                    "StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}
                },
            )
        )

    def _let_set_limits(self) -> None:
        # IAM knows no resource for usage limits.
        names = ("CreateUsageLimit", "ListUsageLimits", "UpdateUsageLimit")
        self._function.add_to_role_policy(
            iam.PolicyStatement(
                actions=[f"redshift-serverless:{name}" for name in names], resources=["*"]
            )
        )


def _ceiling(environment: Environment) -> dict[str, object]:
    return {
        "UsageType": "serverless-compute",
        "Amount": environment.redshift.monthly_rpu_hours,
        "Period": "monthly",
        "BreachAction": "deactivate",
    }
