"""A queue whose messages are never lost: what cannot be handled waits in a dead-letter queue."""

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

_TRIES = 3


class DeadLetters(sqs.Queue):
    """Where events wait for a person: encrypted, over TLS only, kept for 14 days.

    Parameters
    ----------
    scope, id
        As of every construct.
    key : IKey
        Encrypts the messages.
    """

    def __init__(self, scope: Construct, id: str, *, key: kms.IKey) -> None:
        super().__init__(
            scope,
            id,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )


class DeadLetteredQueue(sqs.Queue):
    """An encrypted queue with a dead-letter queue, both over TLS only.

    Parameters
    ----------
    scope, id
        As of every construct.
    key : IKey
        Encrypts the messages.
    visibility_timeout : Duration
        At least six times the timeout of the Lambda that reads it, as AWS advises.

    Attributes
    ----------
    dead_letters : DeadLetters
        What failed three times.
    """

    def __init__(
        self, scope: Construct, id: str, *, key: kms.IKey, visibility_timeout: Duration
    ) -> None:
        self.dead_letters = DeadLetters(scope, f"{id}DeadLetters", key=key)
        super().__init__(
            scope,
            id,
            encryption_master_key=key,
            enforce_ssl=True,
            visibility_timeout=visibility_timeout,
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=_TRIES
            ),
        )
