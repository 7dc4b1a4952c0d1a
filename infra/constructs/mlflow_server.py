"""The machine that MLflow runs on: one, replaced by its group when it dies or grows old."""

import aws_cdk as cdk
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3_assets as s3_assets
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.constructs.mlflow_boot import boot_script
from infra.constructs.mlflow_role import MlflowRole
from infra.environments import Environment
from ml.contract.cloud_settings import MlflowServerSettings

_DISK_GIB = 12
# Whatever patches Amazon Linux has by then, a machine that replaces another one starts with.
_IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
_START = cdk.Duration.minutes(15)
_MONTH = cdk.Duration.days(30)


class MlflowServer(autoscaling.AutoScalingGroup):
    """A group of one machine; its state lies elsewhere, so losing it loses nothing.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Its `mlflow` says how large.
    settings : MlflowServerSettings
        What the machine is told; no secret is among it.
    files : Asset
        What the machine installs.
    role : MlflowRole
        What the machine may do.
    vpc : IVpc
        Where it stands.
    subnets : SubnetSelection
        With a way to the package index.
    group : ISecurityGroup
        Lets only MLflow's users in.
    key : IKey
        Encrypts its disk.
    log_group : str
        Where its log goes.
    topic : ITopic
        Told of each machine that comes or goes.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        environment: Environment,
        settings: MlflowServerSettings,
        files: s3_assets.Asset,
        role: MlflowRole,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
        group: ec2.ISecurityGroup,
        key: kms.IKey,
        log_group: str,
        topic: sns.ITopic,
    ) -> None:
        user_data = ec2.UserData.for_linux()
        super().__init__(
            scope,
            id,
            auto_scaling_group_name=settings.group_name,
            launch_template=ec2.LaunchTemplate(
                scope,
                f"{id}Template",
                instance_type=ec2.InstanceType(environment.mlflow.instance_type),
                machine_image=ec2.MachineImage.resolve_ssm_parameter_at_launch(_IMAGE),
                role=role,
                security_group=group,
                user_data=user_data,
                block_devices=[_disk(key)],
                associate_public_ip_address=False,
                detailed_monitoring=environment.is_production,
                cpu_credits=ec2.CpuCredits.STANDARD,
                http_tokens=ec2.LaunchTemplateHttpTokens.REQUIRED,
                http_put_response_hop_limit=1,
            ),
            vpc=vpc,
            vpc_subnets=subnets,
            min_capacity=1,
            max_capacity=1,
            max_instance_lifetime=_MONTH,
            health_checks=autoscaling.HealthChecks.ec2(grace_period=_START),
            signals=autoscaling.Signals.wait_for_all(timeout=_START),
            update_policy=autoscaling.UpdatePolicy.rolling_update(
                min_instances_in_service=0, pause_time=_START
            ),
            group_metrics=[autoscaling.GroupMetrics(autoscaling.GroupMetric.IN_SERVICE_INSTANCES)],
            notifications=[
                autoscaling.NotificationConfiguration(
                    topic=topic, scaling_events=autoscaling.ScalingEvents.ALL
                )
            ],
        )
        user_data.add_commands(
            *boot_script(self, settings=settings, files=files, log_group=log_group)
        )


def _disk(key: kms.IKey) -> ec2.BlockDevice:
    volume = ec2.BlockDeviceVolume.ebs(
        _DISK_GIB, encrypted=True, kms_key=key, volume_type=ec2.EbsDeviceVolumeType.GP3
    )
    return ec2.BlockDevice(device_name="/dev/xvda", volume=volume)
