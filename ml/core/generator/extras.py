"""Columns that a scenario adds: dates and a leak."""

import math
from datetime import timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ml.core.generator import columns as c
from ml.core.generator.block import Block
from ml.core.generator.objects import Column, object_column, objects
from ml.core.generator.rules import Ints

MEDIAN_DELAY_DAYS: Final = 14
P90_DELAY_DAYS: Final = 160
SIGMA: Final = math.log(P90_DELAY_DAYS / MEDIAN_DELAY_DAYS) / 1.2815516
"""1.28 standard deviations lie between the median and the 90th percentile."""

LEAK_CODES: Final = ("FU-10", "FU-20", "FU-30")
LEAK_SHARES: Final = ((0.90, 0.08, 0.02), (0.02, 0.08, 0.90))
"""Shares of the codes among leads that were lost, and that converted."""


def dates_of(block: Block) -> dict[str, Column]:
    """Date columns that the scenario asks for."""
    dates = {}
    if block.scenario.arrival_weeks:
        dates[c.ARRIVAL_DATE] = _iso_dates(block.days, block)
    if block.scenario.label_delay:
        dates[c.OUTCOME_DATE] = _iso_dates(block.days + _delay_days(block), block)
    return dates


def leak_of(converted: Ints, block: Block) -> dict[str, Column]:
    """The leaking column if the scenario asks for it."""
    if not block.scenario.planted_leak:
        return {}
    bounds = np.cumsum(LEAK_SHARES, axis=1)[:, :-1]
    chance = block.streams.uniform(c.FOLLOW_UP_CODE, block.size)
    place = (chance[:, None] >= bounds[converted]).sum(axis=1)
    return {c.FOLLOW_UP_CODE: object_column(objects(LEAK_CODES)[place])}


def _iso_dates(days: NDArray[np.int64], block: Block) -> Column:
    found, place = np.unique(days, return_inverse=True)
    start = block.scenario.start
    spelled = [(start + timedelta(days=day)).isoformat() for day in found.tolist()]
    return object_column(objects(spelled)[place])


def _delay_days(block: Block) -> NDArray[np.int64]:
    normal = block.streams.generator("label delay").standard_normal(block.size)
    delay = np.round(MEDIAN_DELAY_DAYS * np.exp(SIGMA * normal))
    # Ten years: beyond it a lead is as good as open, and dates must stay within the calendar.
    return np.minimum(delay, 3_650).astype(np.int64)
