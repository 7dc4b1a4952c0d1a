"""What managed Airflow may do: what AWS documents that it needs, and to run one pipeline."""

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.role import ServiceRole
from ml.contract.messages import EVENT_SOURCE


class AirflowRole(ServiceRole):
    """The execution role of an MWAA environment.

    https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html says what is needed.

    Parameters
    ----------
    scope, id
        As of every construct.
    name : str
        Of the MWAA environment.
    dags : IBucket
        DAGs and requirements.
    key : IKey
        Encrypts queue and bucket.
    pipeline_arn : str
        The SageMaker pipeline that DAGs start.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        dags: s3.IBucket,
        key: kms.IKey,
        pipeline_arn: str,
    ) -> None:
        super().__init__(
            scope,
            id,
            "airflow.amazonaws.com",
            "airflow-env.amazonaws.com",
            description="What Airflow's scheduler and workers are",
        )
        self._stack = cdk.Stack.of(self)
        self._say_how_it_is(name)
        self._read(dags)
        self._queue_tasks()
        self._use(key)
        self._run(pipeline_arn)

    def _say_how_it_is(self, name: str) -> None:
        environment = self._arn("airflow", f"environment/{name}")
        self._may(["airflow:PublishMetrics"], environment)
        # Of PutMetricData, the namespace is all that AWS lets a policy name.
        self._may(
            ["cloudwatch:PutMetricData"],
            "*",
            {"StringEquals": {"cloudwatch:namespace": "AmazonMWAA"}},
        )
        self._may(
            [
                "logs:CreateLogStream",
                "logs:CreateLogGroup",
                "logs:PutLogEvents",
                "logs:GetLogEvents",
                "logs:GetLogRecord",
                "logs:GetLogGroupFields",
                "logs:GetQueryResults",
            ],
            self._arn("logs", f"log-group:airflow-{name}-*"),
        )
        self._may(["logs:DescribeLogGroups"], self._arn("logs", "log-group:*"))  # it lists

    def _read(self, dags: s3.IBucket) -> None:
        self._may(["s3:GetObject", "s3:GetObjectVersion"], dags.arn_for_objects("*"))
        # MWAA checks how its bucket is kept before it starts. AWS's page asks for whole families
        # of actions (s3:GetBucket*, s3:List*); these are the ones that read what it checks.
        self._may(
            [
                "s3:GetBucketLocation",
                "s3:GetBucketPublicAccessBlock",
                "s3:GetBucketVersioning",
                "s3:GetEncryptionConfiguration",
                "s3:ListBucket",
                "s3:ListBucketVersions",
            ],
            dags.bucket_arn,
        )
        self._may(["s3:GetAccountPublicAccessBlock"], "*")  # of the account: AWS takes no resource

    def _queue_tasks(self) -> None:
        # The queue stands in an account of AWS's own, whose number nobody is told.
        queue = self._arn("sqs", "airflow-celery-*", account="*")
        verbs = "ChangeMessageVisibility DeleteMessage GetQueueAttributes GetQueueUrl"
        self._may([f"sqs:{verb}" for verb in f"{verbs} ReceiveMessage SendMessage".split()], queue)

    def _use(self, key: kms.IKey) -> None:
        through = [f"{service}.{self._stack.region}.amazonaws.com" for service in ("sqs", "s3")]
        self._may(
            ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "kms:Encrypt"],
            key.key_arn,
            {"StringEquals": {"kms:ViaService": through}},
        )

    def _run(self, pipeline_arn: str) -> None:
        self._may(["sagemaker:StartPipelineExecution"], pipeline_arn)
        self._may(["sagemaker:DescribePipelineExecution"], f"{pipeline_arn}/execution/*")
        self._may(
            ["events:PutEvents"],
            self._arn("events", "event-bus/default"),
            {"StringEquals": {"events:source": EVENT_SOURCE}},
        )

    def _may(
        self,
        actions: list[str],
        resource: str,
        conditions: Mapping[str, Any] | None = None,
    ) -> None:
        self.add_to_policy(
            iam.PolicyStatement(actions=actions, resources=[resource], conditions=conditions)
        )

    def _arn(self, service: str, rest: str, account: str | None = None) -> str:
        region, partition = self._stack.region, self._stack.partition
        return f"arn:{partition}:{service}:{region}:{account or self._stack.account}:{rest}"
