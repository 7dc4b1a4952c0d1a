"""What the test rows say of a challenger: figures with intervals, gates, and the champion's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml.contract.gates import Gate
from ml.contract.names import Score, Trait
from ml.contract.records import GateResult, Interval
from ml.contract.use_case import UseCase
from ml.core.comparison import (
    Comparison,
    Measured,
    check_gates,
    check_predictions,
    compare,
    objections,
)
from ml.core.metrics import check_outcomes
from ml.core.resampling import intervals

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What the test rows said.

    Parameters
    ----------
    outcome, predicted : ndarray of shape (n_rows,)
        What happened, and what the challenger predicted.
    unusable : str, default=''
        Why the predictions cannot be judged at all; then nothing else is known.
    intervals, champion : dict of Score to Interval
        Figures of the challenger, and of the champion where there is one.
    traits : mapping of Trait to Measured
        What the gates ask beside metrics.
    gates : tuple of GateResult
        Every gate, the comparison with the champion among them.
    comparison : Comparison or None
        Beside the champion.
    """

    outcome: Floats
    predicted: Floats
    unusable: str = ""
    intervals: dict[Score, Interval] = field(default_factory=dict)
    champion: dict[Score, Interval] = field(default_factory=dict)
    traits: Mapping[Trait, Measured] = field(default_factory=dict)
    gates: tuple[GateResult, ...] = ()
    comparison: Comparison | None = None

    @property
    def objections(self) -> list[str]:
        """Every reason against promotion."""
        return list(objections(self.unusable, self.gates))


def judge(
    use_case: UseCase,
    gates: tuple[Gate, ...],
    outcome: Floats,
    *,
    challenger: Floats,
    champion: Floats | None,
    traits: Mapping[Trait, Measured],
    seed: int,
) -> Findings:
    """Hold predictions of the same rows to the gates and to the champion's.

    Parameters
    ----------
    use_case : UseCase
        Whose task, score of selection and margin count.
    gates : tuple of Gate
        Of the moment.
    outcome : ndarray of shape (n_rows,)
        What happened.
    challenger, champion : ndarray of shape (n_rows,)
        Their predictions; None where there is no champion to compare with.
    traits : mapping of Trait to Measured
        At least those that the gates name.
    seed : int
        Seed of the bootstrap.

    Raises
    ------
    TooFewOutcomes
        If the rows hold too few of an outcome to judge by.
    """
    check_outcomes(use_case.task, outcome)
    if unusable := check_predictions(use_case.task, challenger):
        return Findings(outcome=outcome, predicted=challenger, unusable=unusable)
    found = intervals(use_case.task, outcome, challenger, seed=seed)
    beside = _beside(use_case, outcome, challenger, champion, seed)
    seen: dict[Score | Trait, Measured] = dict(traits.items())
    seen |= {score: Measured(figure=interval.value) for score, interval in found.items()}
    held = check_gates(gates, seen)
    return Findings(
        outcome=outcome,
        predicted=challenger,
        intervals=found,
        champion={} if champion is None else intervals(use_case.task, outcome, champion, seed=seed),
        traits=traits,
        gates=held + (beside.gates if beside else ()),
        comparison=beside,
    )


def _beside(
    use_case: UseCase, outcome: Floats, challenger: Floats, champion: Floats | None, seed: int
) -> Comparison | None:
    if champion is None:
        return None
    return compare(
        use_case.task,
        use_case.select_by,
        outcome,
        challenger=challenger,
        champion=champion,
        margin=use_case.champion_margin,
        seed=seed,
    )
