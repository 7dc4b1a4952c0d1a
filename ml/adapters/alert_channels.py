"""Makes the channels of a home from its settings, and reads its file of secrets."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from ml.adapters.alert_sinks import PagerDuty, Sink, Slack, Unusable
from ml.adapters.routed_alerts import RoutedAlerts
from ml.adapters.smtp_mail import SmtpMail
from ml.adapters.sqlite_outbox import SqliteOutbox
from ml.contract.alert_settings import AlertSettings
from ml.contract.alerts import OF_PEOPLE, Channel
from ml.contract.errors import InvalidSettings
from ml.webhooks import ORIGINS, PAGERDUTY, Webhooks

#: The outbox of a home.
OUTBOX = "alerts.db"
_SECRETS = ("slack_webhook_url", "pagerduty_routing_key", "smtp_password")


def routed_alerts(
    settings: AlertSettings,
    home: Path,
    *,
    now: Callable[[], datetime],
    origins: frozenset[str] = ORIGINS,
    pagerduty: str = PAGERDUTY,
) -> RoutedAlerts:
    """The alerts of a home.

    Parameters
    ----------
    settings : AlertSettings
        Where their file of secrets cannot be read, what is to be told waits until it is mended.
    home : Path
    now : callable
        The time, with its zone.
    origins : frozenset of str
        Where webhooks may lie.
    pagerduty : str
        Origin of PagerDuty's events.
    """
    window = timedelta(minutes=settings.window_minutes)
    # The outbox comes back later; to wait here would hold up the end of a command.
    webhooks = Webhooks(origins, pauses=())
    outbox = SqliteOutbox(home / OUTBOX, now=now, window=window)
    return RoutedAlerts(outbox, _sinks(settings, webhooks, pagerduty), settings.place)


def _sinks(settings: AlertSettings, webhooks: Webhooks, pagerduty: str) -> dict[Channel, Sink]:
    try:
        known = with_secrets(settings)
    except InvalidSettings as error:
        return dict.fromkeys(OF_PEOPLE, Unusable(str(error)))
    sinks: dict[Channel, Sink] = {
        Channel.SLACK: Slack(known.slack_webhook_url, webhooks),
        Channel.PAGERDUTY: PagerDuty(known.pagerduty_routing_key, webhooks, pagerduty),
        Channel.EMAIL: _mail(known),
    }
    return {channel: sinks[channel] for channel in known.channels}


def _mail(settings: AlertSettings) -> Sink:
    return Unusable(problem) if (problem := settings.mail_problem) else SmtpMail(settings)


def with_secrets(settings: AlertSettings) -> AlertSettings:
    """Settings with the secrets of their file, where they have none of their own.

    Raises
    ------
    InvalidSettings
        If the file cannot be read or is not a JSON object of texts; nothing of it is said.
    """
    if not settings.secrets_file:
        return settings
    variable = settings.variable("secrets_file")
    expected = f"expected a JSON object with texts under {', '.join(_SECRETS)}"
    try:
        found = json.loads(Path(settings.secrets_file).expanduser().read_text("utf-8"))
    except OSError as error:
        raise InvalidSettings(
            f"{variable} is {settings.secrets_file!r}, which cannot be read "
            f"({type(error).__name__}); {expected}"
        ) from None
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise InvalidSettings(f"the file that {variable} names is something else; {expected}")
    if unknown := set(found) - set(_SECRETS):  # unnamed: a name may be a secret by mistake
        raise InvalidSettings(
            f"the file that {variable} names has {len(unknown)} other entries; {expected}"
        )
    given = {name: found.get(name, "").strip() for name in _SECRETS if not getattr(settings, name)}
    return replace(settings, **given)
