"""The decision: train again, keep, wait for more, or not now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from ml.contract.moments import Moment
from ml.contract.names import DriftState
from ml.contract.retraining import Decision, DecisionAction, Refusal
from ml.contract.use_case import UseCase
from ml.contract.watching import SignalState
from ml.core.retraining.triggers import (
    Seen,
    asks,
    drifted_looks,
    is_grave,
    judged_looks,
    losses,
    triggers,
)

_HOUR = timedelta(hours=1)
_UNTOLD = frozenset({SignalState.INSUFFICIENT_DATA, SignalState.LABELS_PENDING})


def decide(
    use_case: UseCase, moment: Moment, seen: Seen, *, id: str, beside: Sequence[str] = ()
) -> Decision:
    """Whether to train again now, with every reason for and against.

    Parameters
    ----------
    use_case : UseCase
        Its `watch` and `retrain` say from when on something asks, and for how long a start rules
        out the next.
    moment : Moment
        Which of its models.
    seen : Seen
        What is known.
    id : str
        Of the decision.
    beside : sequence of str, default=()
        Sentences that people should read with it.

    Returns
    -------
    Decision
        `RETRAIN` if something asks and nothing speaks against it. A person need not wait for the
        cooldown; nobody starts a second run beside the first, nor one with fewer known outcomes
        than `use_case.watch.minimum_outcomes`. What could not be judged is among the reasons, and
        is never a reason to `KEEP`.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from ml.contract.moments import ENGAGED
    >>> from ml.use_cases import find
    >>> seen = Seen(now=datetime(2026, 1, 5, tzinfo=UTC), looks=(), trained_at=None,
    ...     started_at=None, labelled_rows=5_000)
    >>> decide(find("lead_conversion"), ENGAGED, seen, id="1").reasons
    ('No model has been trained yet.',)
    """
    asking = triggers(use_case, seen)
    waiting = [*_unjudged(seen), *_unconfirmed(use_case, seen)]
    told = [
        *(trigger.says for trigger in asking),
        *waiting,
        *_lesser(seen),
        *_pending(seen),
        *beside,
    ]
    decision = Decision(
        id=id,
        use_case=use_case.name,
        moment=moment.name,
        at=seen.now.isoformat(),
        action=DecisionAction.RETRAIN.value,
        triggers=tuple(asking),
        severity=asking[0].severity if asking else "",
        reasons=tuple(told),
        figures=_figures(use_case, seen),
        source=seen.source,
    )
    if asking:
        return _held_back(use_case, seen, decision)
    if waiting:
        return replace(decision, action=DecisionAction.WAIT.value)
    well = (_well(seen), *decision.reasons)
    return replace(decision, action=DecisionAction.KEEP.value, reasons=well)


def refused(decision: Decision, refusal: Refusal, why: str) -> Decision:
    """The decision, once it turned out that it must wait."""
    return replace(
        decision,
        action=DecisionAction.REFUSED.value,
        refusal=refusal.value,
        reasons=(*decision.reasons, why),
    )


def _held_back(use_case: UseCase, seen: Seen, decision: Decision) -> Decision:
    if seen.running:
        why = "A retrain is running already; the next turn asks again."
        return refused(decision, Refusal.ALREADY_RUNNING, why)
    if (left := _hours_to_cool(use_case, seen)) > 0 and not seen.asked:
        cooldown = use_case.retrain.cooldown_hours
        why = (
            f"The last retrain was started less than {cooldown:g} hours ago; {left:.1f} hours are "
            "left. A person who asks need not wait."
        )
        return refused(decision, Refusal.COOLING_DOWN, why)
    known, least = seen.labelled_rows, use_case.watch.minimum_outcomes
    if known is not None and known < least:
        why = f"Only {known:,} outcomes are known; expected {least:,} to train on."
        reasons = (*decision.reasons, why)
        return replace(decision, action=DecisionAction.WAIT.value, reasons=reasons)
    return decision


def _hours_to_cool(use_case: UseCase, seen: Seen) -> float:
    if seen.started_at is None:
        return 0.0
    # Where the clock went back the start seems to come: then one whole cooldown is waited for.
    since = max(0.0, (seen.now - seen.started_at) / _HOUR)
    return max(0.0, use_case.retrain.cooldown_hours - since)


def _unjudged(seen: Seen) -> Iterator[str]:
    """That the newest look could not tell, or that there was none."""
    if seen.running:
        yield "A retrain is running; what it leaves is looked at next."
    if not seen.looks:
        if seen.trained_at is not None:
            yield "No look has been taken since the last training."
    elif seen.looks[0].state == DriftState.INSUFFICIENT_DATA:
        yield " ".join((f"{DriftState.INSUFFICIENT_DATA}:", *seen.looks[0].notes))


def _unconfirmed(use_case: UseCase, seen: Seen) -> Iterator[str]:
    policy, found = use_case.watch, len(drifted_looks(seen, use_case.watch))
    if 0 < found < policy.persist:
        last = len(judged_looks(seen, policy))
        yield (
            f"Drift was seen in {found} of the last {last} looks; a retrain is asked for from "
            f"{policy.persist} of {policy.windows} on."
        )
    for signal in losses(seen.signals):
        if not signal.subject and not asks(signal, seen, policy):
            yield (
                f"{signal.says or signal.key} A retrain is asked for once {policy.persist} of "
                f"{policy.windows} looks show it."
            )


def _pending(seen: Seen) -> Iterator[str]:
    for signal in seen.signals:
        if signal.state in _UNTOLD:
            yield f"{signal.state}: {signal.says or signal.key}"


def _lesser(seen: Seen) -> Iterator[str]:
    for signal in losses(seen.signals):
        if signal.subject and not is_grave(signal):
            yield f"Raised, and by itself no reason to train: {signal.says or signal.key}"


def _well(seen: Seen) -> str:
    return f"Nothing asks for a retrain; the last training is {seen.age_days or 0:.1f} days old."


def _figures(use_case: UseCase, seen: Seen) -> dict[str, float]:
    watch, retrain = use_case.watch, use_case.retrain
    told = {
        "age_days": seen.age_days,
        "every_days": retrain.every_days,
        "labelled_rows": seen.labelled_rows,
        "new_rows": seen.new_rows,
        "new_rows_asked": retrain.new_rows,
        "looks_judged": len(judged_looks(seen, watch)),
        "looks_drifted": len(drifted_looks(seen, watch)),
        "looks_asked": watch.persist,
        "hours_to_cool": _hours_to_cool(use_case, seen),
        **(seen.looks[0].figures if seen.looks else {}),
    }
    return {name: float(figure) for name, figure in told.items() if figure is not None}
