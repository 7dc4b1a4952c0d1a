"""What managed Airflow may do: what AWS documents that it needs, and what its DAG asks for."""

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.dag_work import DagWork
from infra.constructs.role import ServiceRole
from ml.contract.messages import EVENT_SOURCE
from ml.contract.places import raw_prefix, runs_prefix


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
    work : DagWork
        What the DAG starts, reads and tells.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        dags: s3.IBucket,
        key: kms.IKey,
        work: DagWork,
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
        self._find_files(work)
        self._run_glue(work)
        self._run_jobs(work)
        self._read_what_jobs_say(work)
        self._tell(work)

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
        self._may(
            ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "kms:Encrypt"],
            key.key_arn,
            self._through("sqs", "s3", "sns"),
        )

    def _find_files(self, work: DagWork) -> None:
        self._may(
            ["s3:ListBucketVersions"],
            work.raw.bucket_arn,
            {"StringLike": {"s3:prefix": [raw_prefix(work.use_case)]}},
        )

    def _run_glue(self, work: DagWork) -> None:
        crawler = self._arn("glue", f"crawler/{work.crawler}")
        self._may(["glue:ListCrawls", "glue:StartCrawler"], crawler)
        self._may(["glue:GetJobRuns", "glue:StartJobRun"], self._arn("glue", f"job/{work.job}"))

    def _run_jobs(self, work: DagWork) -> None:
        self._may(["sagemaker:DescribePipeline"], work.pipeline_arn)
        jobs = self._arn("sagemaker", f"processing-job/{work.pipeline}-*")
        self._may(["sagemaker:CreateProcessingJob", "sagemaker:DescribeProcessingJob"], jobs)
        self._may(
            ["iam:PassRole"],
            work.job_role_arn,
            {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        )

    def _read_what_jobs_say(self, work: DagWork) -> None:
        runs = work.artifacts.arn_for_objects(f"{runs_prefix(work.use_case)}*")
        self._may(["s3:GetObject"], runs)
        self._may(["kms:Decrypt"], work.data_key.key_arn, self._through("s3"))

    def _tell(self, work: DagWork) -> None:
        self._may(["sns:Publish"], work.topic_arn)
        self._may(
            ["events:PutEvents"],
            self._arn("events", "event-bus/default"),
            {"StringEquals": {"events:source": EVENT_SOURCE}},
        )

    def _through(self, *services: str) -> dict[str, Any]:
        region = self._stack.region
        names = [f"{service}.{region}.amazonaws.com" for service in services]
        return {"StringEquals": {"kms:ViaService": names}}

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
