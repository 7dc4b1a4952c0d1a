"""The network: a VPC of its own, closed but for what each tier may say to another."""

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.constructs.tiers import Tiers
from infra.environments import Environment
from infra.stacks.base import LeadwiseStack


class NetworkStack(LeadwiseStack):
    """VPC, endpoints, and one security group per tier.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Its `network` says how large and how reachable.
    key : IKey
        Encrypts the flow logs.

    Attributes
    ----------
    vpc : Vpc
        Public, private-with-egress and isolated subnets in every zone.
    private : SubnetSelection
        Where things run that call AWS or the internet.
    isolated : SubnetSelection
        Where databases stand.
    tiers : Tiers
        Security groups by tier.
    s3_endpoint : GatewayVpcEndpoint
        The way to S3 that never leaves AWS's network.
    """

    def __init__(
        self, scope: Construct, id: str, *, environment: Environment, key: kms.IKey
    ) -> None:
        super().__init__(scope, id, environment=environment, purpose="VPC, endpoints and firewalls")
        self.private = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
        self.isolated = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        self.vpc = ec2.Vpc(self, "Vpc", max_azs=environment.network.az_count)
        self.tiers = Tiers(self, "Tiers", vpc=self.vpc)
        self.s3_endpoint = self.vpc.add_gateway_endpoint(
            "S3", service=ec2.GatewayVpcEndpointAwsService.S3
        )
