"""Athena's SQL over the offline store of a feature group: point-in-time reads.

SageMaker adds to each record when it was asked for (`api_invocation_time`), when it lay in the
store (`write_time`) and whether it says that a lead was erased (`is_deleted`).
https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-offline.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ml.contract.feature_group import EVENT_TIME, FeatureGroup
from ml.contract.spelling import identifier, quote

#: In answers: which question a row answers.
PLACE = "place"

# Athena takes 262,144 bytes; the rest is for what stands around the questions.
_MOST_BYTES = 200_000


@dataclass(frozen=True, kw_only=True)
class Question:
    """What was known of a lead at a time.

    Parameters
    ----------
    place : int
        Its number among the questions.
    lead : str
    at : datetime
        Events up to then count.
    known_by : datetime
        Of those, the ones that lay in the store by then.
    """

    place: int
    lead: str
    at: datetime
    known_by: datetime

    @property
    def sql(self) -> str:
        """The question as a row of VALUES."""
        written = self.known_by.replace(tzinfo=None).isoformat(" ", "milliseconds")
        lead, at = quote(self.lead), quote(event_text(self.at))
        return f"({self.place}, {lead}, {at}, TIMESTAMP {quote(written)})"


def event_text(at: datetime) -> str:
    """A time as SageMaker takes it; texts of one length, which sort as times do.

    Examples
    --------
    >>> from datetime import UTC
    >>> event_text(datetime(2026, 3, 1, 12, 30, tzinfo=UTC))
    '2026-03-01T12:30:00.000Z'
    """
    return at.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def in_statements(questions: Iterable[Question]) -> Iterator[list[Question]]:
    """Questions in groups, each of which one statement can hold."""
    group: list[Question] = []
    size = 0
    for question in questions:
        bytes_more = len(question.sql.encode()) + 2
        if group and size + bytes_more > _MOST_BYTES:
            yield group
            group, size = [], 0
        group.append(question)
        size += bytes_more
    if group:
        yield group


def as_of_sql(group: FeatureGroup, table: str, questions: Iterable[Question]) -> str:
    """The last record of each question's lead that counted at its time.

    Parameters
    ----------
    group : FeatureGroup
    table : str
        Of the offline store, in the Glue catalog.
    questions : iterable of Question
        At least one.
    """
    lead, records = identifier(group.id.name), identifier(table)
    features = ", ".join(f"record.{identifier(column.name)}" for column in group.features)
    names = ", ".join(identifier(column.name) for column in group.features)
    return f"""
        WITH asked (place, lead_id, asked_at, known_by) AS (
            VALUES {", ".join(question.sql for question in questions)}
        ), erased AS (
            SELECT {lead} AS lead_id, MAX(api_invocation_time) AS erased_at
            FROM {records} WHERE is_deleted GROUP BY {lead}
        ), ranked AS (
            SELECT asked.place, record.{EVENT_TIME}, {features}, ROW_NUMBER() OVER (
                PARTITION BY asked.place
                ORDER BY record.{EVENT_TIME} DESC, record.api_invocation_time DESC,
                    record.write_time DESC
            ) AS newest
            FROM asked
            JOIN {records} AS record
                ON record.{lead} = asked.lead_id
                AND record.{EVENT_TIME} <= asked.asked_at
                AND record.write_time <= asked.known_by
            LEFT JOIN erased ON erased.lead_id = asked.lead_id
            WHERE NOT record.is_deleted
                AND (erased_at IS NULL OR record.api_invocation_time > erased_at)
        )
        SELECT {PLACE}, {EVENT_TIME}, {names} FROM ranked WHERE newest = 1"""
