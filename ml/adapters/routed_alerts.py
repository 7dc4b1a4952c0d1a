"""Alerts of a home: always in the log and the outbox, and from there over the channels set up."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ml.adapters.alert_sinks import Sink
from ml.adapters.log_alerts import LogAlerts
from ml.adapters.sqlite_outbox import Claimed, SqliteOutbox
from ml.contract.alerts import CHANNELS, AlertSeverity, Channel
from ml.contract.errors import LeadwiseError, NotTold
from ml.contract.incidents import Delivery, Incident
from ml.contract.messages import Alert
from ml.contract.notices import Notice

_LOG = logging.getLogger("leadwise.alerts")
#: A message that is older says when it happened.
_LATE_SECONDS = 600.0
#: Incidents of which a job says that people do not know of them.
_MOST_UNTOLD = 50
_TEST = "Somebody asked whether this channel works. Next: nothing, it does."


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """What came of one round on one channel.

    Parameters
    ----------
    taken : int, default=0
        Messages that it took.
    reason : str, default=''
        Why the next one was not taken; empty if none was left.
    """

    taken: int = 0
    reason: str = ""


class RoutedAlerts:
    """Tells people over the channels that a severity asks for, as far as they are set up.

    Parameters
    ----------
    outbox : SqliteOutbox
        Where messages wait.
    sinks : mapping of Channel to Sink
        Those set up.
    place : str
        Named in each message.
    routes : mapping of AlertSeverity to Channels, default=CHANNELS
        Who hears of what.
    """

    def __init__(
        self,
        outbox: SqliteOutbox,
        sinks: Mapping[Channel, Sink],
        place: str,
        routes: Mapping[AlertSeverity, Collection[Channel]] = CHANNELS,
    ) -> None:
        self.outbox, self.sinks, self._place, self._routes = outbox, sinks, place, routes
        self._log = LogAlerts()

    def send(self, alert: Alert) -> None:
        """Log an alert and queue it; never raises, and waits for no network."""
        wanted = self._routes[AlertSeverity(alert.severity)]
        try:
            news = self.outbox.note(alert, [each for each in wanted if each in self.sinks])
        except (LeadwiseError, OSError) as error:
            _LOG.error("the alert that follows is in the log only: %s", _said(error))
            news = True
        if news:
            self._log.send(alert)

    def incidents(self, most: int) -> list[Incident]:
        """Incidents, those that are open first, then newest first; `most` of them."""
        return self.outbox.incidents(most)

    def close(self, number: int, *, who: str, why: str) -> None:
        """End an open incident by hand; the channels that heard of it hear that, and why."""
        self._log.send(self.outbox.close(number, who=who, why=why))

    def deliver(self) -> dict[Channel, Delivered]:
        """Hand over what is due, all channels at once and each until it fails; never raises."""
        if not self.sinks or not self._is_due():
            return dict.fromkeys(self.sinks, Delivered())
        with ThreadPoolExecutor(len(self.sinks), "alerts") as pool:
            return dict(zip(self.sinks, pool.map(self._deliver, self.sinks), strict=True))

    def untold(self) -> list[str]:
        """What was tried and not taken so far, each with the reason; never raises."""
        try:
            incidents = self.outbox.incidents(_MOST_UNTOLD)
        except (LeadwiseError, OSError) as error:
            return [f"the outbox cannot be read: {_said(error)}"]
        return [
            f"{incident.rule}: {incident.subject}: {told.reason}"
            for incident in incidents
            for told in incident.channels
            if told.state == Delivery.WAITING and told.reason
        ]

    def test(self) -> dict[Channel, Delivered]:
        """Send a message over every channel, now and past the outbox, to see that they work."""
        return {channel: self._tested(channel) for channel in self.sinks}

    def _tested(self, channel: Channel) -> Delivered:
        test = Alert(rule="test", subject="channels", severity="info", says=_TEST)
        # PagerDuty is told the end at once, lest it keeps an incident open that is none.
        alerts = [test, replace(test, over=1)] if channel is Channel.PAGERDUTY else [test]
        try:
            for alert in alerts:
                self.sinks[channel].tell(Notice(alert=alert, place=self._place))
        except Exception as error:  # the next channel is tested all the same
            return Delivered(reason=_said(error))
        return Delivered(taken=len(alerts))

    def _is_due(self) -> bool:
        try:
            return self.outbox.waiting() > 0
        except (LeadwiseError, OSError) as error:
            _LOG.error("alerts that wait cannot be read: %s", _said(error))
            return False

    def _deliver(self, channel: Channel) -> Delivered:
        taken = 0
        try:
            while message := self.outbox.claim(channel):
                if reason := self._hand_over(channel, message):
                    return Delivered(taken=taken, reason=reason)
                taken += 1
        except (LeadwiseError, OSError) as error:
            _LOG.error("the outbox cannot be used: %s", _said(error))
            return Delivered(taken=taken, reason=_said(error))
        return Delivered(taken=taken)

    def _hand_over(self, channel: Channel, message: Claimed) -> str:
        """Why the channel did not take the message; empty if it did."""
        try:
            self.sinks[channel].tell(self._notice(message))
        except Exception as error:  # one channel's trouble is never the others', nor the caller's
            wait = error.wait_seconds if isinstance(error, NotTold) else 0.0
            self._failed(channel, message, _said(error), wait)
            return _said(error)
        self.outbox.sent(message)
        return ""

    def _failed(self, channel: Channel, message: Claimed, reason: str, wait: float) -> None:
        about = f"{message.alert.rule}: {message.alert.subject}"
        if self.outbox.failed(message, reason, wait):
            _LOG.warning("%s was not told of %s, and is again: %s", channel, about, reason)
        else:
            _LOG.error("%s was not told of %s for a day, given up: %s", channel, about, reason)

    def _notice(self, message: Claimed) -> Notice:
        happened = datetime.fromtimestamp(message.made_at, UTC)
        late = (self.outbox.now() - happened).total_seconds() > _LATE_SECONDS
        return Notice(
            alert=message.alert,
            place=self._place,
            unsaid=message.unsaid,
            late=f"{happened:%Y-%m-%d %H:%M} UTC" if late else "",
        )


def _said(error: Exception) -> str:
    """Why, in words that hold no secret: of a strange error its kind alone."""
    return str(error) if isinstance(error, LeadwiseError) else type(error).__name__
