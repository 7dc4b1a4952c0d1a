"""Incidents of a home: what people were told, over which channels, and what is still open."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: Letters of the reason with which a person closes one.
LONGEST_WHY = 500


class Delivery(StrEnum):
    """How far a message has come."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, kw_only=True)
class Told:
    """The last message about an incident over one channel.

    Parameters
    ----------
    channel : str
        A `Channel`.
    state : str
        A `Delivery`.
    tries : int
        How often it was tried.
    at : str
        When that was, or will be again; ISO 8601 in UTC.
    reason : str, default=''
        Why the last try failed; no secret is in it.
    """

    channel: str
    state: str
    tries: int
    at: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Incident:
    """One thing that happened, from its first alert to its end; times are ISO 8601 in UTC.

    Parameters
    ----------
    number : int
        By which people name it.
    rule, subject, severity, says, runbook : str
        As of its last alert.
    first_at, last_at : str
        When it was first and last reported.
    count : int
        How often.
    over_at : str or None
        When it ended; None while it is open.
    channels : tuple of Told
        One per channel that it was to be told over.
    closed_by, why : str, default=''
        Who closed it and why, where it did not end by itself.
    """

    number: int
    rule: str
    subject: str
    severity: str
    says: str
    runbook: str
    first_at: str
    last_at: str
    count: int
    over_at: str | None
    channels: tuple[Told, ...] = ()
    closed_by: str = ""
    why: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.over_at is None
