"""Sizes of an environment's parts: small values that check themselves."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Protocol

from ml.contract.errors import InvalidSettings
from ml.contract.jobs import MOST_SECONDS

_ARM_MACHINE = re.compile(r"[a-z]+[0-9]+g[a-z]*\.[0-9]*[a-z]+")
_GRAVITON = re.compile(r"ml\.[a-z]+[0-9]+g[a-z]*\.")
_LOCAL_DISK = re.compile(r"ml\.[a-z]+[0-9]+[a-z]*d[a-z]*\.")


class Orchestrator(StrEnum):
    """What runs the retrain pipeline, on its schedule and on request."""

    PIPELINE = "pipeline"  # EventBridge Scheduler and SageMaker Pipelines: nothing runs idle
    MWAA = "mwaa"  # managed Airflow: a page, backfills and history, at a price per hour


class Egress(StrEnum):
    """How private subnets reach what has no endpoint in the VPC."""

    NAT_INSTANCE = "nat_instance"  # one small machine: cheap, gone while it is replaced
    NAT_GATEWAY = "nat_gateway"  # managed, redundant within its zone


class Service(StrEnum):
    """AWS services that the VPC can reach through an interface endpoint."""

    REDSHIFT = "redshift"
    REDSHIFT_DATA = "redshift-data"
    SECRETS_MANAGER = "secretsmanager"
    KMS = "kms"
    STS = "sts"
    GLUE = "glue"
    SAGEMAKER_API = "sagemaker.api"
    SAGEMAKER_RUNTIME = "sagemaker.runtime"
    LOGS = "logs"
    MONITORING = "monitoring"
    ECR_API = "ecr.api"
    ECR_DOCKER = "ecr.dkr"


class _Rules(Protocol):
    def rules(self) -> Iterator[tuple[bool, str]]:
        """Pairs of whether a rule is broken, and what to say then."""


def hold(what: str, value: _Rules) -> None:
    """Raise InvalidSettings for the first broken rule of a value."""
    for broken, message in value.rules():
        if broken:
            raise InvalidSettings(f"{what}: {message}")


def _is_somewhere(cidr: str) -> bool:
    try:
        network = IPv4Network(cidr)  # the load balancer has no other addresses
    except ValueError:
        return False
    return "/" in cidr and network.prefixlen >= 8  # two halves would make the whole internet


def _is_roomy(cidr: str) -> bool:
    try:
        network = IPv4Network(cidr)
    except ValueError:
        return False
    return network.is_private and 16 <= network.prefixlen <= 20


@dataclass(frozen=True, kw_only=True)
class Network:
    """Shape of the VPC.

    Parameters
    ----------
    cidr : str, default="10.20.0.0/16"
        Private addresses of the VPC, shared out evenly: three subnets in each zone.
    az_count : int, default=3
        Availability zones; at least three, since Redshift Serverless asks for subnets in three.
    egress : Egress
        NAT instance or NAT gateway.
    nat_count : int, default=1
        NAT instances or gateways; one per zone survives the loss of a zone.
    endpoints : tuple of Service
        Interface endpoints; each costs money per hour and zone. What has none goes through NAT.
    endpoint_az_count : int, default=1
        Zones that each interface endpoint stands in.
    """

    egress: Egress
    endpoints: tuple[Service, ...] = ()
    cidr: str = "10.20.0.0/16"
    az_count: int = 3
    nat_count: int = 1
    endpoint_az_count: int = 1

    def __post_init__(self) -> None:
        hold("network", self)

    def rules(self) -> Iterator[tuple[bool, str]]:
        """Pairs of whether a rule is broken, and what to say then."""
        yield (
            not _is_roomy(self.cidr),
            f"cidr is {self.cidr!r}; expected private addresses, /16 to /20: '10.20.0.0/16'",
        )
        yield (
            not 3 <= self.az_count <= 6,
            f"az_count is {self.az_count}; expected 3 to 6, since Redshift Serverless asks for 3",
        )
        yield (
            not 1 <= self.nat_count <= self.az_count,
            f"nat_count is {self.nat_count}; expected 1 to az_count ({self.az_count})",
        )
        yield (
            not 1 <= self.endpoint_az_count <= self.az_count,
            f"endpoint_az_count is {self.endpoint_az_count}; "
            f"expected 1 to az_count ({self.az_count})",
        )
        yield (
            len(set(self.endpoints)) < len(self.endpoints),
            "endpoints names a service twice; expected each once",
        )


@dataclass(frozen=True, kw_only=True)
class Redshift:
    """Size and ceiling of the warehouse.

    Parameters
    ----------
    base_rpu, max_rpu : int
        Redshift processing units to start with (AWS's own default of 128 costs $0.80 for each
        minute awake) and at most; 4, or multiples of 8 from 8 to 512.
    monthly_rpu_hours : int
        Use beyond which the warehouse refuses queries until the month ends.
    """

    base_rpu: int
    max_rpu: int
    monthly_rpu_hours: int

    def __post_init__(self) -> None:
        hold("redshift", self)

    def rules(self) -> Iterator[tuple[bool, str]]:
        """Pairs of whether a rule is broken, and what to say then."""
        for name in ("base_rpu", "max_rpu"):
            rpu = getattr(self, name)
            yield (
                rpu != 4 and not (8 <= rpu <= 512 and rpu % 8 == 0),
                f"{name} is {rpu}; expected 4, or a multiple of 8 from 8 to 512",
            )
        yield (
            self.base_rpu > self.max_rpu,
            f"base_rpu is {self.base_rpu}; expected at most max_rpu ({self.max_rpu})",
        )
        yield (
            self.monthly_rpu_hours < 1,
            f"monthly_rpu_hours is {self.monthly_rpu_hours}; expected 1 or more",
        )


@dataclass(frozen=True, kw_only=True)
class MlflowServer:
    """The machine and database under MLflow; both are ARM.

    Parameters
    ----------
    instance_type, database_class : str
        Such as ``"t4g.small"`` for both.
    multi_az : bool, default=False
        Whether a standby of the database stands in a second zone.
    storage_gib : int, default=20
        Of the database.
    """

    instance_type: str = "t4g.small"
    database_class: str = "t4g.micro"
    multi_az: bool = False
    storage_gib: int = 20

    def __post_init__(self) -> None:
        hold("mlflow", self)

    def rules(self) -> Iterator[tuple[bool, str]]:
        """Pairs of whether a rule is broken, and what to say then."""
        for name in ("instance_type", "database_class"):
            size = getattr(self, name)
            yield (
                not _ARM_MACHINE.fullmatch(size),
                f"{name} is {size!r}; expected an ARM size such as 't4g.small'",
            )
        yield (
            not 20 <= self.storage_gib <= 65_536,
            f"storage_gib is {self.storage_gib}; expected 20 to 65536, as RDS allows",
        )


@dataclass(frozen=True, kw_only=True)
class ServerlessEndpoint:
    """A SageMaker endpoint that costs nothing while nobody asks.

    It has no data capture, network isolation or canary: those need instances.
    """

    memory_mb: int = 2048
    max_concurrency: int = 5

    def __post_init__(self) -> None:
        hold("endpoint", self)

    def rules(self) -> Iterator[tuple[bool, str]]:
        """Pairs of whether a rule is broken, and what to say then."""
        yield (
            self.memory_mb not in range(1024, 6145, 1024),
            f"memory_mb is {self.memory_mb}; expected a multiple of 1024 up to 6144",
        )
        yield (
            not 1 <= self.max_concurrency <= 200,
            f"max_concurrency is {self.max_concurrency}; expected 1 to 200",
        )


@dataclass(frozen=True, kw_only=True)
class InstanceEndpoint:
    """A SageMaker endpoint on instances: data capture, canary with rollback, autoscaling.

    Parameters
    ----------
    instance_type : str
        Such as ``"ml.c6i.large"``; burstable types do not scale by themselves. Never a Graviton
        type: the one image is built for x86, the only architecture of SageMaker's jobs.
    min_instances, max_instances : int
        Autoscaling moves between them.
    capture_percent : int, default=100
        Share of requests and answers that are kept for watching.
    canary_percent : int, default=10
        Share of traffic that a new model answers while it is on trial; used from two instances
        on, since SageMaker divides no single one.
    bake_minutes : int, default=10
        Length of the trial; an alarm within it rolls back.
    """

    instance_type: str
    min_instances: int = 1
    max_instances: int = 2
    capture_percent: int = 100
    canary_percent: int = 10
    bake_minutes: int = 10

    def __post_init__(self) -> None:
        hold("endpoint", self)

    def rules(self) -> Iterator[tuple[bool, str]]:
        """Pairs of whether a rule is broken, and what to say then."""
        yield (
            not self.instance_type.startswith("ml."),
            f"instance_type is {self.instance_type!r}; expected a SageMaker type: 'ml.c6i.large'",
        )
        yield (
            bool(_GRAVITON.match(self.instance_type)),
            f"instance_type is {self.instance_type!r}, an ARM type; expected an x86 type such as "
            "'ml.c6i.large', since SageMaker's jobs run on x86 only and there is one image",
        )
        yield (
            bool(_LOCAL_DISK.match(self.instance_type)),
            f"instance_type is {self.instance_type!r}, a type with a disk of its own; expected one "
            "without, such as 'ml.c6i.large', since only those take our encryption key",
        )
        yield (
            not 1 <= self.min_instances <= self.max_instances,
            f"instances are {self.min_instances} to {self.max_instances}; "
            "expected 1 or more, and a maximum not below the minimum",
        )
        yield (
            not 0 <= self.capture_percent <= 100,
            f"capture_percent is {self.capture_percent}; expected 0 to 100",
        )
        yield (
            not 1 <= self.canary_percent <= 50,
            f"canary_percent is {self.canary_percent}; expected 1 to 50, as SageMaker allows",
        )
        yield (
            not 1 <= self.bake_minutes <= 60,
            f"bake_minutes is {self.bake_minutes}; expected 1 to 60, as SageMaker allows",
        )


@dataclass(frozen=True, kw_only=True)
class Jwt:
    """Tokens that the scoring API accepts in place of requests signed by IAM.

    Parameters
    ----------
    issuer : str
        Address of the identity provider, where its keys are published.
    audience : tuple of str
        Who the tokens must be meant for.
    """

    issuer: str
    audience: tuple[str, ...]

    def __post_init__(self) -> None:
        hold("api_jwt", self)

    def rules(self) -> Iterator[tuple[bool, str]]:
        """Pairs of whether a rule is broken, and what to say then."""
        yield (
            not self.issuer.startswith("https://"),
            f"issuer is {self.issuer!r}; expected an address such as 'https://login.acme.com/'",
        )
        yield (
            not self.audience or not all(self.audience),
            f"audience is {self.audience}; expected at least one name, none of them empty",
        )


@dataclass(frozen=True, kw_only=True)
class Console:
    """The web pages for sales people.

    Parameters
    ----------
    domain : str
        Under which people open it; its certificate and record are made in the hosted zone.
    zone_id, zone_name : str
        Route 53 hosted zone that the domain belongs to.
    allowed_cidrs : tuple of str
        Networks that may reach the load balancer, such as the offices'; never everyone.
    tasks : int, default=1
        Containers.
    """

    domain: str
    zone_id: str
    zone_name: str
    allowed_cidrs: tuple[str, ...]
    tasks: int = 1

    def __post_init__(self) -> None:
        hold("console", self)

    def rules(self) -> Iterator[tuple[bool, str]]:
        """Pairs of whether a rule is broken, and what to say then."""
        yield (
            self.domain != self.zone_name and not self.domain.endswith("." + self.zone_name),
            f"domain is {self.domain!r}; expected a name in zone_name ({self.zone_name!r})",
        )
        yield (
            not self.allowed_cidrs or not all(map(_is_somewhere, self.allowed_cidrs)),
            f"allowed_cidrs is {self.allowed_cidrs}; expected the networks of the people who use "
            "it, such as '192.0.2.0/24', never the whole internet",
        )
        yield (self.tasks < 1, f"tasks is {self.tasks}; expected 1 or more")


@dataclass(frozen=True, kw_only=True)
class Airflow:
    """Managed Airflow.

    Parameters
    ----------
    version : str, default="3.0.6"
        One that MWAA offers: 2.10.3, 2.11.0 or 3.0.6.
    environment_class : str, default="mw1.micro"
        Size of scheduler, web server and worker.
    """

    version: str = "3.0.6"
    environment_class: str = "mw1.micro"

    def __post_init__(self) -> None:
        hold("airflow", self)

    def rules(self) -> Iterator[tuple[bool, str]]:
        """Pairs of whether a rule is broken, and what to say then."""
        offered = ("2.10.3", "2.11.0", "3.0.6")
        yield (
            self.version not in offered,
            f"version is {self.version!r}; expected one that MWAA offers: {', '.join(offered)}",
        )
        yield (
            not self.environment_class.startswith("mw1."),
            f"environment_class is {self.environment_class!r}; expected such as 'mw1.micro'",
        )


@dataclass(frozen=True, kw_only=True)
class Retrain:
    """When a model is trained again.

    Parameters
    ----------
    schedule : str
        EventBridge schedule in UTC: ``"cron(0 3 ? * MON *)"`` is Monday at 3.
    cooldown_minutes : int, default=1440
        After a run has started, how long requests that nobody made by hand are refused.
    lease_minutes : int, default=480
        How long one run may hold the right to retrain before another may take it; longer than a
        run can take, since two runs at once would overwrite each other's home.
    overdue_days : int, default=10
        After how many days without a retrain that succeeded people are told.
    """

    schedule: str = "cron(0 3 ? * MON *)"
    cooldown_minutes: int = 1440
    lease_minutes: int = 480
    overdue_days: int = 10

    def __post_init__(self) -> None:
        hold("retrain", self)

    def rules(self) -> Iterator[tuple[bool, str]]:
        """Pairs of whether a rule is broken, and what to say then."""
        yield (
            not self.schedule.startswith(("cron(", "rate(")) or not self.schedule.endswith(")"),
            f"schedule is {self.schedule!r}; expected cron(...) or rate(...)",
        )
        for name in ("cooldown_minutes", "overdue_days"):
            number = getattr(self, name)
            yield (number < 1, f"{name} is {number}; expected 1 or more")
        longest = sum(MOST_SECONDS.values()) // 60
        yield (
            self.lease_minutes < longest,
            f"lease_minutes is {self.lease_minutes}; expected {longest} or more, the longest that "
            "the jobs of one run may take",
        )
