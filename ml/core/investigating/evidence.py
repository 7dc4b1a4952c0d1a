"""All that an investigation looks at, and what checks ask of it: what is there, or why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ml.contract.investigation import FindingState
from ml.contract.modelling import BinaryTask
from ml.contract.moments import Moment
from ml.contract.records import ColumnDrift
from ml.contract.schema import Column
from ml.contract.use_case import UseCase
from ml.core.columns import Floats, numbers
from ml.core.drift import compare_columns
from ml.core.investigating.looking import Lacking
from ml.core.investigating.outcomes import Outcomes
from ml.core.investigating.parts import Answered, Current, Scored, Serving
from ml.core.metrics import MINIMUM_OF_EACH

Flags = NDArray[np.bool_]
_DAY = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All of it. What is None could not be had; `troubles` says why, by the field's name.

    Parameters
    ----------
    learnt, unlearnt : pyarrow.Table or None
        Clean rows that taught the model in force, and rows that it has not seen, with outcomes.
    known_leads : frozenset of str
        Ids of all leads that the model was made with.
    """

    use_case: UseCase
    moment: Moment
    now: datetime
    current: Current
    learnt: pa.Table | None = None
    unlearnt: pa.Table | None = None
    known_leads: frozenset[str] = frozenset()
    outcomes: Outcomes | None = None
    scored: Scored | None = None
    serving: Serving = Serving()
    answered: Answered | None = None
    troubles: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[Column, ...]:
        """What a model of the moment reads."""
        return self.use_case.schema.features(self.moment)

    @property
    def enough(self) -> int:
        """Rows without which columns are not judged."""
        return self.use_case.drift.minimum_rows

    @property
    def event(self) -> str:
        """What a model of the use case predicts, such as "the lead converts"."""
        task = self.use_case.task
        verb = task.event if isinstance(task, BinaryTask) else "is rated"
        return f"the {self.use_case.entity} {verb}"

    def reference(self) -> pa.Table:
        """Rows of before; Lacking where there are none, or too few on either side."""
        if self.learnt is None:
            why = self.troubles.get("learnt", "no model has learnt from rows on this home yet")
            raise Lacking(FindingState.NO_REFERENCE, f"There is nothing to compare with: {why}.")
        few = min(self.learnt.num_rows, self.current.table.num_rows)
        if few < self.enough:
            raise Lacking(
                FindingState.INSUFFICIENT_DATA,
                f"{self.current.table.num_rows:,} rows of late and {self.learnt.num_rows:,} of "
                f"before are too few to tell; both need {self.enough:,}.",
            )
        return self.learnt

    def model(self) -> Scored:
        """Predictions; Lacking where no model is in force."""
        if self.scored is None:
            why = self.troubles.get("scored", "no model is in force")
            raise Lacking(FindingState.NO_MODEL, f"Nothing was scored: {why}.")
        return self.scored

    def told(self) -> Outcomes:
        """Outcomes; Lacking where nobody gave any."""
        if self.outcomes is None:
            why = self.troubles.get("outcomes", "name them with --outcomes FILE")
            raise Lacking(FindingState.NO_OUTCOMES, f"No outcomes were given: {why}.")
        return self.outcomes

    @cached_property
    def drifts(self) -> tuple[ColumnDrift, ...]:
        """How each column differs from before."""
        before = self.reference()
        return compare_columns(before, self.current.table, self.columns, self.use_case.drift)

    @cached_property
    def ages(self) -> Floats | None:
        """Days since each lead came; None where the file has no days."""
        if self.current.day_column is None:
            return None
        today = self.now.timestamp() // _DAY
        return today - numbers(self.current.table[self.current.day_column])

    @cached_property
    def ripe(self) -> Flags:
        """Leads old enough to be judged by what became of them; all where nothing has a day."""
        if self.ages is None:
            return np.ones(self.current.table.num_rows, bool)
        # A lead without a readable day is no young one for all that anybody knows.
        ripe: Flags = ~(self.ages < self.use_case.watch.label_days)
        return ripe

    @cached_property
    def judged(self) -> Flags:
        """Ripe leads with a known outcome; Lacking where they are too few."""
        told, needed = self.told(), self.use_case.watch.minimum_outcomes
        judged: Flags = self.ripe & ~np.isnan(told.outcome)
        known = int(judged.sum())
        if known < needed:
            pending = self.current.table.num_rows - known >= needed
            state = FindingState.LABELS_PENDING if pending else FindingState.INSUFFICIENT_DATA
            raise Lacking(
                state,
                f"Of {self.current.table.num_rows:,} leads, {known:,} are old enough and have an "
                f"outcome; {needed:,} are needed.",
            )
        return judged

    def happened(self) -> Floats:
        """0 or 1 of the judged leads; Lacking where they are no such, or all alike."""
        if not isinstance(self.use_case.task, BinaryTask):
            raise Lacking(FindingState.NOT_MEANT, "The check is for events, not for ratings.")
        found = self.told().outcome[self.judged]
        events = int(found.sum())
        if min(events, len(found) - events) < MINIMUM_OF_EACH:
            raise Lacking(
                FindingState.INSUFFICIENT_DATA,
                f"{events:,} of {len(found):,} outcomes are events; {MINIMUM_OF_EACH} of each "
                "kind are needed.",
            )
        return found

    def happened_before(self) -> Floats:
        """0 or 1 of the rows that the model has not seen."""
        if self.unlearnt is None or self.unlearnt.num_rows < self.enough:
            raise Lacking(
                FindingState.NO_REFERENCE, "There are no rows on which the model was judged."
            )
        return numbers(self.unlearnt[self.use_case.schema.target.name])
