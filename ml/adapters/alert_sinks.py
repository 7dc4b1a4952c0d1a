"""Slack and PagerDuty as channels of a home."""

from __future__ import annotations

from typing import Protocol

from ml.contract.errors import NotTold
from ml.contract.notices import Notice
from ml.webhooks import ENQUEUE, PAGERDUTY, Webhooks


class Sink(Protocol):
    """One channel."""

    def tell(self, notice: Notice) -> None:
        """Hand a message over; NotTold if it was not taken, with no secret in its words."""

    def problem(self) -> str:
        """Why it cannot work, as far as can be told without asking anybody; empty if it may."""


class Slack:
    """Posts to a Slack webhook.

    Parameters
    ----------
    url : str
        Of the webhook; its path is secret.
    webhooks : Webhooks
    """

    def __init__(self, url: str, webhooks: Webhooks) -> None:
        self._url, self._webhooks = url, webhooks

    def tell(self, notice: Notice) -> None:
        """Post the message."""
        self._webhooks.post(self._url, notice.slack())

    def problem(self) -> str:
        """Whether the webhook lies where it should."""
        return self._webhooks.problem(self._url)


class PagerDuty:
    """Opens and resolves incidents of PagerDuty.

    Parameters
    ----------
    routing_key : str
        Secret.
    webhooks : Webhooks
    origin : str
        Of PagerDuty's events.
    """

    def __init__(self, routing_key: str, webhooks: Webhooks, origin: str = PAGERDUTY) -> None:
        self._key, self._webhooks, self._url = routing_key, webhooks, origin + ENQUEUE

    def tell(self, notice: Notice) -> None:
        """Post the event."""
        self._webhooks.post(self._url, notice.pagerduty(self._key))

    def problem(self) -> str:
        """Nothing that could be seen from here."""
        return ""


class Unusable:
    """A channel that is set up in a way that cannot work; what it is told waits to be mended.

    Parameters
    ----------
    why : str
        With the next move.
    """

    def __init__(self, why: str) -> None:
        self._why = why

    def tell(self, notice: Notice) -> None:
        """Refuse it."""
        raise NotTold(self._why)

    def problem(self) -> str:
        """Why."""
        return self._why
