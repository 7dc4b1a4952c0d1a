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
    """Writes each alert to the log at its severity."""

    def send(self, alert: Alert) -> None:
        """Log an alert."""
        words = "over: %s: %s: %s" if alert.over else "%s: %s: %s"
        level = _LEVELS[AlertSeverity(alert.severity)]
        _LOG.log(level, words, alert.rule, alert.subject, alert.says)
