"""What costs a fixed amount by the piece: gateways, addresses, keys, secrets, alarms, zones."""

from collections.abc import Iterator

from infra.cost.charge import Charge, Pricer, Pricers
from infra.cost.templates import Resource

# Five pollers of Lambda ask a queue that is empty every 20 seconds, for 730 hours.
_POLLS_IN_MILLIONS = 5 * 3 * 60 * 730 / 1e6
_ALARMS_OF_TARGET_TRACKING = 2
_HIGH_RESOLUTION_SECONDS = 60
# Of a cluster with one service, as Container Insights counts them.
_INSIGHTS_METRICS = 20


def _one(what: str, price: str) -> Pricer:
    return lambda resource: [Charge(what=what, price=price)]


def vpc_endpoint(resource: Resource) -> Iterator[Charge]:
    """An interface endpoint costs in each subnet; a gateway endpoint nothing."""
    if resource.get("VpcEndpointType", "Gateway") == "Interface":
        zones = len(resource.get("SubnetIds", []))
        yield Charge(what="interface endpoint, zones", price="vpc_endpoint", count=zones)


def load_balancer(resource: Resource) -> Iterator[Charge]:
    """A load balancer, and the public address that it has in each zone."""
    kind = resource.get("Type", "application")
    yield Charge(what=f"{kind} load balancer", price=f"elb.{kind}")
    if resource.get("Scheme", "internet-facing") == "internet-facing":
        zones = len(resource.get("Subnets", []) or resource.get("SubnetMappings", []))
        yield Charge(what="public addresses", price="ipv4", count=zones)


def alarm(resource: Resource) -> Iterator[Charge]:
    """An alarm costs by the metrics that it looks at."""
    queries = resource.get("Metrics", [])
    stats = [each["MetricStat"] for each in queries if "MetricStat" in each]
    periods = [each.get("Period", 300) for each in stats] or [resource.get("Period", 300)]
    # Bands of anomaly detection are two more metrics for each.
    bands = sum("ANOMALY_DETECTION_BAND" in each.get("Expression", "") for each in queries)
    quick = any(float(period) < _HIGH_RESOLUTION_SECONDS for period in periods)
    price = "cloudwatch.alarm.high_resolution" if quick else "cloudwatch.alarm"
    yield Charge(what="alarm, metrics", price=price, count=max(len(stats), 1) + 2 * bands)


def scaling(resource: Resource) -> Iterator[Charge]:
    """Scaling to a target makes alarms of its own: one to grow, one to shrink."""
    if resource.get("PolicyType") == "TargetTrackingScaling":
        yield Charge(
            what="alarms that scaling makes",
            price="cloudwatch.alarm",
            count=_ALARMS_OF_TARGET_TRACKING,
        )


def polling(resource: Resource) -> Iterator[Charge]:
    """Lambda asks a queue for messages even where none comes."""
    if "StreamArn" not in str(resource.get("EventSourceArn")):
        yield Charge(
            what="polling of an empty queue", price="sqs.million", count=_POLLS_IN_MILLIONS
        )


def namespace(resource: Resource) -> Iterator[Charge]:
    """Redshift Serverless keeps the administrator's secret where it makes the password."""
    if resource.flag("ManageAdminPassword"):
        yield Charge(what="secret kept by Redshift", price="secret")


def cluster(resource: Resource) -> Iterator[Charge]:
    """A cluster of containers is free; the metrics of Container Insights are not."""
    settings = resource.get("ClusterSettings", [])
    if any(each.get("Value") in {"enabled", "enhanced"} for each in settings):
        yield Charge(
            what="metrics of Container Insights",
            price="cloudwatch.metric",
            count=_INSIGHTS_METRICS,
        )


def table(resource: Resource) -> Iterator[Charge]:
    """A table with capacity of its own costs by the hour, one on demand does not."""
    if resource.get("BillingMode", "PROVISIONED") == "PROVISIONED":
        reads = resource.number("ProvisionedThroughput.ReadCapacityUnits")
        writes = resource.number("ProvisionedThroughput.WriteCapacityUnits")
        yield Charge(what="capacity to read", price="dynamodb.rcu", count=reads)
        yield Charge(what="capacity to write", price="dynamodb.wcu", count=writes)


def web_acl(resource: Resource) -> Iterator[Charge]:
    """A firewall, and each of its rules."""
    yield Charge(what="firewall", price="waf.acl")
    yield Charge(what="rules", price="waf.rule", count=len(resource.get("Rules", [])))


PRICERS: Pricers = {
    "AWS::ApplicationAutoScaling::ScalingPolicy": scaling,
    "AWS::CloudWatch::Alarm": alarm,
    "AWS::CloudWatch::CompositeAlarm": _one("composite alarm", "cloudwatch.alarm.composite"),
    "AWS::CloudWatch::Dashboard": _one("dashboard", "cloudwatch.dashboard"),
    "AWS::DynamoDB::Table": table,
    "AWS::EC2::EIP": _one("public address", "ipv4"),
    "AWS::EC2::NatGateway": _one("NAT gateway", "nat_gateway"),
    "AWS::EC2::VPCEndpoint": vpc_endpoint,
    "AWS::ECS::Cluster": cluster,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": load_balancer,
    "AWS::KMS::Key": _one("key", "kms.key"),
    "AWS::Lambda::EventSourceMapping": polling,
    "AWS::RedshiftServerless::Namespace": namespace,
    "AWS::Route53::HostedZone": _one("hosted zone", "route53.zone"),
    "AWS::SecretsManager::Secret": _one("secret", "secret"),
    "AWS::WAFv2::WebACL": web_acl,
}
