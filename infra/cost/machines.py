"""What runs all month: machines, containers, databases, endpoints, Airflow."""

from collections.abc import Iterator

from infra.cost.charge import Charge, Pricers
from infra.cost.templates import NotPriceable, Resource

# Detailed monitoring of a machine is seven metrics of one's own.
_DETAILED_METRICS = 7
_DEFAULT_DISK_GIB = 8
_FREE_IOPS, _FREE_THROUGHPUT = 3000, 125
_FREE_EPHEMERAL_GIB = 20


def instance(resource: Resource) -> Iterator[Charge]:
    """A machine of its own, such as one that does NAT."""
    kind = resource.text("InstanceType")
    yield Charge(what=kind, price=f"ec2.{kind}")
    yield from _disks(resource, "", 1)
    if any(each.get("AssociatePublicIpAddress") for each in resource.get("NetworkInterfaces", [])):
        yield Charge(what="public address", price="ipv4")
    if resource.flag("Monitoring"):
        yield Charge(what="detailed metrics", price="cloudwatch.metric", count=_DETAILED_METRICS)


def group(resource: Resource) -> Iterator[Charge]:
    """A group's machines: as many as it keeps at least."""
    count = max(resource.number("MinSize"), resource.number("DesiredCapacity", 0))
    template = resource.target("LaunchTemplate.LaunchTemplateId")
    data = "LaunchTemplateData."
    kind = template.text(f"{data}InstanceType")
    yield Charge(what=kind, price=f"ec2.{kind}", count=count)
    yield from _disks(template, data, count)
    interfaces = template.get(f"{data}NetworkInterfaces", [])
    if any(each.get("AssociatePublicIpAddress") for each in interfaces):
        yield Charge(what="public addresses", price="ipv4", count=count)
    if template.flag(f"{data}Monitoring.Enabled"):
        metrics = _DETAILED_METRICS * count
        yield Charge(what="detailed metrics", price="cloudwatch.metric", count=metrics)


def _disks(resource: Resource, prefix: str, machines: float) -> Iterator[Charge]:
    mappings = resource.get(f"{prefix}BlockDeviceMappings", [])
    volumes = [each["Ebs"] for each in mappings if "Ebs" in each]
    for volume in volumes or [{}]:
        yield from _volume(resource, volume, machines)


def _volume(resource: Resource, volume: dict[str, str], machines: float) -> Iterator[Charge]:
    kind = volume.get("VolumeType", "gp3")
    size = float(volume.get("VolumeSize", _DEFAULT_DISK_GIB))
    extra = (
        float(volume.get("Iops", 0)) > _FREE_IOPS
        or float(volume.get("Throughput", 0)) > _FREE_THROUGHPUT
    )
    if extra:
        raise NotPriceable(
            f"{resource} cannot be priced: its disk asks for more than {_FREE_IOPS} IOPS or "
            f"{_FREE_THROUGHPUT} MiB/s; add what they cost to infra/cost/machines.py"
        )
    yield Charge(what=f"{kind} disk, GiB", price=f"ebs.{kind}", count=size * machines)


def service(resource: Resource) -> Iterator[Charge]:
    """Containers on Fargate."""
    task = resource.target("TaskDefinition")
    count = resource.number("DesiredCount", 1)
    arm = task.get("RuntimePlatform.CpuArchitecture") == "ARM64"
    kind = "arm" if arm else "x86"
    cpus, gib = task.number("Cpu") / 1024, task.number("Memory") / 1024
    yield Charge(what=f"{kind} vCPU", price=f"fargate.{kind}.vcpu", count=cpus * count)
    yield Charge(what=f"{kind} memory, GiB", price=f"fargate.{kind}.gb", count=gib * count)
    storage = task.number("EphemeralStorage.SizeInGiB", _FREE_EPHEMERAL_GIB) - _FREE_EPHEMERAL_GIB
    if storage > 0:
        yield Charge(what="more storage, GiB", price="fargate.storage", count=storage * count)
    if resource.get("NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp") == "ENABLED":
        yield Charge(what="public addresses", price="ipv4", count=count)


def endpoint(resource: Resource) -> Iterator[Charge]:
    """Machines of a SageMaker endpoint; a serverless one has none."""
    config = resource.target("EndpointConfigName")
    lists = ("ProductionVariants", "ShadowProductionVariants")
    for variant in (each for name in lists for each in config.get(name, [])):
        if "ServerlessConfig" not in variant:
            kind, count = variant["InstanceType"], float(variant["InitialInstanceCount"])
            what = f"{kind}, {variant['VariantName']}"
            yield Charge(what=what, price=f"sagemaker.{kind}", count=count)


def airflow(resource: Resource) -> Iterator[Charge]:
    """A managed Airflow environment; one worker, and two web servers where it can, are in it."""
    kind = resource.text("EnvironmentClass").removeprefix("mw1.")
    yield Charge(what=f"mw1.{kind}", price=f"mwaa.{kind}")
    workers = resource.number("MinWorkers", 1) - 1
    if workers > 0:
        yield Charge(what="more workers", price=f"mwaa.{kind}.worker", count=workers)


def database(resource: Resource) -> Iterator[Charge]:
    """An RDS database, its standby, its disk and the secret that RDS keeps."""
    kind = resource.text("DBInstanceClass").removeprefix("db.")
    engine = resource.text("Engine")
    zones = "multi" if resource.flag("MultiAZ") else "single"
    storage = resource.text("StorageType", "gp2")
    size = resource.number("AllocatedStorage")
    yield Charge(what=f"{kind}, {zones} zone", price=f"rds.{engine}.{kind}.{zones}")
    yield Charge(
        what=f"{storage} disk, GiB, {zones} zone", price=f"rds.{storage}.{zones}", count=size
    )
    if resource.flag("ManageMasterUserPassword"):
        yield Charge(what="secret kept by RDS", price="secret")


PRICERS: Pricers = {
    "AWS::AutoScaling::AutoScalingGroup": group,
    "AWS::EC2::Instance": instance,
    "AWS::ECS::Service": service,
    "AWS::MWAA::Environment": airflow,
    "AWS::RDS::DBInstance": database,
    "AWS::SageMaker::Endpoint": endpoint,
}
