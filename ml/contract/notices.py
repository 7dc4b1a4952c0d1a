"""What one message about an alert says in Slack, PagerDuty, mail and to an account's topics."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ml.contract.alerts import AlertRule, AlertSeverity
from ml.contract.messages import Alert
from ml.contract.names import PRODUCT

_SIGNS = {
    AlertSeverity.INFO: ":information_source:",
    AlertSeverity.WARNING: ":warning:",
    AlertSeverity.CRITICAL: ":rotating_light:",
}
_OVER = ":white_check_mark:"
#: What SNS takes at most.
_LONGEST_SUBJECT = 100
#: What PagerDuty takes at most: https://developer.pagerduty.com/docs/send-alert-event
_LONGEST_SUMMARY = 1024
#: Slack cuts a text at 40,000 characters; nobody reads so many.
_LONGEST_SAYS = 4_000


@dataclass(frozen=True, kw_only=True)
class Notice:
    """An alert as people are told it.

    Parameters
    ----------
    alert : Alert
        What is told; its `says` holds figure, threshold and next move.
    place : str
        Which environment or home it is from.
    unsaid : int, default=0
        Equal messages that were left out before this one.
    late : str, default=''
        When it happened, where that is not just now.

    Examples
    --------
    >>> alert = Alert.began(AlertRule.DRIFT, "leads", AlertSeverity.WARNING, "PSI .31 > .2.")
    >>> Notice(alert=alert, place="dev", unsaid=2).title
    '[leadwise dev] warning: drift: leads'
    """

    alert: Alert
    place: str
    unsaid: int = 0
    late: str = ""

    @property
    def title(self) -> str:
        """One line: from where, how bad, and what about."""
        alert = self.alert
        word = "over" if alert.over else alert.severity
        rule = f"{alert.rule.replace('-', ' ')}: " if alert.rule in set(AlertRule) else ""
        return f"[{PRODUCT} {self.place}] {word}: {rule}{alert.subject}"

    @property
    def subject(self) -> str:
        """The title as a mail's subject: printable ASCII on one line, which SNS asks for."""
        plain = "".join(letter if " " <= letter <= "~" else "?" for letter in self.title)
        return plain[:_LONGEST_SUBJECT]

    @property
    def body(self) -> str:
        """A mail's text."""
        says, link = self.alert.says[:_LONGEST_SAYS], self.alert.runbook
        lines = [says, f"What to do: {link}" if link else "", *self._added()]
        return "\n\n".join(line for line in lines if line) or self.title

    def slack(self) -> dict[str, str]:
        """What a Slack webhook is posted."""
        alert = self.alert
        sign = _OVER if alert.over else _SIGNS[AlertSeverity(alert.severity)]
        lines = [f"{sign} *{_escaped(self.title)}*", _escaped(alert.says[:_LONGEST_SAYS])]
        lines += [f"<{alert.runbook}|Runbook>"] if alert.runbook else []
        return {"text": "\n".join([*lines, *self._added()])}

    def pagerduty(self, routing_key: str) -> dict[str, Any]:
        """What PagerDuty's Events API v2 is posted; the end resolves what the beginning opened."""
        alert, source = self.alert, f"{PRODUCT}-{self.place}"
        event: dict[str, Any] = {
            "routing_key": routing_key,
            "event_action": "resolve" if alert.over else "trigger",
            "dedup_key": f"{source}-{alert.incident}",
        }
        if alert.over:
            return event
        details = {"says": alert.says[:_LONGEST_SAYS], "left out before": self.unsaid}
        payload = {
            "summary": self.title[:_LONGEST_SUMMARY],
            "source": source,
            "severity": alert.severity,
            "component": alert.subject,
            "class": alert.rule,
            "custom_details": details | ({"happened": self.late} if self.late else {}),
        }
        links = [{"href": alert.runbook, "text": "Runbook"}] if alert.runbook else []
        return event | {"payload": payload, "links": links}

    def topic(self) -> str:
        """What a topic of an account is published; who listens there adds the place."""
        says = [self.alert.says[:_LONGEST_SAYS], *self._added()]
        return replace(self.alert, says=" ".join(says)).to_json()

    def _added(self) -> list[str]:
        unsaid = f"({self.unsaid} more like it since the last message)" if self.unsaid else ""
        late = f"(happened at {self.late}; this channel could not be told before)"
        return [line for line in (unsaid, late if self.late else "") if line]


def _escaped(text: str) -> str:
    """Text in which Slack finds no link and no mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
