"""Why a lead scores as it does: contributions summed by business concept, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ml.contract.cleaning import Value
from ml.contract.modelling import Task
from ml.contract.schema import Column
from ml.core.columns import Floats
from ml.core.scoring.calibrator import Calibrator
from ml.core.scoring.models import Link, logistic
from ml.core.scoring.plan import Plan
from ml.core.scoring.reference import Reference
from ml.core.scoring.scale import points_per_unit
from ml.core.scoring.scored import Reason
from ml.core.scoring.words import value_words

#: Points on the 0-100 scale below which a concept is not worth a sentence.
NEGLIGIBLE = 0.5


#: Shortest rise over which a slope is measured.
_SHORT = 1e-6


class Reasons(NamedTuple):
    """What speaks for a lead and what against it, each from the strongest down."""

    up: tuple[Reason, ...]
    down: tuple[Reason, ...]


class Explainer:
    """Turns contributions of encoded positions into reasons.

    Parameters
    ----------
    plan : Plan
        Which positions belong to which clean column.
    columns : sequence of Column
        Columns that the model reads, groups included.
    reference : Reference
        Typical values to compare with.
    task : Task
        Whose scale points are on.
    link : Link
        Scale on which contributions add up.
    calibrator : Calibrator
        From the model's prediction to what is said of a lead.
    """

    def __init__(
        self,
        plan: Plan,
        columns: Sequence[Column],
        *,
        reference: Reference,
        task: Task,
        link: Link,
        calibrator: Calibrator,
    ) -> None:
        self._columns = [column for column in columns if not _is_group(column, columns)]
        self._concepts = list(dict.fromkeys(column.concept for column in self._columns))
        self._column_of = self._membership(plan, columns)
        members = [[c.concept == concept for concept in self._concepts] for c in self._columns]
        self._concept_of = np.array(members, dtype=np.float64)
        self._members = [np.flatnonzero(row) for row in self._concept_of.T]
        self._reference, self._link, self._calibrator = reference, link, calibrator
        self._points = points_per_unit(task)

    def _membership(self, plan: Plan, columns: Sequence[Column]) -> Floats:
        """1 where a position belongs to a source column; a group's belong to its source."""
        membership = np.zeros((len(plan.base), len(self._columns)))
        positions = plan.positions_of
        for at, column in enumerate(self._columns):
            for name in (column.name, f"{column.name}_group"):
                if name == column.name or column.group is not None:
                    membership[list(positions.get(name, ())), at] = 1.0
        return membership

    @property
    def names(self) -> list[str]:
        """Source columns, in the order of `by_column`."""
        return [column.name for column in self._columns]

    def by_column(self, contributions: Floats) -> Floats:
        """Contributions of shape (n_rows, n_source_columns); rows add up as before."""
        return contributions[:, :-1] @ self._column_of

    def explain(
        self, contributions: Floats, rows: Sequence[Mapping[str, Value]], top: int
    ) -> list[Reasons]:
        """The `top` reasons for and against each row.

        Parameters
        ----------
        contributions : ndarray of shape (n_rows, n_positions + 1)
            What the model says of each position, the base value last.
        rows : sequence of mapping
            The same rows as clean records.
        top : int
            Most reasons in each direction.
        """
        columns = self.by_column(contributions)
        concepts = columns @ self._concept_of
        points = concepts * self._exchange(contributions)[:, None]
        return [
            self._of_row(*parts, top) for parts in zip(concepts, columns, points, rows, strict=True)
        ]

    def _exchange(self, contributions: Floats) -> Floats:
        """Points per unit of contribution, such that a row's points add up to its score's rise.

        This is the slope of the line from the base value to the score: positive wherever
        calibrator and link rise, so that no reason changes its direction.
        """
        base, rise = contributions[:, -1], contributions[:, :-1].sum(axis=1)
        # A lead that ends where it began has reasons too: they are measured over a short step.
        step = np.where(np.abs(rise) < _SHORT, _SHORT, rise)
        slope = (self._said(base + step) - self._said(base)) / step
        return np.asarray(slope * self._points)

    def _said(self, margin: Floats) -> Floats:
        """What is said of a lead at a point of the link's scale."""
        log_odds = self._link is Link.LOG_ODDS
        return self._calibrator.many(logistic(margin) if log_odds else margin)

    def _of_row(
        self, concepts: Floats, columns: Floats, points: Floats, row: Mapping[str, Value], top: int
    ) -> Reasons:
        order = np.argsort(-concepts, kind="stable")
        rising = [at for at in order if points[at] >= NEGLIGIBLE][:top]
        falling = [at for at in order[::-1] if points[at] <= -NEGLIGIBLE][:top]
        told = [
            tuple(self._reason(at, concepts[at], columns, points[at], row) for at in side)
            for side in (rising, falling)
        ]
        return Reasons(*told)

    def _reason(
        self, concept: int, sum_: float, columns: Floats, points: float, row: Mapping[str, Value]
    ) -> Reason:
        members = self._members[concept]
        strongest = members[np.argmax(columns[members] * np.sign(sum_))]
        column = self._columns[strongest]
        text = value_words(column, row.get(column.name), self._beside(column, rising=sum_ > 0))
        return Reason(
            concept=self._concepts[concept],
            text=text,
            points=float(points),
            contribution=float(sum_),
        )

    def _beside(self, column: Column, *, rising: bool) -> tuple[str, float] | None:
        """What a number is compared with: what speaks for a lead with the usual, else the best.

        A time on the website may be above the typical one and still far below that of leads
        that convert; beside the typical one it would seem to be praise.
        """
        known = self._reference.numbers.get(column.name)
        number = None if known is None else known.typical if rising else known.best
        return None if number is None else ("typical" if rising else "high scores", number)


def _is_group(column: Column, columns: Sequence[Column]) -> bool:
    return any(other.group == column for other in columns if other.group is not None)
