"""The API does what its description says, whatever is sent: no 5xx, and every answer conforms.

`make fuzz` sends 2,000 cases; an ordinary run sends some to each operation.
"""

import os
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CASES = int(os.environ.get("LEADWISE_CASES_PER_OPERATION", "6"))
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance,
    response_schema_conformance,
]  # fmt: skip
OPERATIONS = (
    "score", "score_batch", "invocations", "invoke_endpoint", "submit_job", "jobs", "job",
    "cancel_job", "job_events", "job_result", "lead_story", "give_feedback", "receipt", "models",
    "metrics", "ping", "live", "ready",
)  # fmt: skip


@pytest.fixture(scope="module")
def described(url: str) -> Any:
    """The description of the server that the tests share."""
    return schemathesis.openapi.from_url(f"{url}/openapi.json")


def test_all_operations_are_tried(url):
    paths = httpx.get(f"{url}/openapi.json", trust_env=False).json()["paths"]
    named = [one["operationId"] for path in paths.values() for one in path.values()]
    assert sorted(named) == sorted(OPERATIONS)


def _cases(operation: Any) -> Any:
    """Requests as they are described, and others where there is something to get wrong."""
    right = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if not (operation.body or operation.query or operation.path_parameters):
        return right
    return right | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_is_one_that_is_described(described, name):
    operation = described.find_operation_by_id(name)

    @settings(
        max_examples=CASES, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=_cases(operation))
    def holds(case: Any) -> None:
        case.call_and_validate(checks=CHECKS, timeout=30)

    holds()
