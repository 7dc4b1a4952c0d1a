"""Over which channels a home tells people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from ml.contract.alerts import Channel
from ml.contract.errors import InvalidSettings, UnknownName
from ml.contract.settings import Settings

#: How a mail server is talked to: encrypted by STARTTLS, from the first byte on, or not at all.
SECURITIES = ("starttls", "tls", "none")
#: Where a message may go unencrypted: it leaves the machine nowhere.
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, kw_only=True)
class AlertSettings(Settings):
    """Channels of a home; one that is not set up is not used, and the log always is.

    What is secret is no part of a value's text. It comes from the environment, or from the JSON
    file that `secrets_file` names, with the fields of the same names.

    Parameters
    ----------
    place : str, default='home'
        Named in each message.
    slack_webhook_url : str, default=''
        Secret. Of Slack's incoming webhook.
    pagerduty_routing_key : str, default=''
        Secret. Of PagerDuty's Events API v2.
    smtp_host : str, default=''
        Mail server.
    smtp_port : int, default=587
    smtp_security : str, default='starttls'
        One of `SECURITIES`; ``none`` on this machine only.
    smtp_user, smtp_password : str, default=''
        Who signs in there, if anybody; the password is secret.
    email_from, email_to : str, default=''
        Whose mails they are, and who gets them, with commas between.
    secrets_file : str, default=''
        A file with secrets; one in the environment goes before it.
    window_minutes : int, default=5
        One message per incident within it.
    """

    prefix: ClassVar[str] = "LEADWISE_ALERTS_"

    place: str = "home"
    slack_webhook_url: str = field(default="", repr=False)
    pagerduty_routing_key: str = field(default="", repr=False)
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: str = SECURITIES[0]
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    email_from: str = ""
    email_to: str = ""
    secrets_file: str = ""
    window_minutes: int = 5

    def __post_init__(self) -> None:
        if self.smtp_security not in SECURITIES:
            raise UnknownName("smtp_security", self.smtp_security, SECURITIES)
        if not 0 < self.smtp_port < 2**16:
            raise InvalidSettings(f"smtp_port is {self.smtp_port}; expected 1 to 65535")
        if self.window_minutes < 1:
            raise InvalidSettings(f"window_minutes is {self.window_minutes}; expected 1 or more")

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Those that somebody meant to set up, whether or not they can be used."""
        given = {
            Channel.SLACK: self.slack_webhook_url,
            Channel.PAGERDUTY: self.pagerduty_routing_key,
            Channel.EMAIL: self.smtp_host,
        }
        return tuple(channel for channel, value in given.items() if value)

    @property
    def mail_problem(self) -> str:
        """Why no mail can be sent, with the next move; empty if it can."""
        needed = {"email_from": self.email_from.strip(), "email_to": self.recipients}
        if lacking := [self.variable(name) for name, value in needed.items() if not value]:
            return f"set {' and '.join(lacking)}"
        if self.smtp_security == "none" and self.smtp_host not in LOOPBACK:
            return (
                f"{self.variable('smtp_security')} is 'none' and {self.smtp_host!r} is another "
                "machine; expected starttls or tls"
            )
        return ""

    @property
    def recipients(self) -> tuple[str, ...]:
        """Who gets mails.

        Examples
        --------
        >>> AlertSettings(email_to="ann@example.com, bo@example.com").recipients
        ('ann@example.com', 'bo@example.com')
        """
        return tuple(name.strip() for name in self.email_to.split(",") if name.strip())
