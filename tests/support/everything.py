"""An environment with every option turned on, so that nothing optional goes untested."""

from dataclasses import replace
from pathlib import Path

from infra.environments import ENVIRONMENTS, PROD
from infra.policy.template import Stack, read_assembly
from infra.shapes import Airflow, Jwt, Orchestrator

EVERYTHING = replace(
    PROD,
    name="everything",
    orchestrator=Orchestrator.MWAA,
    airflow=Airflow(),
    api_jwt=Jwt(issuer="https://login.example.com/", audience=("leadwise",)),
    studio=True,
    monthly_budget=620,
)
SYNTHESIZED = (*ENVIRONMENTS, EVERYTHING)


def stacks_in(folder: Path) -> list[Stack]:
    """Every stack of the template tests' assembly."""
    return read_assembly(folder, SYNTHESIZED)
