"""An account's alert topics as channels of a job: their listener tells people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from ml.adapters.alert_channels import OUTBOX
from ml.adapters.routed_alerts import RoutedAlerts
from ml.adapters.sqlite_outbox import SqliteOutbox
from ml.contract.alerts import TOPICS, Channel
from ml.contract.errors import NotTold
from ml.contract.notices import Notice

#: A job that has done its work waits no longer than this for one answer, and asks three times.
_CONNECT_SECONDS, _ANSWER_SECONDS, _TRIES = 2.0, 4.0, 3
#: The listener decides how often people hear of an incident; two that decide would hide an end.
_EVERY_ALERT = timedelta(0)


class SnsTopic:
    """Publishes to one topic.

    Parameters
    ----------
    arn : str
        Of the topic.
    """

    def __init__(self, arn: str) -> None:
        self._arn = arn

    def tell(self, notice: Notice) -> None:
        """Publish the alert as JSON."""
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError

        retries = {"mode": "standard", "total_max_attempts": _TRIES}
        patience = Config(
            connect_timeout=_CONNECT_SECONDS, read_timeout=_ANSWER_SECONDS, retries=retries
        )
        try:
            boto3.client("sns", config=patience).publish(
                TopicArn=self._arn, Subject=notice.alert.rule, Message=notice.topic()
            )
        except ClientError as error:  # whose words may quote who asked
            code = error.response.get("Error", {}).get("Code", "no reason given")
            raise self._not_told(f"refused the message ({code})") from None
        except BotoCoreError as error:
            raise self._not_told(f"could not be reached ({type(error).__name__})") from None

    def problem(self) -> str:
        """Nothing that could be seen from here."""
        return ""

    def _not_told(self, why: str) -> NotTold:
        name = self._arn.rpartition(":")[2]
        return NotTold(
            f"topic {name!r} {why}; the next job on this home tries again, look whether the topic "
            "is there and the role may publish to it"
        )


def topic_alerts(
    topics: Mapping[Channel, str], home: Path, *, now: Callable[[], datetime]
) -> RoutedAlerts:
    """The alerts of a job; what no topic takes waits in its home for the next job.

    Parameters
    ----------
    topics : mapping of Channel to str
        ARNs.
    home : Path
    now : callable
        The time, with its zone.
    """
    outbox = SqliteOutbox(home / OUTBOX, now=now, window=_EVERY_ALERT)
    sinks = {channel: SnsTopic(arn) for channel, arn in topics.items()}
    return RoutedAlerts(outbox, sinks, home.name, TOPICS)
