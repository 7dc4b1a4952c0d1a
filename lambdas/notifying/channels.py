"""Slack, PagerDuty and e-mail: what each is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from lambdas.clients import client
from ml.contract.alerts import Channel
from ml.contract.cloud_settings import NotifierSettings
from ml.contract.errors import DependencyUnavailable
from ml.contract.messages import Alert
from ml.contract.notices import Notice
from ml.webhooks import ENQUEUE, PAGERDUTY, Webhooks

Send = Callable[[Notice], bool]


class Channels:
    """Ways to tell people, each apart from the others.

    Parameters
    ----------
    settings : NotifierSettings
        Environment, secret and e-mail topic.
    webhooks : Webhooks
        Posts to Slack and PagerDuty.
    pagerduty : str
        Origin of PagerDuty's events.
    """

    def __init__(
        self,
        settings: NotifierSettings,
        webhooks: Webhooks,
        pagerduty: str = PAGERDUTY,
    ) -> None:
        self._settings, self._webhooks, self._pagerduty = settings, webhooks, pagerduty
        self._senders: dict[Channel, Send] = {
            Channel.SLACK: self._slack,
            Channel.PAGERDUTY: self._page,
            Channel.EMAIL: self._mail,
        }

    def send(self, channel: Channel, alert: Alert, unsaid: int) -> bool:
        """Tell one channel; False where it is not set up.

        Parameters
        ----------
        channel : Channel
            Over which.
        alert : Alert
            What.
        unsaid : int
            Equal messages that were left out before this one.
        """
        notice = Notice(alert=alert, place=self._settings.environment, unsaid=unsaid)
        return self._senders[channel](notice)

    def _slack(self, notice: Notice) -> bool:
        url = self._secret("slack_webhook_url")
        if url:
            self._webhooks.post(url, notice.slack())
        return bool(url)

    def _page(self, notice: Notice) -> bool:
        key = self._secret("pagerduty_routing_key")
        if key:
            self._webhooks.post(self._pagerduty + ENQUEUE, notice.pagerduty(key))
        return bool(key)

    def _mail(self, notice: Notice) -> bool:
        client("sns").publish(
            TopicArn=self._settings.email_topic, Subject=notice.subject, Message=notice.body
        )
        return True

    def _secret(self, name: str) -> str:
        answer = client("secretsmanager").get_secret_value(SecretId=self._settings.channels_secret)
        try:
            found = json.loads(answer["SecretString"])
        except (KeyError, ValueError):
            found = None
        if not isinstance(found, Mapping):
            raise DependencyUnavailable(
                "the channels' secret is not a JSON object; expected slack_webhook_url and "
                "pagerduty_routing_key"
            )
        return str(found.get(name) or "").strip()
