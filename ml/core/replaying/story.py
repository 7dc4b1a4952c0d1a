"""What happened in a replay, week by week, and what it comes to."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import stdev

from ml.contract.names import DriftState
from ml.contract.records import JsonObject
from ml.contract.retraining import DecisionAction, TurnEnd
from ml.core.shares import Z_95


@dataclass(frozen=True, kw_only=True)
class Week:
    """One week of a replay.

    Parameters
    ----------
    number : int
        From 1 on; the weeks that the first model learnt from are not counted.
    changed : bool
        Whether the planted event has begun.
    state : str
        The `DriftState` of the look at its leads.
    losses : tuple of str
        Figures of performance that the look raised, by their `Signal.key`.
    action : str
        The `DecisionAction`.
    reasons : tuple of str
        The `RetrainReason` of each trigger.
    ended : str
        A `TurnEnd` where it trained; else empty.
    says : str
        What came of it.
    version : str
        The version that scored its leads.
    auc, auc_never : float
        Of that version and of the first one, on many leads of the week's kind that no model learnt
        from.
    calibration_error, calibration_error_never : float
        Expected calibration error of both, on the same leads.
    wins, wins_never : int
        Conversions among the week's own leads that a team works, best first, by either version.
    """

    number: int
    changed: bool
    state: str
    losses: tuple[str, ...]
    action: str
    reasons: tuple[str, ...]
    ended: str
    says: str
    version: str
    auc: float
    auc_never: float
    calibration_error: float
    calibration_error_never: float
    wins: int
    wins_never: int

    @property
    def saw(self) -> bool:
        """Whether the look saw that leads, or what becomes of them, had changed."""
        return self.state == DriftState.DRIFTED or bool(self.losses)


@dataclass(frozen=True, kw_only=True)
class ReplayResult:
    """A replay and what it comes to.

    Parameters
    ----------
    event : str
        An `Event`.
    event_week : int or None
        The first week that is different; None where nothing was planted.
    seed, rows_a_week, capacity : int
        Of the leads; `capacity` of them are worked each week.
    weeks : tuple of Week
    auc_end : float
        Of the version in force after the last week, on leads of that week's kind.
    auc_new : float or None
        Of a model that only learnt from leads as they are after the event, on the same leads; None
        without an event.
    seconds : float
        How long it took.
    """

    event: str
    event_week: int | None
    seed: int
    rows_a_week: int
    capacity: int
    weeks: tuple[Week, ...]
    auc_end: float
    auc_new: float | None
    seconds: float

    @property
    def seen_week(self) -> int | None:
        """The first week since the event in which a look saw a change."""
        return self._first(lambda week: week.changed and week.saw)

    @property
    def asked_week(self) -> int | None:
        """The first week since the event in which a retrain was started."""
        return self._first(lambda week: week.changed and week.action == DecisionAction.RETRAIN)

    @property
    def promoted_week(self) -> int | None:
        """The first week since the event at whose end another model came into force."""
        return self._first(lambda week: week.changed and week.ended == TurnEnd.PROMOTED)

    @property
    def retrains(self) -> int:
        """Retrains that were started."""
        return sum(week.action == DecisionAction.RETRAIN for week in self.weeks)

    @property
    def false_retrains(self) -> int:
        """Those that were started while nothing had changed."""
        actions = [week.action for week in self.weeks if not week.changed]
        return actions.count(DecisionAction.RETRAIN)

    @property
    def false_looks(self) -> int:
        """Looks that saw a change while there was none."""
        return sum(week.saw for week in self.weeks if not week.changed)

    @property
    def wins_saved(self) -> int:
        """Conversions among the leads that were worked, beyond those without any retraining."""
        return sum(week.wins - week.wins_never for week in self.weeks)

    @property
    def wins_margin(self) -> float:
        """Half the width of the 95 % interval of `wins_saved`, from how its weeks differ.

        Weeks in which the first version was still in force saved nothing, and say nothing.
        """
        saved = [week.wins - week.wins_never for week in self.weeks if week.version != "1"]
        return Z_95 * stdev(saved) * math.sqrt(len(saved)) if len(saved) > 1 else 0.0

    def to_dict(self) -> JsonObject:
        """JSON-ready values: what it comes to, then the weeks."""
        names = (
            "seen_week", "asked_week", "promoted_week", "retrains", "false_retrains",
            "false_looks", "wins_saved", "wins_margin",
        )  # fmt: skip
        facts = asdict(self)
        weeks = facts.pop("weeks")
        return facts | {name: getattr(self, name) for name in names} | {"weeks": weeks}

    def _first(self, holds: Callable[[Week], bool]) -> int | None:
        return next((week.number for week in self.weeks if holds(week)), None)


def wins_of(outcome: Sequence[float], predicted: Sequence[float], capacity: int) -> int:
    """Conversions among the leads that are worked, the best first.

    Examples
    --------
    >>> wins_of([1, 0, 1], [0.9, 0.8, 0.1], 2)
    1
    """
    ranked = sorted(range(len(predicted)), key=lambda row: -predicted[row])
    return int(sum(outcome[row] for row in ranked[:capacity]))
