"""When records were made, as far as they can say it."""

from __future__ import annotations

from datetime import UTC, datetime

from ml.contract.records import WatchRecord


def time_of(text: str) -> datetime | None:
    """A time in UTC from ISO 8601; None for any other text.

    Examples
    --------
    >>> time_of("2026-11-22T10:30:00+01:00").isoformat()
    '2026-11-22T09:30:00+00:00'
    >>> time_of("soon") is None
    True
    """
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def watched_at(record: WatchRecord) -> datetime | None:
    """When a watch was made; None where its record does not say."""
    return time_of(record.watched_at)


def utc_words(text: str) -> str:
    """A time as people read it, from ISO 8601; any other text as it is.

    Examples
    --------
    >>> utc_words("2026-03-05T08:30:00+00:00"), utc_words("soon")
    ('5 Mar 2026, 08:30 UTC', 'soon')
    """
    found = time_of(text)
    return text if found is None else f"{found:%-d %b %Y, %H:%M} UTC"
