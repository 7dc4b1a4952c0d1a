"""Admits new files: each S3 event that comes through the queue starts the Glue job at most once."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
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
_PROCESSOR = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Admit the files of a batch; what failed goes back to the queue, and only that."""
    _config().register_lambda_context(context)
    return process_partial_response(
        event=event, record_handler=_admit_record, processor=_PROCESSOR, context=context
    )


def _admit_record(record: SQSRecord) -> None:
    try:
        _admit_once()(file=new_file(record.body))
    except Exception as error:
        LOG.error("event failed", message_id=record.message_id, error=describe(error))
        raise


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
