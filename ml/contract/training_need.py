"""Whether a run that was asked for trains: decided once, by the job that looked for drift."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum

from ml.contract.alerts import RetrainReason

#: Reasons that stand only where the rows of the run itself have drifted.
_HELD_TO_DRIFT = frozenset({RetrainReason.ALARM, RetrainReason.DRIFT})


class DriftLook(StrEnum):
    """What a look for drift found that is no `DriftState`."""

    NO_MODEL = "NO_MODEL"  # none is in force: there is nothing to compare with
    UNKNOWN = "UNKNOWN"  # the comparison could not be made


@dataclass(frozen=True, kw_only=True)
class DriftSeen:
    """What a run's rows looked like beside those of the model in force.

    Parameters
    ----------
    state : str
        A `DriftState`, or a `DriftLook`.
    asks : bool, default=False
        Whether the use case's policy asks for a retrain.
    drifted_share, prediction_psi : float or None, default=None
        As of `WatchRecord`; None where they could not be told, never 0.
    says : str, default=''
        Why, in a sentence or two.
    """

    state: str
    asks: bool = False
    drifted_share: float | None = None
    prediction_psi: float | None = None
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class TrainingNeed:
    """The decision, and why.

    Parameters
    ----------
    needed : bool
        Whether the run goes on to train.
    reason : str
        Why it was asked for: a `RetrainReason`.
    says : str
        Why it trains or not, in a sentence.
    """

    needed: bool
    reason: str
    says: str

    def to_dict(self) -> dict[str, bool | str]:
        """The same as JSON-ready values."""
        return asdict(self)


def training_need(reason: str, seen: DriftSeen) -> TrainingNeed:
    """Whether to train, given why the run was asked for and what was seen of drift.

    A schedule, new rows, worse figures and people ask for a training whatever the rows look like.
    A drift that somebody saw elsewhere is held to the rows of the run: it may be over.

    Parameters
    ----------
    reason : str
        A `RetrainReason`.
    seen : DriftSeen
        What the run's job found.

    Examples
    --------
    >>> training_need("drift", DriftSeen(state="OK")).needed
    False
    >>> training_need("schedule", DriftSeen(state="OK")).says
    'It trains as it was asked for by schedule; drift: OK.'
    """
    if reason not in _HELD_TO_DRIFT:
        says = f"It trains as it was asked for by {reason}; drift: {seen.state}."
    elif seen.state == DriftLook.NO_MODEL:
        says = "It trains as no model is in force."
    elif seen.asks:
        says = f"It trains as its rows have drifted. {seen.says}".rstrip()
    else:
        told = f"Nothing is trained as its rows ask for nothing; drift: {seen.state}. {seen.says}"
        return TrainingNeed(needed=False, reason=reason, says=told.rstrip())
    return TrainingNeed(needed=True, reason=reason, says=says)
