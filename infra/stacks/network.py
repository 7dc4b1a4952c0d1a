"""The network: a VPC of its own, closed but for what each tier may say to another."""

import aws_cdk as cdk
import jsii
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.constructs.default_group import ClosedDefaultGroup
from infra.constructs.endpoint_policies import dynamodb_policy, interface_policy, s3_policy
from infra.constructs.logs import log_group
from infra.constructs.nat import close_nat_machines, nat_provider
from infra.constructs.role import ServiceRole
from infra.constructs.tiers import Tier, Tiers
from infra.environments import Environment
from infra.shapes import Service
from infra.stacks.base import LeadwiseStack

_SUBNETS = {
    "public": ec2.SubnetType.PUBLIC,
    "private": ec2.SubnetType.PRIVATE_WITH_EGRESS,
    "isolated": ec2.SubnetType.PRIVATE_ISOLATED,
}


class NetworkStack(LeadwiseStack):
    """VPC, endpoints, and one security group per tier.

    Parameters
    ----------
    scope, id
        As of every construct.
    environment : Environment
        Its `network` says how large and how reachable.
    key : IKey
        Encrypts the flow logs and the NAT machines' disks.

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
        self._shape = environment.network
        super().__init__(scope, id, environment=environment, purpose="VPC, endpoints and firewalls")
        self._environment = environment
        self._key = key
        self.private = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
        self.isolated = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
        self.vpc = self._vpc()
        self.tiers = Tiers(self, "Tiers", vpc=self.vpc)
        self.s3_endpoint = self._gateway("S3", ec2.GatewayVpcEndpointAwsService.S3)
        for statement in s3_policy(self, environment):
            self.s3_endpoint.add_to_policy(statement)
        dynamodb = self._gateway("DynamoDb", ec2.GatewayVpcEndpointAwsService.DYNAMODB)
        for statement in dynamodb_policy(self, environment):
            dynamodb.add_to_policy(statement)
        for service in environment.network.endpoints:
            self._interface(service)
        self._log_flows()

    @property
    @jsii.member(jsii_name="availabilityZones")
    def availability_zones(self) -> list[str]:
        """Zones that CloudFormation picks when it deploys.

        The CDK would look an account's zones up at synth as soon as it knows the account.
        """
        return [cdk.Fn.select(zone, cdk.Fn.get_azs()) for zone in range(self._shape.az_count)]

    def _vpc(self) -> ec2.Vpc:
        nat = nat_provider(self._environment)
        vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(self._shape.cidr),
            max_azs=self._shape.az_count,
            nat_gateway_provider=nat,
            nat_gateways=self._shape.nat_count,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name=name,
                    subnet_type=kind,
                    map_public_ip_on_launch=False if name == "public" else None,
                )
                for name, kind in _SUBNETS.items()
            ],
            # The CDK's own way is a Lambda with a runtime, a role and a log that are not ours.
            restrict_default_security_group=False,
        )
        close_nat_machines(nat, vpc=vpc, key=self._key)
        ClosedDefaultGroup(
            self, "DefaultGroup", vpc=vpc, environment=self._environment, key=self._key
        )
        return vpc

    def _gateway(self, id: str, service: ec2.IGatewayVpcEndpointService) -> ec2.GatewayVpcEndpoint:
        return self.vpc.add_gateway_endpoint(id, service=service)

    def _interface(self, service: Service) -> None:
        endpoint = self.vpc.add_interface_endpoint(
            service.name.title().replace("_", ""),
            service=ec2.InterfaceVpcEndpointAwsService(service.value),
            subnets=ec2.SubnetSelection(
                subnets=self.vpc.isolated_subnets[: self._shape.endpoint_az_count]
            ),
            security_groups=[self.tiers[Tier.ENDPOINTS]],
            open=False,
            private_dns_enabled=True,
        )
        for statement in interface_policy(self, service):
            endpoint.add_to_policy(statement)

    def _log_flows(self) -> None:
        log = log_group(
            self, "FlowLog", name="network/flows", environment=self._environment, key=self._key
        )
        role = ServiceRole(
            self, "FlowLogRole", "vpc-flow-logs.amazonaws.com", description="Writes the flow logs"
        )
        self.vpc.add_flow_log(
            "Flows", destination=ec2.FlowLogDestination.to_cloud_watch_logs(log, role)
        )
