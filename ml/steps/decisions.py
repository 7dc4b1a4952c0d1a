"""Decisions over time: what was decided, and what came of it, each as a file of the lake."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ml.contract.errors import LeadwiseError
from ml.contract.moments import Moment
from ml.contract.names import Zone
from ml.contract.records import JsonObject
from ml.contract.retraining import (
    Decision,
    Outcome,
    PastDecision,
    decision_from,
    outcome_from,
)
from ml.ports import Lake
from ml.steps.lake_records import keep_record

_LOG = logging.getLogger(__name__)
_OUTCOME = ".outcome.json"
_SEEN = "seen/"


class BrokenDecision(LeadwiseError):
    """Raised when a file holds no record of a decision, or its outcome none."""


def decisions_prefix(use_case: str, moment: Moment | str) -> str:
    """Where the decisions about a model lie in the lake.

    Examples
    --------
    >>> decisions_prefix("lead_conversion", "engaged")
    'decisions/lead_conversion/engaged/'
    """
    return f"{Zone.DECISIONS}/{use_case}/{moment}/"


def decision_key(decision: Decision) -> str:
    """The key of a decision; keys sort by time.

    Examples
    --------
    >>> decision_key(Decision(id="5f3c", use_case="leads", moment="engaged",
    ...     at="2026-11-22T09:30:00+00:00", action="KEEP"))
    'decisions/leads/engaged/20261122-093000-000000-5f3c.json'
    """
    at = datetime.fromisoformat(decision.at)
    prefix = decisions_prefix(decision.use_case, decision.moment)
    return f"{prefix}{at:%Y%m%d-%H%M%S-%f}-{decision.id}.json"


def keep_decision(lake: Lake, decision: Decision) -> None:
    """Leave a decision, before anything is done about it."""
    _write(lake, decision_key(decision), asdict(decision))


def keep_outcome(lake: Lake, decision: Decision, outcome: Outcome) -> None:
    """Leave what came of a decision, beside it."""
    _write(lake, outcome_key(decision_key(decision)), asdict(outcome))


def past_decisions(
    lake: Lake, use_case: str, moment: Moment | str, *, most: int = 100
) -> list[PastDecision]:
    """Earlier decisions, newest first, each with what came of it.

    Parameters
    ----------
    lake : Lake
    use_case : str
    moment : Moment or str
    most : int, default=100
        Decisions to read at most.

    Returns
    -------
    list of PastDecision
        Empty before the first. A file that cannot be read is left out and named in the log: one
        broken file must not hide all others.
    """
    keys = lake.keys(decisions_prefix(use_case, moment))
    there = set(keys)
    found: list[PastDecision] = []
    for key in decision_keys(keys, use_case, moment):
        if len(found) == most:
            break
        try:
            found.append(read_decision(lake, key, ended=outcome_key(key) in there))
        except BrokenDecision as broken:
            _LOG.warning("%s", broken)
    return found


def read_decision(lake: Lake, key: str, *, ended: bool) -> PastDecision:
    """One decision; with what came of it where its turn has ended.

    Raises
    ------
    BrokenDecision
        Naming the file, if it or its outcome holds no record.
    """
    try:
        decision = decision_from(_words(lake, key))
        outcome = outcome_from(_words(lake, outcome_key(key))) if ended else None
    except (ValueError, TypeError, KeyError, AttributeError, LeadwiseError) as error:
        raise BrokenDecision(
            f"{key} is no record of a decision ({error}); look at it, and remove it from the lake"
        ) from None
    return PastDecision(decision=decision, outcome=outcome)


def outcome_key(key: str) -> str:
    """Where that lies which came of a decision.

    Examples
    --------
    >>> outcome_key("decisions/a/m/1.json")
    'decisions/a/m/1.outcome.json'
    """
    return key.removesuffix(".json") + _OUTCOME


def decision_keys(keys: Sequence[str], use_case: str, moment: Moment | str) -> list[str]:
    """Those of keys that are of decisions, the newest first.

    Examples
    --------
    >>> decision_keys(["decisions/a/m/1.json", "decisions/a/m/1.outcome.json"], "a", "m")
    ['decisions/a/m/1.json']
    """
    prefix = decisions_prefix(use_case, moment)
    own = [key for key in reversed(keys) if "/" not in key.removeprefix(prefix)]
    return [key for key in own if not key.endswith(_OUTCOME)]


def was_seen(lake: Lake, use_case: str, moment: Moment | str, sha256: str) -> bool:
    """Whether a file with these bytes was looked at before."""
    return lake.exists(_seen_key(use_case, moment, sha256))


def seen_at(lake: Lake, use_case: str, moment: Moment | str, sha256: str) -> str:
    """When a file with these bytes was looked at first, in ISO 8601; empty if nobody noted it."""
    key = _seen_key(use_case, moment, sha256)
    try:
        return str(_words(lake, key).get("at", "")) if lake.exists(key) else ""
    except (ValueError, AttributeError) as error:
        _LOG.warning("%s does not say when a file was seen (%s)", key, error)
        return ""


def mark_seen(
    lake: Lake, use_case: str, moment: Moment | str, sha256: str, facts: JsonObject
) -> None:
    """Remember that a file was looked at, and what is worth knowing of that."""
    _write(lake, _seen_key(use_case, moment, sha256), facts)


def _seen_key(use_case: str, moment: Moment | str, sha256: str) -> str:
    return f"{decisions_prefix(use_case, moment)}{_SEEN}{sha256}.json"


def _words(lake: Lake, key: str) -> Any:
    return json.loads(lake.fetch(key).read_bytes())


def _write(lake: Lake, key: str, words: JsonObject) -> None:
    keep_record(lake, key, json.dumps(words, indent=1).encode())
