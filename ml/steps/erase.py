"""Forgets leads: all that serving remembers of them, and what was known of them over time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from ml.contract.ledger import Action
from ml.contract.use_case import UseCase
from ml.ports import (
    FeatureStore,
    FeedbackStore,
    KeptAnswers,
    Receipts,
    Runtime,
    ScoredFiles,
)
from ml.steps.remember import remember


@dataclass(frozen=True, kw_only=True)
class Memories:
    """Where leads are remembered."""

    receipts: Receipts
    feedback: FeedbackStore
    answers: KeptAnswers
    features: FeatureStore
    files: ScoredFiles


@dataclass(frozen=True, kw_only=True)
class EraseRecord:
    """What was forgotten of one lead.

    Parameters
    ----------
    receipts, feedback, answers : int
        How many there were.
    files : int
        Scored files that named the lead; each is gone whole, since people download it whole.
    features : int
        1 where features of the lead were known.
    """

    receipts: int
    feedback: int
    answers: int
    files: int
    features: int


def erasures_of(use_case: UseCase) -> str:
    """Under which name the ledger tells of the leads that were forgotten."""
    return f"{use_case.name}.erasures"


def lead_digest(lead: str) -> str:
    """By which the ledger names a lead that was forgotten: who knows the id can look for it."""
    return hashlib.sha256(lead.encode()).hexdigest()


def erase(
    use_case: UseCase, runtime: Runtime, memories: Memories, leads: Sequence[str], *, reason: str
) -> dict[str, EraseRecord]:
    """Forget leads, and tell the ledger that it was done, without their ids.

    Parameters
    ----------
    use_case : UseCase
    runtime : Runtime
        Its ledger and clock.
    memories : Memories
    leads : sequence of str
    reason : str
        Why, for the ledger.

    Returns
    -------
    dict of str to EraseRecord
        What was forgotten of each lead.
    """
    told = {lead: _forgotten(memories, lead) for lead in dict.fromkeys(leads)}
    for lead, record in told.items():
        counts = ", ".join(f"{name} {count}" for name, count in asdict(record).items())
        why = f"{reason}: {counts}" if reason else counts
        remember(
            runtime, Action.ERASE, model=erasures_of(use_case), version=lead_digest(lead), why=why
        )
    return told


def _forgotten(memories: Memories, lead: str) -> EraseRecord:
    known = memories.features.last_known([lead]).num_rows
    memories.features.erase([lead])
    return EraseRecord(
        answers=memories.answers.forget([lead]),
        receipts=memories.receipts.forget([lead]),
        feedback=memories.feedback.forget([lead]),
        files=memories.files.forget([lead]),
        features=int(known),
    )
