"""An environment as it stands on AWS, to be looked at."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from infra.assembly import templates_in
from infra.environments import Environment
from ml.contract.names import PRODUCT
from ml.serving.lead_model import example_lead
from ml.use_cases import find


class Failed(Exception):
    """Raised by a check, with what is wrong."""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """An environment as it stands on AWS.

    Parameters
    ----------
    environment : Environment
        As declared.
    stacks : tuple of str
        Names of all that the cloud assembly deploys.
    pause_seconds : float, default=10
        Between attempts to get a score.
    """

    environment: Environment
    stacks: tuple[str, ...]
    pause_seconds: float = 10

    @property
    def prefix(self) -> str:
        """With which names in this environment begin."""
        return f"{PRODUCT}-{self.environment.name}-"

    def client(self, service: str) -> Any:
        """To ask a service of AWS."""
        return boto3.client(service, region_name=self.environment.region)

    @property
    def signer(self) -> boto3.Session:
        """Whoever looks, to sign requests."""
        return boto3.Session(region_name=self.environment.region)

    def stack(self, name: str) -> dict[str, Any]:
        """What CloudFormation says of a stack."""
        (stack,) = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        return dict(stack)

    def output(self, stack: str, key: str) -> str:
        """An output of a stack."""
        outputs = self.stack(f"{self.prefix}{stack}").get("Outputs", [])
        found = [each["OutputValue"] for each in outputs if each["OutputKey"] == key]
        if not found:
            raise Failed(f"{self.prefix}{stack} has no output {key}; deploy it again")
        return str(found[0])

    @property
    def lead(self) -> dict[str, Any]:
        """One that the API takes as it stands."""
        use_case = find(self.environment.use_case)
        return example_lead(use_case, use_case.default_moment)


def stacks_of(assembly: Path, environment: Environment) -> tuple[str, ...]:
    """Names of the stacks that an assembly has for an environment.

    Raises
    ------
    NotSynthesized
        When it has none.
    """
    return tuple(templates_in(assembly, environment.name))
