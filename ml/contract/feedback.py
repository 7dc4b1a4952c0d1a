"""Feedback: what a person says of a lead's score, and what became of the lead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from ml.contract.receipts import time_of
from ml.contract.records import JsonObject


class FeedbackKind(StrEnum):
    """What feedback is about; of each lead the last of each kind counts."""

    SCORE = "score"
    PROGRESS = "progress"


class FeedbackVerdict(StrEnum):
    """What a person can say."""

    UP = "up"
    DOWN = "down"
    WORKED = "worked"
    WON = "won"
    LOST = "lost"

    @property
    def kind(self) -> FeedbackKind:
        """Whether it judges the score or tells how the lead went on."""
        thumbs = (FeedbackVerdict.UP, FeedbackVerdict.DOWN)
        return FeedbackKind.SCORE if self in thumbs else FeedbackKind.PROGRESS


@dataclass(frozen=True, kw_only=True, slots=True)
class Feedback:
    """One thing that one person said.

    Parameters
    ----------
    id : str
        32 hexadecimal digits that begin with the time, as of a receipt.
    lead : str
    rep : str
        Who said it.
    verdict : FeedbackVerdict
    comment : str, default=''
    receipt_id : str or None, default=None
        The score that it is about; None for the lead as such.
    """

    id: str
    lead: str
    rep: str
    verdict: FeedbackVerdict
    comment: str = ""
    receipt_id: str | None = None

    @property
    def at(self) -> datetime:
        """When it was said, in UTC to the millisecond."""
        return time_of(self.id)

    def repeats(self, other: Feedback) -> bool:
        """Whether the same person says the same once more."""
        said = (self.lead, self.rep, self.verdict, self.comment, self.receipt_id)
        return said == (other.lead, other.rep, other.verdict, other.comment, other.receipt_id)

    def to_dict(self) -> JsonObject:
        """JSON-ready values; `feedback_from` reads them back."""
        return {**asdict(self), "verdict": self.verdict.value}


def feedback_from(words: JsonObject) -> Feedback:
    """Feedback from what `to_dict` made of it."""
    return Feedback(**(words | {"verdict": FeedbackVerdict(words["verdict"])}))


def in_force(history: Iterable[Feedback]) -> dict[str, Feedback]:
    """What counts of a lead's feedback: of each kind the last that anybody said.

    Parameters
    ----------
    history : iterable of Feedback
        Of one lead, newest first.
    """
    counts: dict[str, Feedback] = {}
    for said in history:
        counts.setdefault(said.verdict.kind.value, said)
    return counts
