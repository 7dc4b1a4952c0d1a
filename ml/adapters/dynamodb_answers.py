"""Answers of an account under the keys of their requests, in DynamoDB."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from ml.adapters.dynamodb_records import DynamodbRecords, Record, lead_holder
from ml.adapters.dynamodb_table import DynamodbTable
from ml.contract.kept_answers import KeptAnswer
from ml.contract.receipts import receipt_from
from ml.core.scoring.inputs import as_json

_KIND = "answer"


class DynamodbAnswers:
    """Keeps the first answer under each key, and with each lead which answers tell of it.

    Parameters
    ----------
    table : DynamodbTable
    age : timedelta
        How long they are kept.
    """

    def __init__(self, table: DynamodbTable, age: timedelta) -> None:
        self._answers = DynamodbRecords(table, _KIND, age)
        self._leads = DynamodbRecords(table, "answered", age)

    def keep(self, answer: KeptAnswer) -> KeptAnswer:
        """Keep an answer, unless there is one."""
        # First of whom it tells: an answer that nobody could erase must not be there.
        self._leads.write_new(_mention(answer, lead) for lead in sorted(answer.leads))
        if self._answers.write_if_first(_record(answer)):
            return answer
        return self.find(answer.key) or answer

    def find(self, key: str) -> KeptAnswer | None:
        """The answer under a key."""
        return next(map(_answer, self._answers.contents(_holder(key))), None)

    def forget(self, leads: Sequence[str] = (), *, before: datetime | None = None) -> int:
        """Remove answers about leads, and the old ones."""
        erased = sum(self._forget_about(lead_holder(lead)) for lead in leads)
        if before is None:
            return erased
        self._leads.forget_before(_time(before))
        return erased + self._answers.forget_before(_time(before))

    def _forget_about(self, holder: str) -> int:
        keys = [content.decode() for content in self._leads.contents(holder)]
        erased = sum(self._answers.forget_of(_holder(key)) for key in keys)
        self._leads.forget_of(holder)
        return erased


def _holder(key: str) -> str:
    return f"{_KIND}#{key}"


def _time(at: datetime) -> str:
    """Of one width, so that texts sort as times do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _mention(answer: KeptAnswer, lead: str) -> Record:
    return Record(
        holder=lead_holder(lead),
        name=answer.key,
        since=_time(answer.at),
        at=answer.at,
        content=answer.key.encode(),
    )


def _record(answer: KeptAnswer) -> Record:
    words: dict[str, Any] = {name: getattr(answer, name) for name in _PLAIN} | {
        "at": answer.at.isoformat(),
        "body": b64encode(answer.body).decode(),
        "receipts": [receipt.to_dict() for receipt in answer.receipts],
    }
    return Record(
        holder=_holder(answer.key),
        name="first",
        since=_time(answer.at),
        at=answer.at,
        content=orjson.dumps(words, default=as_json),
    )


_PLAIN = ("key", "request_sha256", "status", "media_type")


def _answer(content: bytes) -> KeptAnswer:
    words = orjson.loads(content)
    given = {
        "at": datetime.fromisoformat(words["at"]),
        "body": b64decode(words["body"]),
        "receipts": tuple(receipt_from(each) for each in words["receipts"]),
    }
    return KeptAnswer(**(words | given))
