"""Who may talk to whom: one security group per tier, one line per conversation."""

from enum import StrEnum

from aws_cdk import aws_ec2 as ec2
from constructs import Construct


class Tier(StrEnum):
    """What a machine or network interface is there for."""

    ENDPOINTS = "endpoints"
    WAREHOUSE = "warehouse"
    MLFLOW = "mlflow"
    MLFLOW_DATABASE = "mlflow-database"
    GLUE = "glue"
    TRAINING = "training"
    ENDPOINT_HOSTS = "endpoint-hosts"
    AIRFLOW = "airflow"
    CONSOLE = "console"
    CONSOLE_BALANCER = "console-balancer"


_HTTPS, _REDSHIFT, _POSTGRES, _MLFLOW, _CONSOLE = 443, 5439, 5432, 5000, 8080

#: From, to, port: nothing else may talk.
CONVERSATIONS = (
    (Tier.GLUE, Tier.WAREHOUSE, _REDSHIFT),
    (Tier.TRAINING, Tier.WAREHOUSE, _REDSHIFT),
    (Tier.AIRFLOW, Tier.WAREHOUSE, _REDSHIFT),
    (Tier.MLFLOW, Tier.MLFLOW_DATABASE, _POSTGRES),
    (Tier.TRAINING, Tier.MLFLOW, _MLFLOW),
    (Tier.AIRFLOW, Tier.MLFLOW, _MLFLOW),
    (Tier.GLUE, Tier.ENDPOINTS, _HTTPS),
    (Tier.WAREHOUSE, Tier.ENDPOINTS, _HTTPS),
    (Tier.MLFLOW, Tier.ENDPOINTS, _HTTPS),
    (Tier.TRAINING, Tier.ENDPOINTS, _HTTPS),
    (Tier.ENDPOINT_HOSTS, Tier.ENDPOINTS, _HTTPS),
    (Tier.AIRFLOW, Tier.ENDPOINTS, _HTTPS),
    (Tier.CONSOLE, Tier.ENDPOINTS, _HTTPS),
    (Tier.CONSOLE_BALANCER, Tier.CONSOLE, _CONSOLE),
)

#: Tiers whose members talk among themselves, as their services demand: Spark's executors on ports
#: of their own choice, Airflow's machines with its database and its web server.
AMONG_THEMSELVES = (
    (Tier.GLUE, ec2.Port.all_tcp()),
    (Tier.AIRFLOW, ec2.Port.tcp(_HTTPS)),
    (Tier.AIRFLOW, ec2.Port.tcp(_POSTGRES)),
)

#: Tiers that open connections to HTTPS beyond the VPC's own addresses, and what for. S3 and
#: DynamoDB count as beyond: gateway endpoints keep their public addresses, and the prefix lists
#: that would name these can only be looked up, which synth never does. What is truly outside is
#: reached where the subnet has a route to NAT; isolated subnets have none.
OUTWARDS = {
    Tier.WAREHOUSE: "S3 through its gateway, for COPY and UNLOAD",
    Tier.GLUE: "S3 through its gateway; services without an endpoint",
    Tier.TRAINING: "S3 through its gateway; services without an endpoint",
    Tier.ENDPOINT_HOSTS: "S3 through its gateway; services without an endpoint",
    Tier.MLFLOW: "S3 through its gateway; packages, Systems Manager",
    Tier.AIRFLOW: "S3 through its gateway; packages, Airflow's queue",
    Tier.CONSOLE: "S3 and DynamoDB through their gateways; the image; keys of sign-in",
    Tier.CONSOLE_BALANCER: "The sign-in page's token service",
}


class Tiers(Construct):
    """Security groups by tier: ``tiers[Tier.MLFLOW]``.

    Parameters
    ----------
    scope, id
        As of every construct.
    vpc : IVpc
        Where the groups belong.
    """

    def __init__(self, scope: Construct, id: str, *, vpc: ec2.IVpc) -> None:
        super().__init__(scope, id)
        self._groups = {
            tier: ec2.SecurityGroup(
                self,
                tier.title().replace("-", ""),
                vpc=vpc,
                allow_all_outbound=False,
                description=f"Tier {tier.value}",
            )
            for tier in Tier
        }
        self._let_talk()

    def _let_talk(self) -> None:
        for source, target, port in CONVERSATIONS:
            self[source].connections.allow_to(
                self[target], ec2.Port.tcp(port), f"{source.value} to {target.value}"
            )
        for tier, ports in AMONG_THEMSELVES:
            self[tier].connections.allow_internally(ports, f"Within {tier.value}")
        for tier, purpose in OUTWARDS.items():
            self[tier].add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(_HTTPS), purpose)

    def __getitem__(self, tier: Tier) -> ec2.SecurityGroup:
        return self._groups[tier]
