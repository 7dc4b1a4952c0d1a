"""Brings the warehouse to its definition when CloudFormation asks, and always answers."""

from __future__ import annotations

import os
import time
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.clients import describe
from lambdas.observed import LOG, observed
from lambdas.warehousing.resource import Asked, answer
from lambdas.warehousing.statements import Statements
from lambdas.warehousing.usage import set_limits
from ml.contract.cloud_settings import WarehouseSetupSettings
from ml.contract.errors import LeadwiseError
from ml.contract.migrations import FoundColumn, additions, found_sql
from ml.use_cases import find

_PAUSE_SECONDS = 2
# One more look, cancelling, and three attempts to answer must fit in what is left.
_LEFT_FOR_ANSWER_MS = 60_000


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Carry out a request, and tell CloudFormation how it went, whatever happens."""
    settings, failure = None, ""
    try:
        settings = WarehouseSetupSettings.from_env(os.environ)
        if event.get("RequestType") != "Delete":  # data goes or stays with its namespace
            _carry_out(Asked.of(event), settings, context)
    except LeadwiseError as error:
        failure = str(error)
    except Exception as error:  # an unanswered request blocks the stack for an hour
        failure = describe(error)
    LOG.info("answering", request=event.get("RequestType"), failure=failure)
    name = f"{settings.workgroup}-{settings.database}" if settings else "warehouse"
    answer(event, resource_id=f"{name}-setup", failure=failure)


def _carry_out(asked: Asked, settings: WarehouseSetupSettings, context: LambdaContext) -> None:
    def wait() -> bool:
        time.sleep(_PAUSE_SECONDS)
        return context.get_remaining_time_in_millis() > _LEFT_FOR_ANSWER_MS

    set_limits(asked.workgroup_arn, asked.usage_limits)
    use_case = find(settings.use_case)
    statements = Statements(settings=settings, request_id=asked.request_id, wait=wait)
    found = [FoundColumn(*row) for row in statements.rows(found_sql(use_case.name))]
    # Whether anything is refused is known before the first statement changes anything.
    added = additions(use_case, found)
    statements.run([*asked.statements, *added])
