"""The unit of work: a run of consecutive leads that is simulated at once."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.core.generator.rules import Ints
from ml.core.generator.scenario import Scenario
from ml.core.generator.streams import Streams
from ml.core.generator.variables import PERIODS

BLOCK_ROWS = 32_768
"""Part of what a seed means: another size gives other leads."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """Consecutive leads `first` to `first + size - 1` out of `rows`."""

    first: int
    size: int
    rows: int
    streams: Streams
    scenario: Scenario

    @property
    def positions(self) -> NDArray[np.int64]:
        """Place of each lead in the order of arrival."""
        return np.arange(self.first, self.first + self.size, dtype=np.int64)

    @property
    def days(self) -> NDArray[np.int64]:
        """Whole days from the scenario's start to the arrival of each lead."""
        return self.positions * (7 * self.scenario.weeks_of_arrival) // self.rows

    @property
    def affected(self) -> NDArray[np.bool_]:
        """Leads from the drift week on; all of them when no drift week is set."""
        week = self.scenario.drift_week
        return self.days >= (0 if week is None else 7 * week)

    @property
    def periods(self) -> Ints:
        """Slice of the real file that each lead is like."""
        if self.scenario.arrival_weeks:
            # Shuffled over time: a dated stream drifts only where drift was planted.
            return np.asarray(self.streams.uniform("period", self.size) * PERIODS, dtype=np.int32)
        return np.asarray(self.positions * PERIODS // self.rows, dtype=np.int32)


def blocks_of(*, rows: int, seed: int, scenario: Scenario) -> Iterator[Block]:
    """Blocks that make up a request, in order of arrival."""
    for number, first in enumerate(range(0, rows, BLOCK_ROWS)):
        yield Block(
            first=first,
            size=min(BLOCK_ROWS, rows - first),
            rows=rows,
            streams=Streams(seed=seed, block=number),
            scenario=scenario,
        )
