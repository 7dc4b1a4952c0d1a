"""Whether a challenger may take the champion's place, and why not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.contract.gates import Gate
from ml.contract.modelling import BinaryTask, Task
from ml.contract.names import Score, Trait
from ml.contract.records import GateResult, Interval
from ml.core.figure_words import FIGURE_WORDS, gate_failure
from ml.core.resampling import paired_bootstrap

Floats = NDArray[np.float64]


def check_predictions(task: Task, predicted: Floats) -> str:
    """Why predictions cannot be used at all; empty if they can.

    Examples
    --------
    >>> check_predictions(BinaryTask(), np.array([0.2, 1.7]))
    '1 of 2 predictions lie outside 0 to 1, such as 1.7'
    """
    rows = len(predicted)
    if strange := int((~np.isfinite(predicted)).sum()):
        return f"{strange} of {rows} predictions are not finite numbers"
    if isinstance(task, BinaryTask):
        outside = predicted[(predicted < 0) | (predicted > 1)]
        if len(outside):
            return (
                f"{len(outside)} of {rows} predictions lie outside 0 to 1, such as {outside[0]:g}"
            )
    if rows and np.ptp(predicted) == 0:
        return f"every prediction is {predicted[0]:g}: the model tells no rows apart"
    return ""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A figure of a model, what stands behind it in a few words, and what was tried for it."""

    figure: float
    note: str = ""
    details: tuple[str, ...] = ()


def check_gates(
    gates: Iterable[Gate], found: Mapping[Score | Trait, Measured]
) -> tuple[GateResult, ...]:
    """Each gate with the figure seen and, where it fails, why.

    Parameters
    ----------
    gates : iterable of Gate
        What is asked.
    found : mapping of Score or Trait to Measured
        At least what the gates name.
    """
    return tuple(_gate(gate, found[gate.score]) for gate in gates)


def _gate(gate: Gate, seen: Measured) -> GateResult:
    passed = gate.passes(seen.figure)
    reason = "" if passed else gate_failure(gate, seen.figure, seen.note)
    return GateResult(gate=str(gate), figure=seen.figure, passed=passed, reason=reason)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A challenger beside the champion on the same rows; positive differences favour it.

    Parameters
    ----------
    score : Score
        What the use case selects by.
    difference : Interval
        Of that score.
    guard : Score
        A score of the numbers themselves, not only of their order.
    guard_difference : Interval
        Of the guard.
    margin : float
        What the whole interval of `difference` has to exceed.
    """

    score: Score
    difference: Interval
    guard: Score
    guard_difference: Interval
    margin: float

    @property
    def is_better(self) -> bool:
        """Whether the challenger is better beyond luck, and not only no worse than the margin."""
        return self.difference.low > 0

    @property
    def gates(self) -> tuple[GateResult, ...]:
        """The comparison as two gates: ahead of the champion, and no worse a guess than its."""
        behind, worse = self._behind(), self._worse()
        ahead = f"{self.score} ahead of the champion > {self.margin:g}"
        sound = f"{self.guard} no worse than the champion's"
        return (
            GateResult(gate=ahead, figure=self.difference.low, passed=not behind, reason=behind),
            GateResult(
                gate=sound, figure=self.guard_difference.high, passed=not worse, reason=worse
            ),
        )

    def _behind(self) -> str:
        """Why the champion stays; empty if the challenger lies beyond the margin."""
        seen, score, span = self.difference, FIGURE_WORDS[self.score], _span(self.difference)
        if seen.low > self.margin:
            return ""
        if seen.high < 0:
            return f"worse than the champion: {score} {span}"
        if seen.low == seen.high == 0:
            return f"equal to the champion: {score} does not differ on any resample"
        if self.margin < 0:
            return f"perhaps worse than the champion by more than {-self.margin:g}: {score} {span}"
        if seen.value > 0 and seen.low <= 0:
            return f"better than the champion by no more than luck: {score} {span}"
        return f"not better than the champion by more than {self.margin:g}: {score} {span}"

    def _worse(self) -> str:
        """How the predictions themselves are worse, whatever their order is worth."""
        if self.guard_difference.high >= 0:
            return ""
        score, guard = FIGURE_WORDS[self.score], FIGURE_WORDS[self.guard]
        order = f"{score} is better ({_span(self.difference)}) but " if self.is_better else ""
        span = _span(self.guard_difference)
        return f"{order}the predictions themselves are worse: {guard} {span}"


def _span(difference: Interval) -> str:
    return f"{difference.value:+.4f}, 95 % interval {difference.low:+.4f} to {difference.high:+.4f}"


def compare(
    task: Task,
    score: Score,
    outcome: Floats,
    *,
    challenger: Floats,
    champion: Floats,
    margin: float = 0.0,
    seed: int = 0,
) -> Comparison:
    """Judge two models on the same rows with a paired bootstrap.

    Parameters
    ----------
    task : Task
        What is predicted.
    score : Score
        What the use case selects by.
    outcome : ndarray of shape (n_rows,)
        What happened.
    challenger, champion : ndarray of shape (n_rows,)
        Their predictions.
    margin : float, default=0
        The lower end of the difference has to exceed it. Above 0 asks for a clear gain before
        anything changes; below 0 lets in a challenger that is at most that much worse, for
        those who would rather serve the younger of two equal models.
    seed : int, default=0
        Seed of the bootstrap.
    """
    guard = Score.BRIER if isinstance(task, BinaryTask) else Score.MAE
    difference, guarded = (
        paired_bootstrap(challenger, champion, outcome, which, seed=seed)
        for which in (score, guard)
    )
    return Comparison(
        score=score, difference=difference, guard=guard, guard_difference=guarded, margin=margin
    )


def objections(unusable: str, gates: Iterable[GateResult]) -> Iterator[str]:
    """Every reason against promotion, the gravest first; none if the challenger may be promoted."""
    if unusable:
        yield unusable
    yield from (gate.reason for gate in gates if not gate.passed)
