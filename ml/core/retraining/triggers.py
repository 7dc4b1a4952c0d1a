"""What asks for a retrain, each with the sentence that says why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ml.contract.alerts import RetrainReason
from ml.contract.names import DriftState
from ml.contract.retraining import Look, Trigger
from ml.contract.use_case import UseCase
from ml.contract.watch_policy import WatchPolicy
from ml.contract.watching import Severity, Signal, SignalState, Watched

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """All that a decision rests on.

    Parameters
    ----------
    now : datetime
        With a time zone.
    looks : sequence of Look
        Since the last training, the newest first: older ones have been answered by it.
    signals : sequence of Signal, default=()
        Figures of the newest look.
    trained_at : datetime or None
        When a model was trained last; None before the first.
    started_at : datetime or None
        When a retrain was last started, whatever came of it.
    labelled_rows : int or None
        Leads whose outcome is known by now; None where nobody counted them.
    learnt_rows : int, default=0
        The same when the last training ended well.
    running : bool, default=False
        Whether somebody holds the lease.
    asked : str, default=''
        A person's words; empty if nobody asks.
    source : str, default=''
        Name of the file that was looked at.
    """

    now: datetime
    looks: Sequence[Look]
    signals: Sequence[Signal] = ()
    trained_at: datetime | None
    started_at: datetime | None
    labelled_rows: int | None
    learnt_rows: int = 0
    running: bool = False
    asked: str = ""
    source: str = ""

    @property
    def new_rows(self) -> int | None:
        """Labelled leads that the last training did not know."""
        return None if self.labelled_rows is None else self.labelled_rows - self.learnt_rows

    @property
    def age_days(self) -> float | None:
        """Days since the last training that ended well; never below 0, whatever the clock."""
        age = None if self.trained_at is None else (self.now - self.trained_at) / _DAY
        return None if age is None else max(0.0, age)


def judged_looks(seen: Seen, policy: WatchPolicy) -> list[Look]:
    """The last looks that could tell; those with too few rows are no proof of health."""
    told = [look for look in seen.looks if look.state != DriftState.INSUFFICIENT_DATA]
    return told[: policy.windows]


def drifted_looks(seen: Seen, policy: WatchPolicy) -> list[Look]:
    """Those of them that saw drift, the newest first."""
    return [look for look in judged_looks(seen, policy) if look.state == DriftState.DRIFTED]


def triggers(use_case: UseCase, seen: Seen) -> list[Trigger]:
    """What asks for a retrain, the gravest first.

    Parameters
    ----------
    use_case : UseCase
        Its `watch` and `retrain` say from when on.
    seen : Seen
        What is known.
    """
    found = [
        *_asked(seen),
        *_performance(use_case, seen),
        *_drift(use_case, seen),
        *_schedule(use_case, seen),
    ]
    found += _new_data(use_case, seen)
    return sorted(found, key=lambda trigger: -Severity(trigger.severity).rank)


def _asked(seen: Seen) -> Iterator[Trigger]:
    if seen.asked:
        yield _trigger(RetrainReason.MANUAL, Severity.LOW, f"Somebody asks: {seen.asked}")


def _performance(use_case: UseCase, seen: Seen) -> Iterator[Trigger]:
    for signal in losses(seen.signals):
        if asks(signal, seen, use_case.watch):
            severity = Severity(signal.severity or Severity.HIGH)
            yield _trigger(RetrainReason.PERFORMANCE, severity, signal.says)


def losses(signals: Iterable[Signal]) -> list[Signal]:
    """Figures of performance that are worse than chance explains."""
    raised = (signal for signal in signals if signal.state == SignalState.RAISED)
    return [signal for signal in raised if signal.watched == Watched.PERFORMANCE]


def lasting_losses(signals: Iterable[Signal]) -> tuple[str, ...]:
    """Keys of those of all leads, for `Look.losses`."""
    return tuple(signal.key for signal in losses(signals) if not signal.subject)


def asks(loss: Signal, seen: Seen, policy: WatchPolicy) -> bool:
    """Whether a loss asks for a retrain: a grave one at once, a lesser one if it lasts."""
    lasted = sum(loss.key in look.losses for look in judged_looks(seen, policy))
    return is_grave(loss) or lasted >= policy.persist


def is_grave(signal: Signal) -> bool:
    """Whether decisions suffer by it; a lesser loss of a cohort asks people to look."""
    return signal.severity is not None and Severity(signal.severity).rank >= Severity.HIGH.rank


def _drift(use_case: UseCase, seen: Seen) -> Iterator[Trigger]:
    policy, drifted = use_case.watch, drifted_looks(seen, use_case.watch)
    if len(drifted) < policy.persist:
        return
    last = len(judged_looks(seen, policy))
    why = " ".join(drifted[0].reasons)
    said = f"Drift was seen in {len(drifted)} of the last {last} looks. {why}"
    yield _trigger(RetrainReason.DRIFT, Severity.HIGH, said.strip())


def _schedule(use_case: UseCase, seen: Seen) -> Iterator[Trigger]:
    age, most = seen.age_days, use_case.retrain.every_days
    if age is None:
        yield _trigger(RetrainReason.SCHEDULE, Severity.LOW, "No model has been trained yet.")
    elif age >= most:
        said = f"The last training is {age:.1f} days old; the schedule asks from {most:g} on."
        yield _trigger(RetrainReason.SCHEDULE, Severity.LOW, said)


def _new_data(use_case: UseCase, seen: Seen) -> Iterator[Trigger]:
    new, least = seen.new_rows, use_case.retrain.new_rows
    if seen.trained_at is not None and new is not None and new >= least:
        said = f"{new:,} outcomes have become known since the last training; asked from {least:,}."
        yield _trigger(RetrainReason.NEW_DATA, Severity.LOW, said)


def _trigger(reason: RetrainReason, severity: Severity, says: str) -> Trigger:
    return Trigger(reason=reason.value, severity=severity.value, says=says)
