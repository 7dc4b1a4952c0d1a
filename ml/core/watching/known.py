"""Which outcomes a model can be judged by already, and which are still to come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ml.contract.errors import UsageError
from ml.contract.watch_policy import WatchPolicy
from ml.contract.watching import Severity, Signal, SignalState, Watched
from ml.core.columns import Floats
from ml.core.metrics import MINIMUM_OF_EACH
from ml.core.watching.saying import told, untold

Flags = NDArray[np.bool_]

#: Ages of leads that are looked at apart, in times of `label_days`.
_AGES = (0.0, 0.5, 1.0, 2.0, 4.0)
#: Share of leads whose outcome should long be known, and is not, from which something is wrong.
_LATE = 0.5
#: Fewer such leads say nothing.
_FEW = 50


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of the outcomes of leads.

    Parameters
    ----------
    scores, outcomes : ndarray of shape (n_leads,)
        Probabilities, and 1.0, 0.0 or NaN where nothing is known.
    ages : ndarray of shape (n_leads,)
        Days since each lead; NaN where nobody knows, and such a lead counts as old enough.
    policy : WatchPolicy
        `label_days` is the age from which a lead is judged: of younger ones only the quick
        outcomes are known, which are not like the others.

    Raises
    ------
    UsageError
        If the arrays differ in length, or an outcome is another number.
    """

    scores: Floats
    outcomes: Floats
    ages: Floats
    policy: WatchPolicy

    def __post_init__(self) -> None:
        lengths = {len(self.scores), len(self.outcomes), len(self.ages)}
        if len(lengths) > 1:
            raise UsageError(
                f"scores, outcomes and ages have lengths {sorted(lengths)}; expected one of each "
                "for every lead"
            )
        odd = set(np.unique(self.outcomes[~np.isnan(self.outcomes)])) - {0.0, 1.0}
        if odd:
            raise UsageError(f"outcomes hold {sorted(odd)[:3]}; expected 0, 1, or NaN if unknown")

    @property
    def ripe(self) -> Flags:
        """Leads that are old enough to be judged."""
        return ~(self.ages < self.policy.label_days)

    @property
    def judged(self) -> Flags:
        """Leads that a model is judged by: old enough, scored, with an outcome."""
        known: Flags = self.ripe & ~np.isnan(self.outcomes) & np.isfinite(self.scores)
        return known

    @property
    def pending(self) -> int:
        """Leads whose outcomes are still to come, or too quick to be taken."""
        return int(np.count_nonzero(~self.judged))

    def state(self) -> SignalState:
        """Whether the outcomes suffice, or more are to come, or there are too few for good."""
        happened = self.outcomes[self.judged]
        of_each = min(np.count_nonzero(happened == 1), np.count_nonzero(happened == 0))
        enough = self.policy.minimum_outcomes
        if happened.size >= enough and of_each >= MINIMUM_OF_EACH:
            return SignalState.OK
        to_come = self.pending and (not happened.size or happened.size + self.pending >= enough)
        return SignalState.LABELS_PENDING if to_come else SignalState.INSUFFICIENT_DATA

    def signals(self) -> Iterator[Signal]:
        """How many outcomes are known, by the age of the leads, and whether they come too late."""
        yield self._count()
        yield from self._late()
        yield from self._by_age()

    def _count(self) -> Signal:
        judged, enough = int(np.count_nonzero(self.judged)), self.policy.minimum_outcomes
        says = (
            f"{judged:,} outcomes can be judged by ({enough:,} are needed); those of "
            f"{self.pending:,} leads are still to come, or of leads younger than "
            f"{self.policy.label_days:g} days."
        )
        state = self.state()
        if state is SignalState.OK:
            return told(Watched.PERFORMANCE, "outcomes", judged, bound=enough, says=says)
        return untold(Watched.PERFORMANCE, "outcomes", state, value=judged, bound=enough, says=says)

    def _late(self) -> Iterator[Signal]:
        # Of leads without an age nobody can say whether their outcome is late.
        due = self.ages >= self.policy.label_days
        if np.count_nonzero(due) < _FEW:
            return
        share = float(np.isnan(self.outcomes[due]).mean())
        yield told(
            Watched.BUSINESS,
            "outcomes_late",
            share,
            bound=_LATE,
            severity=Severity.MEDIUM if share >= _LATE else None,
            says=f"Nothing is known of {share * 100:.0f} % of the leads older than "
            f"{self.policy.label_days:g} days; look whether outcomes still come from the CRM.",
        )

    def _by_age(self) -> Iterator[Signal]:
        for name, flags in age_groups(self.ages, self.policy).items():
            share = float((~np.isnan(self.outcomes[flags])).mean())
            says = f"{share * 100:.0f} % of the outcomes of leads of {name} are known."
            yield told(Watched.BUSINESS, "outcomes_known", share, subject=name, says=says)


def age_groups(ages: Floats, policy: WatchPolicy) -> dict[str, Flags]:
    """Leads by their age, from young to old, without the groups that nobody is in.

    Examples
    --------
    >>> list(age_groups(np.array([3.0, 400.0, np.nan]), WatchPolicy()))
    ['0 to 15 days', '120 days and more']
    """
    edges = [step * policy.label_days for step in _AGES]
    found = {
        f"{low:g} to {high:g} days": (ages >= low) & (ages < high) for low, high in pairwise(edges)
    }
    found[f"{edges[-1]:g} days and more"] = ages >= edges[-1]
    return {name: flags for name, flags in found.items() if flags.any()}
