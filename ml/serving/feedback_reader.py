"""From a caller's JSON to feedback, with a pointer for every fault."""

from __future__ import annotations

from typing import Any, NamedTuple

from ml.contract.access import Caller
from ml.contract.faults import Rule
from ml.contract.feedback import FeedbackVerdict
from ml.contract.requests.problems import Problem, pointer_to
from ml.serving.lead_history import LeadHistory

LONGEST_COMMENT = 2_000
_KEYS = ("verdict", "comment", "receipt_id")
_VERDICTS = ", ".join(FeedbackVerdict)
_HINT = 'send {"verdict": "up", "comment": "...", "receipt_id": "..."}; only verdict must be there'


class Words(NamedTuple):
    """What somebody says."""

    verdict: FeedbackVerdict
    comment: str
    receipt_id: str | None


class FeedbackReader:
    """Reads feedback.

    Parameters
    ----------
    history : LeadHistory
        Knows whether a receipt is of the lead.
    """

    def __init__(self, history: LeadHistory) -> None:
        self._history = history

    def read(self, lead: str, caller: Caller, document: object) -> Words:
        """What a document says of a lead, as the caller sees it.

        Raises
        ------
        Problem
            422 with a pointer to what cannot be read.
        """
        if not isinstance(document, dict):
            raise _refused(Rule.JSON_VALUE, "expected feedback as an object")
        if strange := sorted(set(document) - set(_KEYS)):
            raise _refused(Rule.JSON_VALUE, f"unexpected keys {strange[:5]}")
        comment = _text(document, "comment") or ""
        if len(comment) > LONGEST_COMMENT or _has_controls(comment):
            message = f"expected at most {LONGEST_COMMENT:,} characters and no control characters"
            raise _refused(Rule.CELL_TOO_LONG, message, "comment")
        return Words(_verdict(document), comment, self._receipt_id(lead, caller, document))

    def _receipt_id(self, lead: str, caller: Caller, document: dict[str, Any]) -> str | None:
        given = _text(document, "receipt_id")
        if given is None:
            return None
        receipt = self._history.receipt(given, caller)
        if receipt is None or receipt.lead != lead:
            raise _refused(Rule.OUT_OF_RANGE, "is no receipt of this lead", "receipt_id")
        return given


def _verdict(document: dict[str, Any]) -> FeedbackVerdict:
    given = document.get("verdict")
    if not isinstance(given, str) or given not in set(FeedbackVerdict):
        message = f"verdict is {str(given)[:40]!r}; expected one of {_VERDICTS}"
        raise _refused(Rule.OUT_OF_RANGE, message, "verdict")
    return FeedbackVerdict(given)


def _text(document: dict[str, Any], key: str) -> str | None:
    value = document.get(key)
    if value is not None and not isinstance(value, str):
        raise _refused(Rule.JSON_VALUE, "expected a text", key)
    return value


def _has_controls(text: str) -> bool:
    return any(ord(character) < 32 and character not in "\t\r\n" for character in text)


def _refused(rule: Rule, message: str, *at: str) -> Problem:
    return Problem.of(422, rule, message, _HINT, pointer_to(*at))
