"""What the rehearsal cannot prove, in words: `python -m rehearsal --stubs`."""

from __future__ import annotations

from rehearsal.cloud.model import all_models
from rehearsal.cloud.models import load

#: What stands in for a service as a whole, and what stays unproven for it.
STAND_INS = {
    "Docker": "that the image builds and starts; its Dockerfile and what this copies are looked at",
    "IAM": "that permissions suffice; the permission proof reads them from the templates",
    "Redshift Data API": "that the statements run; they are written down",
    "Redshift Serverless usage limits": "that the ceiling holds; it is written down",
    "SageMaker endpoints and pipelines": "that they run; that they were asked for is read back",
    "X-Ray": "that traces arrive; functions are told not to send any",
}


def stubs() -> dict[str, str]:
    """Everything that is only recorded, with what a real account alone proves about it."""
    load()
    recorded = {name: model.unproven for name, model in all_models().items() if model.unproven}
    return dict(sorted((recorded | STAND_INS).items()))


def as_markdown() -> str:
    """The same as the table of docs/deploying.md.

    Examples
    --------
    >>> as_markdown().splitlines()[0]
    '| recorded only | what a real account alone proves |'
    """
    rows = [f"| {name} | {unproven} |" for name, unproven in stubs().items()]
    head = ["| recorded only | what a real account alone proves |", "|---|---|"]
    return "\n".join([*head, *rows])
