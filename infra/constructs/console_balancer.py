"""The console's front door: HTTPS for known networks, sign-in first, every request logged."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as balancing
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.constructs.sign_in import SignIn
from infra.shapes import Console

_WORKDAY = cdk.Duration.hours(10)


class ConsoleBalancer(Construct):
    """An Application Load Balancer with certificate and name; there is no way in over plain HTTP.

    Parameters
    ----------
    scope, id
        As of every construct.
    console : Console
        Domain and hosted zone.
    vpc : IVpc
    subnets : sequence of ISubnet
        Public ones, in the zones of the containers.
    group : ISecurityGroup
        Of the balancer.
    logs : IBucket
        Receives a line per request; must be encrypted by S3's own keys, as AWS demands.
    sign_in : SignIn
        Comes before every page.
    protected : bool
        Whether it can't be deleted by accident.

    Attributes
    ----------
    balancer : ApplicationLoadBalancer
    target : ApplicationTargetGroup
        The containers, as the balancer sees them.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        console: Console,
        vpc: ec2.IVpc,
        subnets: Sequence[ec2.ISubnet],
        group: ec2.ISecurityGroup,
        logs: s3.IBucket,
        sign_in: SignIn,
        protected: bool,
    ) -> None:
        super().__init__(scope, id)
        self._console, self._zone = console, self._hosted_zone(console)
        self.balancer = balancing.ApplicationLoadBalancer(
            self,
            "Balancer",
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnets=subnets),
            internet_facing=True,
            security_group=group,
            drop_invalid_header_fields=True,
            desync_mitigation_mode=balancing.DesyncMitigationMode.STRICTEST,
            deletion_protection=protected,
        )
        self.balancer.log_access_logs(logs, "console")
        self.target = self._target(vpc)
        self.balancer.add_listener(
            "Https",
            port=443,
            protocol=balancing.ApplicationProtocol.HTTPS,
            certificates=[self._certificate()],
            ssl_policy=balancing.SslPolicy.TLS13_RES,
            default_action=sign_in.before(balancing.ListenerAction.forward([self.target])),
            # The networks that may come are named where the group is.
            open=False,
        )
        self._name_it()

    def attach(self, service: ecs.FargateService) -> None:
        """Send people to a service's containers."""
        service.attach_to_application_target_group(self.target)

    def _target(self, vpc: ec2.IVpc) -> balancing.ApplicationTargetGroup:
        return balancing.ApplicationTargetGroup(
            self,
            "Pages",
            vpc=vpc,
            port=8080,
            protocol=balancing.ApplicationProtocol.HTTP,
            target_type=balancing.TargetType.IP,
            deregistration_delay=cdk.Duration.seconds(30),
            # Scored files lie in the container that scored them.
            stickiness_cookie_duration=_WORKDAY,
            health_check=balancing.HealthCheck(
                path="/health/live", interval=cdk.Duration.seconds(15), healthy_threshold_count=2
            ),
        )

    def _hosted_zone(self, console: Console) -> route53.IHostedZone:
        return route53.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=console.zone_id, zone_name=console.zone_name
        )

    def _certificate(self) -> acm.Certificate:
        return acm.Certificate(
            self,
            "Certificate",
            domain_name=self._console.domain,
            validation=acm.CertificateValidation.from_dns(self._zone),
        )

    def _name_it(self) -> None:
        route53.ARecord(
            self,
            "Name",
            zone=self._zone,
            record_name=f"{self._console.domain}.",
            target=route53.RecordTarget.from_alias(targets.LoadBalancerTarget(self.balancer)),
        )
