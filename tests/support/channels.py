"""A home whose channels are servers on this machine, and a clock that a test moves."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ml.adapters.alert_sinks import PagerDuty, Slack
from ml.adapters.routed_alerts import RoutedAlerts
from ml.adapters.smtp_mail import SmtpMail
from ml.adapters.sqlite_outbox import SqliteOutbox
from ml.contract.alert_settings import AlertSettings
from ml.contract.alerts import AlertRule, AlertSeverity, Channel
from ml.contract.messages import Alert
from ml.webhooks import Webhooks
from tests.support.lambdas import Listener, listener
from tests.support.mail_server import HOST, MailServer, mail_server

#: In every secret, so that one search finds any of them.
SECRET = "s3cr3t"
START = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
WINDOW = timedelta(minutes=5)


class Clock:
    """Time that stands still until a test moves it."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    def pass_(self, **span: float) -> None:
        self.time += timedelta(**span)


@dataclass
class Channels:
    """The servers, and a home that tells them."""

    slack: Listener
    pager: Listener
    mail: MailServer
    home: Path
    clock: Clock

    @property
    def settings(self) -> AlertSettings:
        """As somebody would set the home up."""
        return AlertSettings(
            place="laptop",
            slack_webhook_url=f"{self.slack.url}/services/{SECRET}-slack",
            pagerduty_routing_key=f"{SECRET}-pagerduty",
            smtp_host=HOST,
            smtp_port=self.mail.port,
            smtp_user="leadwise",
            smtp_password=f"{SECRET}-smtp",
            email_from="leadwise@example.com",
            email_to="ann@example.com, bo@example.com",
        )

    def alerts(self, *leaving_out: Channel) -> RoutedAlerts:
        """As a process that starts now holds them."""
        given, origins = self.settings, frozenset({self.slack.url, self.pager.url})
        webhooks = Webhooks(origins, pauses=())
        sinks = {
            Channel.SLACK: Slack(given.slack_webhook_url, webhooks),
            Channel.PAGERDUTY: PagerDuty(given.pagerduty_routing_key, webhooks, self.pager.url),
            Channel.EMAIL: SmtpMail(given, context=self.mail.context, timeout=2),
        }
        outbox = SqliteOutbox(
            self.home / "alerts.db", now=self.clock.now, window=WINDOW, draw=lambda _, most: most
        )
        chosen = {name: sink for name, sink in sinks.items() if name not in leaving_out}
        return RoutedAlerts(outbox, chosen, given.place)

    @property
    def heard(self) -> tuple[int, int, int]:
        """How many messages Slack, PagerDuty and the mail server took or refused."""
        return len(self.slack.got), len(self.pager.got), len(self.mail.mails)


@contextmanager
def channels(home: Path) -> Iterator[Channels]:
    """Run the servers."""
    with listener() as slack, listener() as pager, mail_server(home) as mail:
        yield Channels(slack=slack, pager=pager, mail=mail, home=home, clock=Clock())


def refused(severity: AlertSeverity = AlertSeverity.CRITICAL, subject: str = "leads") -> Alert:
    """That a package was refused."""
    return Alert.began(AlertRule.PACKAGE_REFUSED, subject, severity, "Its SHA-256 differs.")


def mended(subject: str = "leads") -> Alert:
    """That this is over."""
    return Alert.ended(AlertRule.PACKAGE_REFUSED, subject, "Its package is sound.")
