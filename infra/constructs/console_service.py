"""The console's containers: as many as needed, replaced when ill, and never by broken ones."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from infra.constructs.console_task import ConsoleTask

_BUSY_PERCENT = 60


class ConsoleService(Construct):
    """A Fargate service in private subnets.

    Parameters
    ----------
    scope, id
        As of every construct.
    name : str
        Of cluster and service.
    vpc : IVpc
    subnets : sequence of ISubnet
        Private ones.
    group : ISecurityGroup
        Of the containers.
    task : ConsoleTask
        What runs.
    tasks : int
        Fewest containers; twice as many at most.

    Attributes
    ----------
    service : FargateService
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        vpc: ec2.IVpc,
        subnets: Sequence[ec2.ISubnet],
        group: ec2.ISecurityGroup,
        task: ConsoleTask,
        tasks: int,
    ) -> None:
        super().__init__(scope, id)
        cluster = ecs.Cluster(
            self,
            "Cluster",
            cluster_name=name,
            vpc=vpc,
            # Priced per metric; those of service and load balancer come for nothing.
            container_insights_v2=ecs.ContainerInsights.DISABLED,
        )
        # How many run is autoscaling's to say: a number here would undo it with each deployment.
        self.service = ecs.FargateService(
            self,
            "Service",
            service_name=name,
            cluster=cluster,
            task_definition=task,
            vpc_subnets=ec2.SubnetSelection(subnets=subnets),
            security_groups=[group],
            assign_public_ip=False,
            circuit_breaker=ecs.DeploymentCircuitBreaker(rollback=True),
            min_healthy_percent=100,
            max_healthy_percent=200,
            health_check_grace_period=cdk.Duration.seconds(90),
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
        )
        # Not before it may fetch the image: each failed start counts against the deployment.
        self.service.node.add_dependency(task.obtain_execution_role())
        scaling = self.service.auto_scale_task_count(min_capacity=tasks, max_capacity=2 * tasks)
        scaling.scale_on_cpu_utilization("Busy", target_utilization_percent=_BUSY_PERCENT)
