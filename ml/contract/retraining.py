"""When a model is trained again: what was asked, what was decided, and what came of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

from ml.contract.alerts import RetrainReason
from ml.contract.records import JsonObject
from ml.contract.shadowing import ShadowRecord


class Refusal(StrEnum):
    """Why a retrain may not start now."""

    ALREADY_RUNNING = "ALREADY_RUNNING"
    DUPLICATE = "DUPLICATE"
    COOLING_DOWN = "COOLING_DOWN"


@dataclass(frozen=True, kw_only=True)
class Lease:
    """The right to start one run.

    Parameters
    ----------
    holder : str
        Run key of the request.
    token : int
        Fencing token: larger than that of every lease before.
    """

    holder: str
    token: int


@dataclass(frozen=True, kw_only=True)
class LeaseStanding:
    """Where a lease stands.

    Parameters
    ----------
    token : int
        Of the newest lease; 0 before the first. A run whose token is another must not change what
        serves.
    running : bool, default=False
        Whether somebody holds it.
    started_at : int or None, default=None
        Epoch seconds of the last start of a run.
    holder : str, default=''
        Run key of the newest request that got it.
    """

    token: int
    running: bool = False
    started_at: int | None = None
    holder: str = ""


class DecisionAction(StrEnum):
    """What is done after a look."""

    RETRAIN = "RETRAIN"
    KEEP = "KEEP"  # all that was looked at is well
    WAIT = "WAIT"  # nothing asks, but something could not be judged yet: silence is no health
    REFUSED = "REFUSED"  # something asks, and a `Refusal` says why it must wait


class TurnEnd(StrEnum):
    """What came of a turn of the loop."""

    NOTHING = "NOTHING"  # nothing was to do, or it was not the time
    PROMOTED = "PROMOTED"
    KEPT = "KEPT"  # the challenger was no better, or its shadow was not sound
    FAILED = "FAILED"


@dataclass(frozen=True, kw_only=True)
class Look:
    """One comparison of late leads with those that the model in force learnt from.

    Parameters
    ----------
    at : str
        When, in ISO 8601, UTC.
    state : str
        A `DriftState`.
    reasons : tuple of str, default=()
        Sentences: why the data asks for a retrain.
    notes : tuple of str, default=()
        Sentences about what is no reason, or could not be judged.
    figures : dict of str to float
        What policies bound, where it could be told.
    losses : tuple of str, default=()
        Keys of the signals of performance that were raised for all leads.
    """

    at: str
    state: str
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)
    losses: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """One thing that asks for a retrain.

    Parameters
    ----------
    reason : str
        A `RetrainReason`.
    severity : str
        A `Severity`.
    says : str
        One sentence with the figures.
    """

    reason: str
    severity: str
    says: str


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whether to train again, and why.

    Parameters
    ----------
    id : str
        Unlike that of any other decision.
    use_case, moment : str
        Whose model.
    at : str
        When, in ISO 8601, UTC.
    action : str
        A `DecisionAction`.
    triggers : tuple of Trigger
        What asks, the gravest first; none for `KEEP` and `WAIT`.
    refusal : str, default=''
        A `Refusal` exactly where the action is `REFUSED`.
    severity : str, default=''
        The gravest of the triggers; empty without one.
    reasons : tuple of str
        Sentences for people: why this and nothing else, what could not be judged among them.
    figures : dict of str to float
        What was seen and what it was held to.
    source : str, default=''
        Name of the file that was looked at; empty if there was no new one.
    """

    id: str
    use_case: str
    moment: str
    at: str
    action: str
    triggers: tuple[Trigger, ...] = ()
    refusal: str = ""
    severity: str = ""
    reasons: tuple[str, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)
    source: str = ""

    @property
    def reason(self) -> RetrainReason | None:
        """The `RetrainReason` of the gravest trigger."""
        return RetrainReason(self.triggers[0].reason) if self.triggers else None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a decision.

    Parameters
    ----------
    decision : str
        Its id.
    at : str
        When the turn was over, in ISO 8601, UTC.
    ended : str
        A `TurnEnd`.
    says : str
        One sentence or two.
    version, run_id : str, default=''
        The challenger and the run of its training; empty if none came to be.
    champion : str or None, default=None
        The version that is in force at the end.
    token : int, default=0
        Fencing token under which it ran; 0 without a lease.
    seconds : float, default=0
        How long the turn took.
    shadow : ShadowRecord or None, default=None
        What its shadow showed; None where it came to none.
    """

    decision: str
    at: str
    ended: str
    says: str
    version: str = ""
    run_id: str = ""
    champion: str | None = None
    token: int = 0
    seconds: float = 0.0
    shadow: ShadowRecord | None = None


@dataclass(frozen=True, kw_only=True)
class PastDecision:
    """A decision and what came of it; no outcome where its turn runs, or was killed."""

    decision: Decision
    outcome: Outcome | None = None

    def to_dict(self) -> JsonObject:
        """JSON-ready values."""
        return asdict(self)


def decision_from(words: JsonObject) -> Decision:
    """A decision from its JSON values; fields that a later release adds are left out."""
    triggers = tuple(Trigger(**_known(Trigger, each)) for each in words.get("triggers", ()))
    said = {"triggers": triggers, "reasons": tuple(words.get("reasons", ()))}
    return Decision(**_known(Decision, words) | said)


def outcome_from(words: JsonObject) -> Outcome:
    """An outcome from its JSON values; fields that a later release adds are left out."""
    found, shadow = _known(Outcome, words), words.get("shadow")
    if shadow is not None:
        objections = {"objections": tuple(shadow.get("objections", ()))}
        found["shadow"] = ShadowRecord(**_known(ShadowRecord, shadow) | objections)
    return Outcome(**found)


def _known(kind: type, words: JsonObject) -> dict[str, Any]:
    names = {each.name for each in fields(kind)}
    return {name: value for name, value in words.items() if name in names}
