"""Alerts as log lines: what every home has."""

from __future__ import annotations

import logging

from ml.contract.alerts import AlertSeverity
from ml.contract.messages import Alert

_LOG = logging.getLogger("leadwise.alerts")
_LEVELS = {
    AlertSeverity.INFO: logging.INFO,
    AlertSeverity.WARNING: logging.WARNING,
    AlertSeverity.CRITICAL: logging.CRITICAL,
}


class LogAlerts:
    """Writes each alert to the log at its severity; of an end only where it wrote of the start."""

    def __init__(self) -> None:
        self._open: set[str] = set()

    def send(self, alert: Alert) -> None:
        """Log an alert."""
        if not alert.over:
            self._open.add(alert.incident)
        elif alert.incident not in self._open:
            return
        else:
            self._open.remove(alert.incident)
        words = "over: %s: %s: %s" if alert.over else "%s: %s: %s"
        level = _LEVELS[AlertSeverity(alert.severity)]
        _LOG.log(level, words, alert.rule, alert.subject, alert.says)
