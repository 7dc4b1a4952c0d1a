"""The console: the web pages on Fargate, behind a load balancer with sign-in."""

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from infra.constructs.console_alarms import ConsoleAlarms
from infra.constructs.console_balancer import ConsoleBalancer
from infra.constructs.console_service import ConsoleService
from infra.constructs.console_task import ConsoleTask
from infra.constructs.receipts_table import ReceiptsTable
from infra.constructs.sign_in import SignIn
from infra.constructs.tiers import Tier
from infra.constructs.web_firewall import WebFirewall
from infra.environments import Environment
from infra.retention import removal_of_data
from infra.stacks.base import LeadwiseStack
from infra.stacks.foundation import FoundationStack
from infra.stacks.lake import LakeStack
from infra.stacks.network import NetworkStack
from infra.stacks.training import TrainingStack
from ml.contract.access_settings import AccessSettings
from ml.contract.cloud_settings import ConsoleSettings, MemorySettings
from ml.contract.errors import InvalidSettings
from ml.contract.names import PRODUCT
from ml.contract.places import home_prefix
from ml.use_cases import find

# A load balancer stands in two zones at least; each more costs a public address.
_ZONES = 2


class ConsoleStack(LeadwiseStack):
    """What sales people open in the morning.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Its sizes and schedules.
    foundation : FoundationStack
        Keys and alert topics.
    network : NetworkStack
        VPC and tiers.
    lake : LakeStack
        Buckets.
    training : TrainingStack
        Image, pipeline and ledger.

    Attributes
    ----------
    balancer_name : str
        Full name of the load balancer, for metrics.
    service_name : str
        ECS service.
    cluster_name : str
        ECS cluster.
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
        training: TrainingStack,
    ) -> None:
        super().__init__(scope, id, environment=environment, purpose="web pages")
        console = environment.console
        if console is None:
            raise InvalidSettings(
                f"environment {environment.name!r}: console is None; expected Console(...), or no "
                "console stack"
            )
        tiers, zones = network.tiers, slice(_ZONES)
        for cidr in console.allowed_cidrs:
            tiers[Tier.CONSOLE_BALANCER].add_ingress_rule(
                ec2.Peer.ipv4(cidr), ec2.Port.HTTPS, "Networks that may open the console"
            )
        sign_in = SignIn(self, "SignIn", environment=environment, domain=console.domain)
        front = ConsoleBalancer(
            self,
            "Front",
            console=console,
            vpc=network.vpc,
            subnets=network.vpc.public_subnets[zones],
            group=self._as_it_is(tiers[Tier.CONSOLE_BALANCER]),
            logs=lake.access_logs,
            sign_in=sign_in,
            protected=environment.keep_data,
        )
        pages = ConsoleService(
            self,
            "Pages",
            name=f"{PRODUCT}-{environment.name}-console",
            vpc=network.vpc,
            subnets=network.vpc.private_subnets[zones],
            group=self._as_it_is(tiers[Tier.CONSOLE]),
            task=self._task(
                environment,
                foundation,
                lake,
                training,
                doors=sign_in.doors(front.balancer, console.domain),
            ),
            tasks=console.tasks,
        )
        front.attach(pages.service)
        if environment.is_production:
            WebFirewall(
                self,
                "Firewall",
                environment_name=environment.name,
                guarded_arn=front.balancer.load_balancer_arn,
            )
        ConsoleAlarms(self, "Alarms", front=front, topics=foundation.topics)
        self.balancer_name = front.balancer.load_balancer_full_name
        self.service_name = pages.service.service_name
        self.cluster_name = pages.service.cluster.cluster_name
        cdk.CfnOutput(self, "ConsoleUrl", value=f"https://{console.domain}")
        self._tell_people(environment, training)

    def _task(
        self,
        environment: Environment,
        foundation: FoundationStack,
        lake: LakeStack,
        training: TrainingStack,
        *,
        doors: AccessSettings,
    ) -> ConsoleTask:
        self._home_uri = lake.artifacts.s3_url_for_object(home_prefix(environment.use_case))
        self._receipts = ReceiptsTable(
            self,
            "Receipts",
            key=foundation.data_key,
            removal=removal_of_data(self, environment),
        )
        return ConsoleTask(
            self,
            "Task",
            environment=environment,
            settings=ConsoleSettings(
                use_case=environment.use_case,
                moment=find(environment.use_case).default_moment.name,
                home_uri=self._home_uri,
                receipts_table=self._receipts.table_name,
                ledger_table=training.ledger_table,
                environment=environment.name,
                pipeline=training.pipeline_name,
            ),
            doors=doors,
            image=training.image,
            home=lake.artifacts,
            receipts=self._receipts,
            ledger_arn=training.ledger_arn,
            data_key=foundation.data_key,
            operations_key=foundation.operations_key,
        )

    def _tell_people(self, environment: Environment, training: TrainingStack) -> None:
        """What `leadwise why` and `leadwise erase` need to ask the account, for a shell."""
        settings = MemorySettings(
            home_uri=self._home_uri,
            receipts_table=self._receipts.table_name,
            ledger_table=training.ledger_table,
            feature_group=training.feature_group,
            workgroup=f"{PRODUCT}-{environment.name}",
        )
        lines = [f"export {name}={value}" for name, value in settings.to_env().items()]
        cdk.CfnOutput(self, "MemorySettings", value="\n".join(lines))

    def _as_it_is(self, group: ec2.SecurityGroup) -> ec2.ISecurityGroup:
        """A tier's group, to which the CDK adds no rules of its own."""
        return ec2.SecurityGroup.from_security_group_id(
            self, f"Fixed{group.node.id}", group.security_group_id, mutable=False
        )
