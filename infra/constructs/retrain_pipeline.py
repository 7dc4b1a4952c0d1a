"""The SageMaker pipeline that retrains, and the role that starts its jobs."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from infra.constructs.role import ServiceRole


class RetrainPipeline(Construct):
    """Costs nothing until it runs.

    Parameters
    ----------
    scope, id
        As of every construct.
    name : str
        Of the pipeline.
    definition : dict
        As `pipeline_definition` makes it.
    job_role : IRole
        What its jobs are.
    runs : IBucket
        Where jobs say what they decided.
    runs_folder : str
        Below which, in that bucket.
    key : IKey
        Encrypts what they say.

    Attributes
    ----------
    role : Role
        What the pipeline itself is.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        definition: dict[str, Any],
        job_role: iam.Role,
        runs: s3.IBucket,
        runs_folder: str,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, id)
        self.role = ServiceRole(
            self, "Role", "sagemaker.amazonaws.com", description="What the retrain pipeline is"
        )
        self._let_run_jobs(job_role)
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:GetObject"], resources=[runs.arn_for_objects(f"{runs_folder}*")]
            )
        )
        key.grant_decrypt(self.role)
        body = cdk.Stack.of(self).to_json_string(definition)
        pipeline = sagemaker.CfnPipeline(
            self,
            "Resource",
            pipeline_name=name,
            pipeline_description="From a raw lead file to a packaged champion",
            pipeline_definition={"PipelineDefinitionBody": body},
            role_arn=self.role.role_arn,
            parallelism_configuration={"MaxParallelExecutionSteps": 1},
        )
        pipeline.node.add_dependency(self.role, job_role)

    def _let_run_jobs(self, job_role: iam.Role) -> None:
        jobs = cdk.Stack.of(self).format_arn(
            service="sagemaker", resource="processing-job", resource_name="pipelines-*"
        )
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=[
                    "sagemaker:AddTags",
                    "sagemaker:CreateProcessingJob",
                    "sagemaker:DescribeProcessingJob",
                    "sagemaker:StopProcessingJob",
                ],
                resources=[jobs],
            )
        )
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[job_role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            )
        )
