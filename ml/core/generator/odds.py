"""Calibration loss: other odds for the same leads, in the same order."""

from typing import Final

import numpy as np

from ml.core.generator.block import Block
from ml.core.generator.outcome import probability
from ml.core.generator.rules import Floats

_HALVINGS: Final = 40
_WIDEST: Final = 60.0


def with_other_odds(logit: Floats, block: Block) -> Floats:
    """Log-odds of the leads after the scenario's power; as they were where none is planted."""
    power = block.scenario.odds_power
    touched = block.affected
    if power == 1.0 or not touched.any():
        return logit
    changed = logit.copy()
    changed[touched] = as_many(power * logit[touched], float(probability(logit[touched]).mean()))
    return changed


def as_many(logit: Floats, rate: float) -> Floats:
    """The log-odds, moved together until the mean probability is `rate`."""
    low, high = -_WIDEST, _WIDEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if probability(logit + middle).mean() < rate:
            low = middle
        else:
            high = middle
    moved: Floats = logit + np.round((low + high) / 2, 6)
    return moved
