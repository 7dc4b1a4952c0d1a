"""Feedback of an account, in DynamoDB."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import orjson

from ml.adapters.dynamodb_records import DynamodbRecords, Record, lead_holder
from ml.adapters.dynamodb_table import DynamodbTable
from ml.contract.feedback import Feedback, feedback_from
from ml.contract.receipts import first_id


class _Said(NamedTuple):
    """What one person said of one lead and about one thing, numbered from 1."""

    number: int
    feedback: Feedback


class DynamodbFeedback:
    """Keeps all that was said, with the leads.

    Parameters
    ----------
    table : DynamodbTable
    age : timedelta
        How long it is kept.

    Notes
    -----
    What a person says of a lead is numbered, and a number is given once: of two that say the same
    at once, the second finds the first.
    """

    def __init__(self, table: DynamodbTable, age: timedelta) -> None:
        self._records = DynamodbRecords(table, "feedback", age)

    def add(self, feedback: Feedback) -> Feedback:
        """Keep feedback, unless its rep said the same of the lead last."""
        while True:
            last = self._last(feedback)
            if last is not None and feedback.repeats(last.feedback):
                return last.feedback
            said = _Said(last.number + 1 if last else 1, feedback)
            if self._records.write_if_first(_record(said)):
                return feedback

    def of_leads(self, leads: Sequence[str]) -> list[Feedback]:
        """All that was said of leads, newest first."""
        found = [said.feedback for lead in dict.fromkeys(leads) for said in self._of(lead)]
        return sorted(found, key=lambda said: said.id, reverse=True)

    def between(self, start: datetime, end: datetime) -> Iterator[Feedback]:
        """What was said in a time, oldest first; the last second may still be missing."""
        for content in self._records.between(first_id(start), first_id(end)):
            yield _said(content).feedback

    def forget(self, leads: Sequence[str] = (), *, before: datetime | None = None) -> int:
        """Remove what was said of leads, and what is old."""
        erased = sum(self._records.forget_of(lead_holder(lead)) for lead in leads)
        return erased + (self._records.forget_before(first_id(before)) if before else 0)

    def _of(self, lead: str) -> list[_Said]:
        return [_said(content) for content in self._records.contents(lead_holder(lead))]

    def _last(self, feedback: Feedback) -> _Said | None:
        """What the same rep said last of the same lead, about the same thing."""
        same = [
            said for said in self._of(feedback.lead) if _series(said.feedback) == _series(feedback)
        ]
        return max(same, default=None)


def _series(feedback: Feedback) -> tuple[str, str]:
    return feedback.rep, feedback.verdict.kind.value


def _record(said: _Said) -> Record:
    feedback = said.feedback
    name = hashlib.sha256(repr((*_series(feedback), said.number)).encode()).hexdigest()
    return Record(
        holder=lead_holder(feedback.lead),
        name=name,
        since=feedback.id,
        at=feedback.at,
        content=orjson.dumps({"number": said.number, **feedback.to_dict()}),
    )


def _said(content: bytes) -> _Said:
    words = orjson.loads(content)
    return _Said(words.pop("number"), feedback_from(words))
