"""From evidence to a verdict: what a column may say of the outcome at its declared moment.

The bounds were chosen by measuring the real file and synthetic ones: docs/adr/0028.
"""

from __future__ import annotations

from dataclasses import dataclass

from ml.contract.moments import Moment
from ml.core.leakage.finding import Evidence

#: Alone as good as this, a column is the outcome under another name, whenever it is known.
COPY = 0.99
#: Alone as good as this, a column known before the end of the story is a record of it.
RECORD = 0.85
#: So close to it that somebody should look.
NEAR_RECORD = 0.80
#: Levels that decide the outcome one way and levels that decide it the other way make a record if
#: they cover this share of the rows, and each way this share.
DECIDED, DECIDED_EACH_WAY = 0.06, 0.01
#: Odds without a value, among comparable rows, beyond which the field is filled in because of what
#: happened; a field that is filled in so and ranks so well alone is filled in afterwards.
FILLED_ODDS, FILLED_RECORD = 3.0, 0.68


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where the declared moment of a column stands among those of the use case."""

    first: bool
    last: bool

    @classmethod
    def of(cls, known_from: Moment, moments: tuple[Moment, ...]) -> Standing:
        """Of one use case; its only moment counts as the first."""
        first = known_from == moments[0]
        return cls(first=first, last=known_from == moments[-1] and not first)


@dataclass(frozen=True, kw_only=True)
class Signs:
    """Which evidence speaks for a record of the outcome, given the declared moment."""

    copy: bool
    record: bool
    decides: bool
    filled_afterwards: bool
    filled_by_outcome: bool
    near_record: bool
    later_company: bool
    fades: bool

    @property
    def leak(self) -> bool:
        """Whether any sign is enough by itself."""
        return self.copy or self.record or self.decides or self.filled_afterwards

    @property
    def suspect(self) -> bool:
        """Whether somebody should ask when the field is filled in."""
        return self.near_record or self.later_company or self.fades


def signs_of(evidence: Evidence, standing: Standing) -> Signs:
    """The signs of one column.

    At the last moment only a copy of the outcome counts: what is known at the end of the story
    may tell its end. Signs that are no proof by themselves count at the first moment, where a
    field can only hold what the lead brought along; later fields are filled in by people.
    """
    alone = evidence.alone
    early = not standing.last
    filled = _filled_by_outcome(evidence)
    return Signs(
        copy=alone.low >= COPY,
        record=early and alone.low >= RECORD,
        decides=early and _decides(evidence),
        filled_afterwards=standing.first and filled and alone.low >= FILLED_RECORD,
        filled_by_outcome=filled,
        near_record=early and alone.low >= NEAR_RECORD,
        later_company=standing.first and bool(evidence.company),
        fades=standing.first and _fades(evidence),
    )


def _decides(evidence: Evidence) -> bool:
    both = (evidence.announcing, evidence.excluding)
    return min(both) >= DECIDED_EACH_WAY and sum(both) >= DECIDED


def _filled_by_outcome(evidence: Evidence) -> bool:
    odds = evidence.filling.odds if evidence.filling else None
    return odds is not None and (odds.low >= FILLED_ODDS or odds.high <= 1 / FILLED_ODDS)


def _fades(evidence: Evidence) -> bool:
    """Emptier and weaker for the newest rows: either alone is what drift looks like."""
    seen = evidence.timing
    return seen is not None and seen.emptier and seen.weaker
