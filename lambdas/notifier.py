"""Tells people: SNS messages go to Slack, PagerDuty and mail, once per incident and window."""

from __future__ import annotations

import os
import time
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.clients import describe
from lambdas.notifying.channels import Channels
from lambdas.notifying.incidents import Incidents, Turn
from lambdas.notifying.reading import read
from lambdas.observed import LOG, count, observed
from ml.contract.alerts import CHANNELS, AlertSeverity, Channel, Metric
from ml.contract.cloud_settings import NotifierSettings
from ml.contract.errors import DependencyUnavailable
from ml.contract.messages import Alert
from ml.webhooks import Webhooks


@observed
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """Pass on the messages of an SNS event; raises if a channel was not reached, to be retried."""
    settings = NotifierSettings.from_env(os.environ)
    notifier = Notifier(settings, Channels(settings, Webhooks()))
    return {"told": sum(notifier.tell(record["Sns"]) for record in event["Records"])}


class Notifier:
    """Tells each incident once, over every channel that its severity asks for.

    Parameters
    ----------
    settings : NotifierSettings
        Table and window of what was said.
    channels : Channels
        Ways to tell.
    """

    def __init__(self, settings: NotifierSettings, channels: Channels) -> None:
        self._incidents = Incidents(settings.dedup_table, settings.window_minutes)
        self._channels = channels

    def tell(self, sns: dict[str, Any]) -> bool:
        """Tell of one SNS message; False if it was said already.

        Raises
        ------
        DependencyUnavailable
            After all channels were tried, naming those that could not be reached.
        """
        alert, message_id = read(sns), str(sns["MessageId"])
        turn = self._turn(alert, message_id)
        if turn is None:
            count(Metric.ALERTS_SUPPRESSED)
            return False
        failed = [
            channel.value
            for channel in CHANNELS[AlertSeverity(turn.severity or alert.severity)]
            if channel.value not in turn.told and not self._try(channel, alert, turn, message_id)
        ]
        if failed:
            raise DependencyUnavailable(f"{', '.join(failed)} could not be told; see the log")
        return True

    def _turn(self, alert: Alert, message_id: str) -> Turn | None:
        try:
            return self._incidents.turn(alert, message_id, int(time.time()))
        except (ClientError, BotoCoreError) as error:
            LOG.error("what was said is not known; telling again", reason=describe(error))
            return Turn()

    def _try(self, channel: Channel, alert: Alert, turn: Turn, message_id: str) -> bool:
        try:
            sent = self._channels.send(channel, alert, turn.unsaid)
        except Exception as error:  # one channel's trouble is never the others'
            reason = str(error) if isinstance(error, DependencyUnavailable) else describe(error)
            LOG.error("channel failed", channel=channel.value, reason=reason)
            count(Metric.ALERTS_FAILED)
            return False
        if sent:
            count(Metric.ALERTS_SENT)
            self._remember(channel, alert, message_id)
        return True

    def _remember(self, channel: Channel, alert: Alert, message_id: str) -> None:
        try:
            self._incidents.tell(alert, message_id, channel)
        except (ClientError, BotoCoreError) as error:
            LOG.error("what was said is not remembered", reason=describe(error))
