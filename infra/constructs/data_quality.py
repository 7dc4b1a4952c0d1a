"""SageMaker Model Monitor: what the endpoint is asked each day, beside what it was trained on."""

import aws_cdk as cdk
from aws_cdk import aws_s3_assets as s3_assets
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from infra.constructs.data_quality_role import DataQualityRole
from infra.constructs.monitor_image import monitor_image
from infra.constructs.network_interfaces import subnet_ids
from infra.constructs.tiers import Tier
from infra.environments import Environment
from infra.source_assets import ROOT
from infra.stacks.foundation import FoundationStack
from infra.stacks.lake import LakeStack
from infra.stacks.network import NetworkStack
from infra.stacks.serving import ServingStack
from ml.contract.names import PRODUCT
from ml.contract.places import captures_prefix, data_quality_prefix

_Job = sagemaker.CfnDataQualityJobDefinition
_Schedule = sagemaker.CfnMonitoringSchedule
_DAILY = "cron(0 4 ? * * *)"  # of those hours that Model Monitor knows
_FOLDER = r"^$|^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/([A-Za-z0-9_.=-]+/)*[A-Za-z0-9_.=-]+$"
_INPUT, _OUTPUT = "/opt/ml/processing/input/captured", "/opt/ml/processing/output"
_HOUR_SECONDS = 3600


class DataQuality(Construct):
    """A daily check of the captured requests, once there is a baseline.

    There is none before the first champion, and the schedule needs its endpoint: so both wait for
    the stack's parameter ``BaselineFolder``, the S3 folder with ``statistics.json`` and
    ``constraints.json``. docs/runbook.md says how a baseline is made. Accounts that Model Monitor
    is closed to leave it empty: docs/adr/0015 says what watches then.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Whose endpoint.
    foundation, network, lake, serving : FoundationStack, ...
        Keys, subnets, buckets, endpoint.

    Attributes
    ----------
    arn : str
        Of the schedule, which its runs name.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        foundation: FoundationStack,
        network: NetworkStack,
        lake: LakeStack,
        serving: ServingStack,
    ) -> None:
        super().__init__(scope, id)
        self._use_case, self._stack = environment.use_case, cdk.Stack.of(self)
        self._foundation, self._network = foundation, network
        self._lake, self._serving = lake, serving
        name = f"{PRODUCT}-{environment.name}-data-quality"
        self.arn = self._stack.format_arn(
            service="sagemaker", resource="monitoring-schedule", resource_name=name
        )
        self._baseline = cdk.CfnParameter(
            self._stack,
            "BaselineFolder",
            default="",
            allowed_pattern=_FOLDER,
            constraint_description="empty, or such as s3://bucket/folder, without a last slash",
            description="S3 folder with statistics.json and constraints.json; empty: no checks",
        )
        self._schedule(name, self._job(environment))

    def _schedule(self, name: str, job: sagemaker.CfnDataQualityJobDefinition) -> None:
        schedule = _Schedule(
            self,
            "Schedule",
            monitoring_schedule_name=name,
            monitoring_schedule_config=_Schedule.MonitoringScheduleConfigProperty(
                # The job's name is the last part of its ARN.
                monitoring_job_definition_name=cdk.Fn.select(
                    1, cdk.Fn.split("/", job.attr_job_definition_arn)
                ),
                monitoring_type="DataQuality",
                schedule_config=_Schedule.ScheduleConfigProperty(schedule_expression=_DAILY),
            ),
        )
        given = cdk.CfnCondition(
            self,
            "Given",
            expression=cdk.Fn.condition_not(
                cdk.Fn.condition_equals(self._baseline.value_as_string, "")
            ),
        )
        for resource in (job, schedule):
            resource.cfn_options.condition = given

    def _job(self, environment: Environment) -> sagemaker.CfnDataQualityJobDefinition:
        image = monitor_image(environment.region)
        reader = s3_assets.Asset(
            self, "Reader", path=str(ROOT / "servers" / "model_monitor" / "leads_of.py")
        )
        role = self._role(image.repository_arn, reader)
        job = _Job(
            self,
            "Job",
            role_arn=role.role_arn,
            data_quality_app_specification=_Job.DataQualityAppSpecificationProperty(
                image_uri=image.uri,
                record_preprocessor_source_uri=reader.s3_object_url,
                environment={"publish_cloudwatch_metrics": "Enabled"},
            ),
            data_quality_baseline_config=self._compared(),
            data_quality_job_input=_Job.DataQualityJobInputProperty(
                endpoint_input=_Job.EndpointInputProperty(
                    endpoint_name=self._serving.endpoint_name, local_path=_INPUT
                )
            ),
            data_quality_job_output_config=self._reports(),
            job_resources=self._machine(),
            network_config=self._within(),
            stopping_condition=_Job.StoppingConditionProperty(max_runtime_in_seconds=_HOUR_SECONDS),
        )
        job.node.add_dependency(role)
        return job

    def _role(self, repository_arn: str, reader: s3_assets.Asset) -> DataQualityRole:
        artifacts, folder = self._lake.artifacts, data_quality_prefix(self._use_case)
        role = DataQualityRole(self, "Role", repository_arn=repository_arn, reader=reader)
        role.let_read(self._lake.clean, captures_prefix(self._use_case))
        role.let_read(artifacts, folder)
        role.let_write(artifacts, folder)
        role.let_use(data=self._foundation.data_key, disks=self._foundation.operations_key)
        role.let_join(self._network)
        return role

    def _compared(self) -> sagemaker.CfnDataQualityJobDefinition.DataQualityBaselineConfigProperty:
        folder = self._baseline.value_as_string
        return _Job.DataQualityBaselineConfigProperty(
            constraints_resource=_Job.ConstraintsResourceProperty(
                s3_uri=f"{folder}/constraints.json"
            ),
            statistics_resource=_Job.StatisticsResourceProperty(s3_uri=f"{folder}/statistics.json"),
        )

    def _reports(self) -> sagemaker.CfnDataQualityJobDefinition.MonitoringOutputConfigProperty:
        place = f"{data_quality_prefix(self._use_case)}reports"
        return _Job.MonitoringOutputConfigProperty(
            kms_key_id=self._foundation.data_key.key_arn,
            monitoring_outputs=[
                _Job.MonitoringOutputProperty(
                    s3_output=_Job.S3OutputProperty(
                        local_path=_OUTPUT,
                        s3_uri=self._lake.artifacts.s3_url_for_object(place),
                        s3_upload_mode="EndOfJob",
                    )
                )
            ],
        )

    def _machine(self) -> sagemaker.CfnDataQualityJobDefinition.MonitoringResourcesProperty:
        return _Job.MonitoringResourcesProperty(
            cluster_config=_Job.ClusterConfigProperty(
                instance_count=1,
                instance_type="ml.m5.large",
                volume_size_in_gb=20,
                volume_kms_key_id=self._foundation.operations_key.key_arn,
            )
        )

    def _within(self) -> sagemaker.CfnDataQualityJobDefinition.NetworkConfigProperty:
        network = self._network
        return _Job.NetworkConfigProperty(
            enable_inter_container_traffic_encryption=True,
            # Isolated, it could not publish its metrics; its group lets it reach AWS only.
            enable_network_isolation=False,
            vpc_config=_Job.VpcConfigProperty(
                security_group_ids=[network.tiers[Tier.ENDPOINT_HOSTS].security_group_id],
                subnets=subnet_ids(network.vpc, network.private),
            ),
        )
