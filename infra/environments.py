"""Where Leadwise runs on AWS: every value that differs between environments."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from infra.shapes import (
    Airflow,
    Console,
    Egress,
    InstanceEndpoint,
    Jwt,
    MlflowServer,
    Network,
    Orchestrator,
    Redshift,
    Retrain,
    ServerlessEndpoint,
    Service,
    hold,
)
from ml.contract.errors import UnknownName
from ml.contract.names import Approval
from ml.use_cases import names

_NAME = re.compile(r"[a-z][a-z0-9]{1,11}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One deployment of the whole system.

    Parameters
    ----------
    name : str
        2 to 12 lower-case letters and digits; part of every stack's name.
    account : str or None
        The twelve digits of the AWS account; None deploys to the account of whoever is signed in.
    region : str
        The AWS region, such as ``"us-east-1"``.
    keep_data : bool
        Whether data outlives its stack. False alone destroys nothing: it takes the context flag
        ``destroy_data=true`` as well. Production always keeps its data.
    use_case : str
        Which scoring problem it solves: a name in `ml.use_cases`.
    orchestrator : Orchestrator
        What runs the retrain pipeline.
    network, redshift, mlflow, retrain : Network, Redshift, MlflowServer, Retrain
        Their sizes and times.
    endpoint : ServerlessEndpoint or InstanceEndpoint
        What answers scoring requests.
    api_jwt : Jwt or None
        Whose tokens the scoring API accepts; None asks for requests signed by IAM.
    airflow : Airflow or None
        Given exactly where the orchestrator is MWAA.
    console : Console or None
        The web pages; None leaves them out.
    studio : bool
        Whether a SageMaker Studio domain is made.
    alarm_emails : tuple of str
        Who hears of alarms by mail.
    monthly_budget : int
        US dollars a month: the budget alarm, and the most that the idle price may be.
    log_days : int
        How long logs are kept; one of CloudWatch's own choices.
    online_features : bool, default=False
        Whether the feature group also has an online store, which answers in milliseconds and
        costs by what lies in it. SageMaker adds one to no group that is there.
    approval : Approval, default=Approval.MANUAL
        Who lets a registered champion be deployed: a person, or its verdict alone.

    Raises
    ------
    InvalidSettings
        When a value breaks a rule; the message names the value and what was expected.

    Examples
    --------
    >>> DEV.name, DEV.orchestrator.value
    ('dev', 'pipeline')
    """

    name: str
    account: str | None
    region: str
    keep_data: bool
    use_case: str
    orchestrator: Orchestrator
    network: Network
    redshift: Redshift
    mlflow: MlflowServer
    endpoint: ServerlessEndpoint | InstanceEndpoint
    api_jwt: Jwt | None
    retrain: Retrain
    airflow: Airflow | None
    console: Console | None
    studio: bool
    alarm_emails: tuple[str, ...]
    monthly_budget: int
    log_days: int
    online_features: bool = False
    approval: Approval = Approval.MANUAL

    def __post_init__(self) -> None:
        hold(f"environment {self.name!r}", self)

    @property
    def is_production(self) -> bool:
        """Whether real customers depend on it."""
        return self.name == "prod"

    def rules(self) -> Iterator[tuple[bool, str]]:
        """Pairs of whether a rule is broken, and what to say then."""
        yield (
            not _NAME.fullmatch(self.name),
            f"name is {self.name!r}; expected 2 to 12 lower-case letters and digits",
        )
        yield (
            self.account is not None and not _ACCOUNT.fullmatch(self.account),
            f"account is {self.account!r}; expected twelve digits, or None for the signed-in one",
        )
        yield (
            not _REGION.fullmatch(self.region),
            f"region is {self.region!r}; expected an AWS region such as 'us-east-1'",
        )
        yield from self._contradictions()
        yield from self._bounds()

    def _contradictions(self) -> Iterator[tuple[bool, str]]:
        yield (
            self.is_production and not self.keep_data,
            "keep_data is False; expected True, since production never gives its data up",
        )
        yield (
            self.orchestrator is Orchestrator.MWAA and self.airflow is None,
            "orchestrator is 'mwaa' and airflow is None; expected airflow=Airflow(...)",
        )
        yield (
            self.orchestrator is not Orchestrator.MWAA and self.airflow is not None,
            f"orchestrator is {self.orchestrator.value!r} and airflow is given; expected None",
        )
        yield (
            self.is_production and isinstance(self.endpoint, ServerlessEndpoint),
            "endpoint is serverless; expected an InstanceEndpoint in production, since only "
            "instances capture what they answer and roll a bad model back",
        )
        yield (
            self.is_production and self.approval is not Approval.MANUAL,
            f"approval is {self.approval.value!r}; expected 'manual' in production, since a person "
            "answers for what customers are scored by",
        )
        yield (
            self.is_production and not self.alarm_emails,
            "alarm_emails is empty; expected an address, since somebody must hear of production",
        )

    def _bounds(self) -> Iterator[tuple[bool, str]]:
        yield (
            self.use_case not in names(),
            f"use_case is {self.use_case!r}; expected one of {', '.join(names())}",
        )
        bad = [email for email in self.alarm_emails if not _EMAIL.fullmatch(email)]
        yield (bool(bad), f"alarm_emails holds {bad}; expected addresses such as 'ops@acme.com'")
        yield (
            self.monthly_budget < 1,
            f"monthly_budget is {self.monthly_budget}; expected US dollars, 1 or more",
        )
        days = (7, 14, 30, 90, 180, 365, 731)
        yield (
            self.log_days not in days,
            f"log_days is {self.log_days}; expected one of {', '.join(map(str, days))}",
        )


_ALL_SERVICES = tuple(Service)

DEV = Environment(
    name="dev",
    account=None,
    region="us-east-1",
    keep_data=False,
    use_case="lead_conversion",
    orchestrator=Orchestrator.PIPELINE,
    network=Network(egress=Egress.NAT_INSTANCE),
    redshift=Redshift(base_rpu=4, max_rpu=8, monthly_rpu_hours=20),
    mlflow=MlflowServer(instance_type="t4g.micro"),
    endpoint=ServerlessEndpoint(),
    api_jwt=None,
    retrain=Retrain(),
    airflow=None,
    console=None,
    studio=False,
    alarm_emails=(),
    monthly_budget=40,
    log_days=30,
    approval=Approval.AUTOMATIC,
)
STAGING = Environment(
    name="staging",
    account=None,
    region="us-east-1",
    keep_data=True,
    use_case="lead_conversion",
    orchestrator=Orchestrator.PIPELINE,
    network=Network(
        egress=Egress.NAT_INSTANCE,
        endpoints=(
            Service.REDSHIFT,
            Service.REDSHIFT_DATA,
            Service.SECRETS_MANAGER,
            Service.KMS,
            Service.STS,
        ),
    ),
    redshift=Redshift(base_rpu=4, max_rpu=16, monthly_rpu_hours=60),
    mlflow=MlflowServer(),
    endpoint=InstanceEndpoint(instance_type="ml.c6i.large"),
    api_jwt=None,
    retrain=Retrain(),
    airflow=None,
    console=Console(
        domain="leads.staging.example.com",
        zone_id="Z00000000000000000000",
        zone_name="staging.example.com",
        allowed_cidrs=("192.0.2.0/24",),
    ),
    studio=False,
    alarm_emails=("leads-staging@example.com",),
    monthly_budget=200,
    log_days=90,
)
PROD = Environment(
    name="prod",
    account=None,
    region="us-east-1",
    keep_data=True,
    use_case="lead_conversion",
    orchestrator=Orchestrator.PIPELINE,
    network=Network(egress=Egress.NAT_GATEWAY, endpoints=_ALL_SERVICES),
    redshift=Redshift(base_rpu=8, max_rpu=64, monthly_rpu_hours=300),
    mlflow=MlflowServer(multi_az=True),
    endpoint=InstanceEndpoint(instance_type="ml.c6i.large", max_instances=4),
    api_jwt=None,
    retrain=Retrain(),
    airflow=None,
    console=Console(
        domain="leads.example.com",
        zone_id="Z11111111111111111111",
        zone_name="example.com",
        allowed_cidrs=("192.0.2.0/24",),
    ),
    studio=False,
    alarm_emails=("leads-alarms@example.com",),
    # Managed Airflow would add $212: docs/deploying.md says how to turn it on.
    monthly_budget=400,
    log_days=365,
)

ENVIRONMENTS = (DEV, STAGING, PROD)


def select(only: str | None) -> tuple[Environment, ...]:
    """All environments, or the one of that name.

    Parameters
    ----------
    only : str or None
        Name of an environment; None means all.

    Raises
    ------
    UnknownName
        When no environment has that name.

    Examples
    --------
    >>> [environment.name for environment in select("dev")]
    ['dev']
    """
    chosen = tuple(each for each in ENVIRONMENTS if only in {None, each.name})
    if not chosen:
        raise UnknownName("environment", str(only), [each.name for each in ENVIRONMENTS])
    return chosen
