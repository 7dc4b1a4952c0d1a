"""Alerts as log lines: what a laptop has."""

from __future__ import annotations

import logging

from ml.ports import Alert

_LOG = logging.getLogger("leadwise.alerts")
_LEVELS = {"INFO": logging.INFO, "WARNING": logging.WARNING, "CRITICAL": logging.CRITICAL}


class LogAlerts:
    """Writes each alert to the log at its severity."""

    def send(self, alert: Alert) -> None:
        """Log an alert."""
        _LOG.log(_LEVELS.get(alert.severity, logging.ERROR), "%s: %s", alert.title, alert.detail)
