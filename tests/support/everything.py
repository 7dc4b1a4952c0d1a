"""An environment with every option turned on, so that nothing optional goes untested."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from infra.environments import ENVIRONMENTS, PROD, STAGING
from infra.policy.template import Stack, read_assembly
from infra.shapes import Airflow, Jwt, Orchestrator
from ml.contract.names import PRODUCT

EVERYTHING = replace(
    PROD,
    name="everything",
    orchestrator=Orchestrator.MWAA,
    airflow=Airflow(),
    api_jwt=Jwt(issuer="https://login.example.com/", audience=("leadwise",)),
    studio=True,
    online_features=True,
    monthly_budget=620,
)
SYNTHESIZED = (*ENVIRONMENTS, EVERYTHING)


def stacks_in(folder: Path) -> list[Stack]:
    """Every stack of the template tests' assembly."""
    return read_assembly(folder, SYNTHESIZED)


def stacks_with_every_resource(stacks: Iterable[Stack]) -> list[Stack]:
    """Production's stacks, and those of others that have what production has not."""
    optional = {f"{PRODUCT}-{EVERYTHING.name}-{id}" for id in ("orchestration", "training")}
    optional.add(f"{PRODUCT}-{STAGING.name}-network")
    return [each for each in stacks if each.environment is PROD or each.name in optional]
