"""Slack, PagerDuty and e-mail: what each is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from lambdas.clients import client
from lambdas.notifying.webhooks import Webhooks
from ml.contract.alerts import AlertSeverity, Channel
from ml.contract.cloud_settings import NotifierSettings
from ml.contract.errors import DependencyUnavailable
from ml.contract.messages import Alert
from ml.contract.names import PRODUCT

PAGERDUTY = "https://events.pagerduty.com"

_SIGNS = {
    AlertSeverity.INFO: ":information_source:",
    AlertSeverity.WARNING: ":warning:",
    AlertSeverity.CRITICAL: ":rotating_light:",
}
_OVER = ":white_check_mark:"
_LONGEST_SUBJECT = 100

Send = Callable[[Alert, int], bool]


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
        return self._senders[channel](alert, unsaid)

    def _slack(self, alert: Alert, unsaid: int) -> bool:
        url = self._secret("slack_webhook_url")
        if url:
            self._webhooks.post(url, {"text": self._slack_text(alert, unsaid)})
        return bool(url)

    def _slack_text(self, alert: Alert, unsaid: int) -> str:
        sign = _OVER if alert.over else _SIGNS[AlertSeverity(alert.severity)]
        lines = [f"{sign} *{_escaped(self._title(alert))}*", _escaped(alert.says)]
        lines += [f"<{alert.runbook}|Runbook>"] if alert.runbook else []
        return "\n".join([*lines, *_left_out(unsaid)])

    def _page(self, alert: Alert, unsaid: int) -> bool:
        key = self._secret("pagerduty_routing_key")
        if key:
            self._webhooks.post(f"{self._pagerduty}/v2/enqueue", self._event(alert, unsaid, key))
        return bool(key)

    def _event(self, alert: Alert, unsaid: int, key: str) -> dict[str, Any]:
        environment = self._settings.environment
        event: dict[str, Any] = {
            "routing_key": key,
            "event_action": "resolve" if alert.over else "trigger",
            "dedup_key": f"{PRODUCT}-{environment}-{alert.incident}",
        }
        if alert.over:
            return event
        payload = {
            "summary": self._title(alert)[:1024],
            "source": f"{PRODUCT}-{environment}",
            "severity": alert.severity,
            "component": alert.subject,
            "class": alert.rule,
            "custom_details": {"says": alert.says, "left out before": unsaid},
        }
        links = [{"href": alert.runbook, "text": "Runbook"}] if alert.runbook else []
        return event | {"payload": payload, "links": links}

    def _mail(self, alert: Alert, unsaid: int) -> bool:
        lines = [alert.says, alert.runbook, *_left_out(unsaid)]
        client("sns").publish(
            TopicArn=self._settings.email_topic,
            Subject=_subject(self._title(alert)),
            Message="\n\n".join(line for line in lines if line) or self._title(alert),
        )
        return True

    def _title(self, alert: Alert) -> str:
        word = "over" if alert.over else alert.severity
        return f"[{PRODUCT} {self._settings.environment}] {word}: {alert.subject}"

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


def _left_out(unsaid: int) -> list[str]:
    return [f"({unsaid} more like it since the last message)"] if unsaid else []


def _escaped(text: str) -> str:
    """Text in which Slack finds no link and no mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _subject(title: str) -> str:
    """What SNS takes as a subject: printable ASCII on one line."""
    plain = "".join(letter if " " <= letter <= "~" else "?" for letter in title)
    return plain[:_LONGEST_SUBJECT]
