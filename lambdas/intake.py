"""Admits new files: each S3 event that comes through the queue starts the Glue job at most once."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.arriving.admission import Outcome, admit
from lambdas.arriving.events import new_file
from lambdas.clients import client, describe
from lambdas.observed import LOG, count, observed
from ml.contract.alerts import Metric
from ml.contract.cloud_settings import TABLE_EXPIRY, TABLE_KEY, IntakeSettings
from ml.contract.messages import NewFile

# Longer than dead letters live, so that putting them back into the queue repeats nothing.
_REMEMBERED_SECONDS = 15 * 24 * 3600


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Admit the files of a batch; what failed goes back to the queue, and only that."""
    _config().register_lambda_context(context)
    # Powertools' own batch processor loads every event that AWS knows: half of a cold start.
    failed = [record["messageId"] for record in event["Records"] if not _admitted(record)]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}


def _admitted(record: dict[str, Any]) -> bool:
    try:
        _admit_once()(file=new_file(record["body"]))
    except Exception as error:  # one file's trouble is never the others'
        LOG.error("event failed", message_id=record["messageId"], error=describe(error))
        return False
    return True


@cache
def _admit_once() -> Callable[..., str]:
    settings = IntakeSettings.from_env(os.environ)
    store = DynamoDBPersistenceLayer(
        table_name=settings.idempotency_table,
        key_attr=TABLE_KEY,
        expiry_attr=TABLE_EXPIRY,
        boto3_client=client("dynamodb"),
    )

    def admit_file(file: NewFile) -> str:
        return admit(file, settings).value

    once: Callable[..., str] = idempotent_function(
        admit_file,
        data_keyword_argument="file",
        persistence_store=store,
        config=_config(),
        key_prefix="event",
    )
    return once


@cache
def _config() -> IdempotencyConfig:
    return IdempotencyConfig(
        event_key_jmespath="[bucket, key, version, sequencer]",
        expires_after_seconds=_REMEMBERED_SECONDS,
        response_hook=_say_duplicate,
    )


def _say_duplicate(response: Any, idempotent_data: DataRecord) -> Any:
    key = idempotent_data.idempotency_key
    LOG.info(Outcome.DUPLICATE.value, idempotency_key=key, first=response)
    count(Metric.DUPLICATE_EVENTS)
    return response
